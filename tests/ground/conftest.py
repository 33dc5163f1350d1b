import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from creatorshop.places import socket_folder
from tests.ground.desks import engines_of


@pytest.fixture
def data() -> Iterator[Path]:
    """Name a folder for the data of a desk that the test starts."""
    with _folder_of_a_desk() as data:
        yield data


@pytest.fixture(scope="module")
def kept_data() -> Iterator[Path]:
    """Name a folder for the data of a desk that the tests of a module start one after the other."""
    with _folder_of_a_desk() as data:
        yield data


@contextmanager
def _folder_of_a_desk() -> Iterator[Path]:
    # Not below pytest's own: as root PostgreSQL runs as another account, and every further run of pytest on this machine
    # closes its common folder to all others again.
    with tempfile.TemporaryDirectory(prefix="creatorshop-", dir="/tmp") as folder:
        data = Path(folder) / "data"
        yield data
        for process in engines_of(data):
            process.kill()
            process.wait()
        shutil.rmtree(socket_folder(data), ignore_errors=True)
