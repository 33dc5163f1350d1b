"""
The processes that together are the shop. `up` runs them for a newcomer, and the browser tests run the very same ones.
"""

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

from creatorshop.desk.ports import Ports

HOST = "127.0.0.1"
FILES = 65_536  # open ones in each process; a connection is one


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process: its name in the log, and its command."""

    name: str
    command: tuple[str, ...]


def environment(*, ports: Ports) -> dict[str, str]:
    """Return what tells every part, and through the pages every browser, where the others listen."""
    return {
        "DJANGO_SETTINGS_MODULE": "creatorshop.settings",
        "SHOP_URL": f"http://{HOST}:{ports.web}",
        "SOCKETS_URL": f"ws://{HOST}:{ports.sockets}",
        # Another host as well as another port, so that not even cookies are shared with the shop.
        "FOREIGN_URL": f"http://localhost:{ports.foreign}",
        "PYTHONUNBUFFERED": "1",
    }


def allow_many_connections() -> None:
    """Let this process, and what it starts, have a crowd's connections open: desks allow 1,024 until somebody asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def web(*, ports: Ports) -> Part:
    """Pages and API by WSGI."""
    # Most of a request is waiting for PostgreSQL, so more threads than cores. In a rush as many holds as there are threads
    # share one transaction, so more threads make it cheaper, and only one of them works in the database at a time. Each
    # keeps a connection once it had one: 2 × 24 of the 100 that PostgreSQL gives by default.
    size = ("--workers", "2", "--blocking-threads", "24", "--respawn-failed-workers", "--log-level", "error")
    # A crowd that has its page open keeps its connections open too. Beyond these granian takes none in, and whoever comes then
    # hears nothing at all: with its defaults that was the 2,049th.
    crowd = ("--backlog", "8192", "--backpressure", "8192")
    serve = _python("granian", "--interface", "wsgi", "creatorshop.wsgi:application")
    return Part(name="web", command=(*serve, "--host", HOST, "--port", str(ports.web), *size, *crowd))


def sockets(*, ports: Ports) -> Part:
    """Live stock and chat threads by ASGI."""
    # uvicorn, because at a stop it tells every client "1012 service restart" and lets consumers say goodbye to their groups;
    # granian cuts the line. Channels knows no lifespan events.
    manner = ("--lifespan", "off", "--ws", "creatorshop.chat.wire:Wire", "--timeout-graceful-shutdown", "3")
    serve = _python("uvicorn", "creatorshop.asgi:application")
    # Frames of the chat are small; a larger one is a mistake or an attack. Compressing them would cost each browser's socket
    # 40 KB, more than all the rest of it.
    limits = ("--ws-max-size", str(64 * 1024), "--ws-per-message-deflate", "false", "--no-access-log")
    return Part(name="sockets", command=(*serve, "--host", HOST, "--port", str(ports.sockets), *manner, *limits))


def worker(*, concurrency: int = 2) -> Part:
    """Tasks in the background."""
    alone = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")
    # A desk may well be a container that knows only root; the advice against it is for servers.
    calm = (sys.executable, "-W", "ignore:You're running the worker with superuser")
    serve = (*calm, "-m", "celery", "--quiet", "-A", "creatorshop", "worker", "--concurrency", str(concurrency))
    return Part(name="worker", command=(*serve, *alone))


def beat(*, data: Path) -> Part:
    """The timetable of periodic tasks."""
    serve = _python("celery", "--quiet", "-A", "creatorshop", "beat", "--loglevel", "WARNING")
    # No pid file: after `kill -9` it would forbid the next start.
    return Part(name="beat", command=(*serve, "--schedule", str(data / "celerybeat-schedule"), "--pidfile="))


def foreign(*, ports: Ports) -> Part:
    """A stranger's page that embeds the widget."""
    return Part(name="foreign", command=(sys.executable, "manage.py", "foreign_page", "--port", str(ports.foreign)))


def everything(*, ports: Ports, data: Path) -> list[Part]:
    """Return all parts, the ones that a visitor waits for first."""
    return [web(ports=ports), sockets(ports=ports), foreign(ports=ports), worker(), beat(data=data)]


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
