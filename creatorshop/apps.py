from django.apps import AppConfig

from drops import events


class CreatorshopConfig(AppConfig):
    name = "creatorshop"
    verbose_name = "Creatorshop"

    def ready(self) -> None:
        from creatorshop.listeners import send_renditions_task  # tasks can be imported only once all models are loaded

        events.photo_added.connect(send_renditions_task, dispatch_uid="send_renditions_task")
