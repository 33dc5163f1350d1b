from django.apps import AppConfig


class CreatorshopConfig(AppConfig):
    name = "creatorshop"
    verbose_name = "Creatorshop"

    def ready(self) -> None:
        from creatorshop import listeners  # tasks can be imported only once all models are loaded

        listeners.connect()
