from django.apps import AppConfig

from creatorshop.chat import news


class ApiConfig(AppConfig):
    name = "creatorshop.api"
    label = "api"
    verbose_name = "API"

    def ready(self) -> None:
        news.listen()
