"""
Reading many tables as of one instant.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_snapshot() -> Iterator[None]:
    """
    Let every query inside see the database as it was at the first of them.

    Under READ COMMITTED each query sees what was committed before *it*: a sale between two of them would look like a
    unit in an order that was never sold. Nothing can be written inside. A caller that is in a transaction already has
    asked something in it, and PostgreSQL then no longer lets its isolation change; it reads as it did before.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
