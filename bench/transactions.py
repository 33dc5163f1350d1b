"""
For how long transactions hold their connection, as the database itself sees it.

Its sessions are looked at every few milliseconds. A transaction is counted as long as when it was last seen, and one look
more; one that no look met is shorter than that and not counted. So the figures err to the long side.
"""

import threading
from types import TracebackType
from typing import Self

import psycopg

from bench import report

EVERY_S = 0.002
LOOK = """
SELECT pid, xact_start, extract(epoch FROM clock_timestamp() - xact_start)
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


class Watched:
    """The transactions of a database while the block runs."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._longest: dict[tuple[int, object], float] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def percentile_ms(self, percent: float) -> float:
        """Return the time in milliseconds that so many percent of them did not exceed."""
        return round((report.percentile(list(self._longest.values()), percent) + EVERY_S) * 1000, 1)

    def _watch(self) -> None:
        with psycopg.connect(self._database, autocommit=True) as connection:
            while not self._is_over.wait(EVERY_S):
                for pid, began, age in connection.execute(LOOK, prepare=True).fetchall():
                    self._longest[pid, began] = float(age)
