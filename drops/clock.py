"""
The shop's one clock: the database's. Stock, holds and windows never ask the host (stock.md R1).
"""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func

DATABASE_NOW = Func(function="drops_now", output_field=DateTimeField())  # the same, within a query


def database_now() -> datetime:
    """Return the database's time at this very statement, also inside a long transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT drops_now()")
        now: datetime = cursor.fetchone()[0]
    return now
