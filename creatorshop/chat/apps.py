from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "creatorshop.chat"
    label = "chat"
    verbose_name = "Chat"
