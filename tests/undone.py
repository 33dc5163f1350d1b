"""
Doing something in the real database and undoing it, thousands of times in one test.

Each example of a property has a transaction of its own, which is rolled back. A test's transaction around all of them, as
plain `django_db` opens it, would hold the rows of every example before: PostgreSQL clears nothing away before it ends, and
each look at a table passes over all of them, longer every time. So such a test is marked `django_db(transaction=True)`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from django.db import connection, transaction

CLEAR_EVERY = 50  # what is undone is cleared away by then, at a cost of a few milliseconds an example

_undone = count(1)


@contextmanager
def undone() -> Iterator[None]:
    """Undo everything that is done inside. Durable transactions take the block for the one that a test runs in."""
    block = transaction.atomic()
    block._from_testcase = True  # as Django marks its own
    with block:
        yield
        transaction.set_rollback(True)
    if not connection.in_atomic_block and next(_undone) % CLEAR_EVERY == 0:
        _clear_away()


def _clear_away() -> None:
    """Free the room of what was undone, as autovacuum would a minute later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables WHERE n_dead_tup > 0 ORDER BY relname")
        tables = [name for (name,) in cursor.fetchall()]
        if tables:
            cursor.execute(f"VACUUM {', '.join(tables)}")
