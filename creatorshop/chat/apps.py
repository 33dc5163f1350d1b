from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "creatorshop.chat"
    label = "chat"
    verbose_name = "Chat"

    def ready(self) -> None:
        # Models are not loaded before this point.
        from creatorshop.chat import listeners

        listeners.connect()
