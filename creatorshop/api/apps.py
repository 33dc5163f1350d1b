from django.apps import AppConfig

from creatorshop.chat import news


class ApiConfig(AppConfig):
    name = "creatorshop.api"
    label = "api"
    verbose_name = "API"

    def ready(self) -> None:
        # Models are not loaded before this point.
        from creatorshop.chat.threads import thread_moved

        news.listen()
        thread_moved.connect(news.tell_thread, dispatch_uid="news.thread_moved")
