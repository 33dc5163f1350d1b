"""
Moving the shop's clock. It works on the database session of the test, where production never sets it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection

from drops.clock import database_now


def set_clock(moment: datetime) -> None:
    """Stop the clock of this database session at an instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('drops.fake_now', %s, false)", [moment.isoformat()])


def advance(by: timedelta) -> datetime:
    """Move the stopped clock on and return the new time."""
    moment = database_now() + by
    set_clock(moment)
    return moment


@contextmanager
def stopped_clock(moment: datetime) -> Iterator[None]:
    """Stop the clock inside the block; afterwards it is as it was before, running or stopped somewhere else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('drops.fake_now', true)")
        before = cursor.fetchone()[0]
    set_clock(moment)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('drops.fake_now', %s, false)", [before or ""])
