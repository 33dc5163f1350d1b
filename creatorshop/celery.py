"""The worker's and the timetable's entrance: `celery -A creatorshop worker`, `celery -A creatorshop beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creatorshop.settings")

app = Celery("creatorshop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
