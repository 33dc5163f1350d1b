"""HTTP: pages and API. Sockets are asgi.py's, on another port; docs/adr/0001 says why."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creatorshop.settings")

django = get_wsgi_application()

# Below Django's setup: it loads the apps, and the door imports their models.
from creatorshop.api.rush import rush_door

application = rush_door(django)
