from django.apps import AppConfig

from creatorshop.adapters.stripe import checks


class StripeConfig(AppConfig):
    name = "creatorshop.adapters.stripe"
    label = "stripe"
    verbose_name = "Stripe"

    def ready(self) -> None:
        checks.register()
