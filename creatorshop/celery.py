"""The worker's and the timetable's entrance: `celery -A creatorshop worker`, `celery -A creatorshop beat`."""

import os

from celery import Celery, Task

from creatorshop import outages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creatorshop.settings")


class PatientTask(Task):
    """
    Every task of the shop: when the database does not answer it comes again by itself, a few times and ever later.

    A repeat keeps the `expires` of its timetable, so the quick sweeps leave it to their next turn.
    """

    abstract = True
    autoretry_for = outages.DATABASE_AWAY
    max_retries = 6
    retry_backoff = outages.RETRY_AFTER_S
    retry_backoff_max = 60


app = Celery("creatorshop", task_cls=PatientTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
