from django.apps import AppConfig

from creatorshop.adapters.testpay import checks


class TestPayConfig(AppConfig):
    name = "creatorshop.adapters.testpay"
    label = "testpay"
    verbose_name = "Test payments"

    def ready(self) -> None:
        checks.register()
