"""HTTP: pages and API. Sockets are asgi.py's, on another port; docs/adr/0001 says why."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creatorshop.settings")

django = get_wsgi_application()

# Below Django's setup: it loads the apps, and the door imports their models.
from django.urls import reverse

from creatorshop.api.rush import rush_door

application = rush_door(django)

# The first to come may be a whole crowd: nobody of it shall load the addresses of the pages, and all of it at once.
reverse("checkout", kwargs={"hold_ref": "any"})
# What is loaded by now stays: the collector need not look through it again after every few requests.
gc.freeze()
