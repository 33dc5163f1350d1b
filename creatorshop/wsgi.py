"""HTTP: pages and API. Sockets are asgi.py's, on another port; docs/adr/0001 says why."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creatorshop.settings")

application = get_wsgi_application()
