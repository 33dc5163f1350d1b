"""
PostgreSQL and Valkey that a test may stop, restart and flush: nobody else stands on them.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from creatorshop.embedded import postgres, valkey
from creatorshop.places import socket_folder
from tests.stack import Engines

MAINTENANCE = "postgres"  # a database that every server has


class FragileEngines:
    """The pair below one folder."""

    def __init__(self, data: Path) -> None:
        self._data, self._sockets = data, socket_folder(data)
        self.place = Engines(
            settings.DATABASES["default"] | {"HOST": str(self._sockets), "PORT": "", "USER": "postgres"},
            f"unix://{self._sockets / 'valkey.sock'}?db=0",
        )

    def start_postgres(self) -> None:
        postgres.start(data=self._data / "postgres", sockets=self._sockets, database=MAINTENANCE)

    def stop_postgres(self) -> None:
        """Stop it as a restart does: whoever is connected is thrown out."""
        postgres.stop(data=self._data / "postgres")

    def start_valkey(self) -> None:
        valkey.start(data=self._data / "valkey", sockets=self._sockets)

    def stop_and_flush_valkey(self) -> None:
        """Stop it. It keeps nothing on disk, so whatever it knew is forgotten."""
        valkey.stop(sockets=self._sockets)

    def forget(self) -> None:
        shutil.rmtree(self._sockets, ignore_errors=True)


@contextmanager
def fragile_engines() -> Iterator[FragileEngines]:
    """Start a pair in a folder of its own, and leave nothing behind."""
    # Not below pytest's folder: as root PostgreSQL runs as another account, which may not walk there.
    with tempfile.TemporaryDirectory(prefix="creatorshop-", dir="/tmp") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        engines = FragileEngines(data)
        try:
            engines.start_postgres()
            engines.start_valkey()
            yield engines
        finally:
            engines.stop_postgres()
            engines.stop_and_flush_valkey()
            engines.forget()
