from django.urls import URLPattern, path, re_path

from creatorshop.chat.consumers import StockConsumer
from creatorshop.chat.sockets import Nowhere
from creatorshop.chat.thread_consumer import ThreadConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/v1/drops/<str:drop>/stock", StockConsumer.as_asgi()),
    path("ws/v1/thread", ThreadConsumer.as_asgi()),
    # Without this an unknown address would be an error in the log.
    re_path(r"", Nowhere.as_asgi()),
]
