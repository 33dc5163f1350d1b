"""
PostgreSQL and Valkey from Python wheels, for a newcomer's desk: what has no address in the environment starts by itself.

Whoever uses the engines holds a shared lock on a file for as long as the process lives, and the last one to leave stops
them. A lock, and not a list of process numbers, because the system lets go of it even after `kill -9`.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from creatorshop.embedded import postgres, valkey
from creatorshop.embedded.errors import EngineFailed

_leases: dict[Path, int] = {}


def ensure_running() -> None:
    """
    Start each engine that has no address of its own, unless it runs already, and keep it until this process ends.

    :raises EngineFailed: if one does not start.
    """
    data, sockets = settings.DATA_DIR.resolve(), settings.ENGINE_SOCKETS
    if data in _leases or not (settings.EMBED_DATABASE or settings.EMBED_REDIS):
        return
    try:
        data.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(data):
            _leases[data] = _lock(data / "in-use.lock", fcntl.LOCK_SH)
            atexit.register(_leave, process=os.getpid(), data=data, sockets=sockets)
            if settings.EMBED_DATABASE:
                postgres.start(data=data / "postgres", sockets=sockets, database=settings.DATABASES["default"]["NAME"])
            if settings.EMBED_REDIS:
                valkey.start(data=data / "valkey", sockets=sockets)
    except PermissionError as error:
        raise EngineFailed(
            f"{error.filename} belongs to somebody else, probably because the shop was once run as another user. "
            f"Run it as that user again, or remove {data} (the demo data goes with it)."
        ) from error


def _leave(*, process: int, data: Path, sockets: Path) -> None:
    """Give the lease back, and stop the engines if nobody else holds one."""
    if os.getpid() != process:  # A fork inherits this exit handler, but it is not the one who came in.
        return
    lease = _leases.pop(data)
    with _one_at_a_time(data):
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # Somebody else still works with them, and will be the one to stop them.
        else:
            valkey.stop(sockets=sockets)
            postgres.stop(data=data / "postgres")
        os.close(lease)


@contextmanager
def _one_at_a_time(data: Path) -> Iterator[None]:
    """Let only one process at once start or stop engines; the others wait here until it is done."""
    turn = _lock(data / "turn.lock", fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(turn)


def _lock(path: Path, kind: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, kind)
    return descriptor
