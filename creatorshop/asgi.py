"""Sockets only: live stock and chat threads. Pages and the API are wsgi.py's; docs/adr/0001 says why."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creatorshop.settings")
# First of all: it loads the apps, and the routes below import their models.
http = get_asgi_application()

from creatorshop.chat.routing import websocket_urlpatterns

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
