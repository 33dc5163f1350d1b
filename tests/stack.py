"""
The real shop for tests that need all of it: the processes that `make run` starts, on free ports, with a database of their own.

    live_stack.manage("seed_demo", "--origin", live_stack.foreign_url)
    page.goto(live_stack.shop_url)
    assert live_stack.run(lambda: Order.objects.count()) == 1

`run` works in a thread with a connection of its own, because a browser test has an event loop running, in which Django
refuses to ask a database, and because the test database is another one. What code in there announces goes to this process
alone; to set off tasks or news to sockets use `manage`, the API or a browser.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import psycopg
import redis
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg import sql

from creatorshop.desk import stack
from creatorshop.desk.ports import free_ports

FIRST_PORT = 8600
STARTS_WITHIN = 90.0
STOPS_WITHIN = 10.0

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Engines:
    """Where PostgreSQL and Valkey listen: those of this run, or a pair that a test may hurt."""

    database: dict[str, Any]  # as Django's settings describe it
    redis_url: str

    def address_of(self, database: str) -> str:
        """Return a database of that server as a URL."""
        known = self.database
        parts = {
            "user": known["USER"],
            "password": known["PASSWORD"],
            "host": known["HOST"],
            "port": str(known["PORT"]),
        }
        # What a test's own session may do (settings.py), the running shop may not; and a "+" in an address is no blank there.
        given = {name: value for name, value in known["OPTIONS"].items() if name != "options"}
        options = {name: value for name, value in (parts | given).items() if value}
        return f"postgresql:///{quote(database)}?{urlencode(options, quote_via=quote)}"


def shared_engines() -> Engines:
    """Return the engines that this run of tests stands on."""
    return Engines(settings.DATABASES["default"], settings.REDIS_URL)


class LiveStack:
    """The running shop. Start and stop its parts by name: web, sockets, foreign, worker, beat."""

    def __init__(
        self, *, engines: Engines, database: str, folder: Path, blocker: Any, name: str, given: Mapping[str, str]
    ) -> None:
        # Servers share a port with whoever else asks to share it, so two runs that look at the same moment have to look
        # in different places: one would get the visitors of the other.
        ports = free_ports(start=FIRST_PORT + os.getpid() % 500)
        there = stack.environment(ports=ports)
        self.shop_url, self.sockets_url, self.foreign_url = (
            there[name] for name in ("SHOP_URL", "SOCKETS_URL", "FOREIGN_URL")
        )
        self.prefix = f"{name}-{settings.REDIS_PREFIX}"
        self.media = folder / "media"  # where the shop keeps photos, as its settings have it below DATA_DIR
        self._folder, self._blocker = folder, blocker
        self._database = {"NAME": database, "HOST": engines.database["HOST"]}
        own = {
            "DATABASE_URL": engines.address_of(database),
            "REDIS_URL": engines.redis_url,
            "REDIS_PREFIX": self.prefix,
            "DATA_DIR": str(folder),
            "DEBUG": "1",
        }
        self.env = os.environ | there | own | given
        self._parts = {part.name: part for part in stack.everything(ports=ports, data=folder)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, initializer=self._connect)

    def start_all(self) -> None:
        """Start everything and wait until it answers."""
        stack.allow_many_connections()
        for name in self._parts:
            self.start(name)
        for url in (f"{self.shop_url}/readyz", f"{self.sockets_url.replace('ws', 'http', 1)}/healthz"):
            self._wait_for(url)

    def wait_for_pages(self) -> None:
        """Wait until pages are served, whether or not everything is there that they would like to have."""
        self._wait_for(f"{self.shop_url}/healthz")

    def start(self, name: str) -> None:
        """Start one part."""
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                self._parts[name].command,
                cwd=settings.BASE_DIR,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def pid(self, name: str) -> int:
        """Return the process of a part, which leads a group of its own."""
        return self._running[name].pid

    def stop(self, name: str) -> None:
        """Stop one part, and wait until it is gone."""
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def stop_all(self) -> None:
        """Stop everything and give the connection back."""
        for process in self._running.values():
            process.terminate()
        for name in list(self._running):
            self.stop(name)
        self._thread.submit(connections.close_all).result()
        self._thread.shutdown()

    def manage(self, *arguments: str) -> str:
        """Run a management command with the stack's addresses, and return what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.env, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def run(self, ask: Callable[..., Answer], *args: Any, **named: Any) -> Answer:
        """Return what this function answers, with the stack's database as the default one."""
        with self._blocker.unblock():
            return self._thread.submit(self._on_a_sound_connection, ask, *args, **named).result()

    def log(self, name: str) -> Path:
        """Return the file in which a part's lines are kept."""
        return self._folder / f"{name}.log"

    def _connect(self) -> None:
        # A connection belongs to its thread, so this replaces nobody else's.
        connections["default"] = DatabaseWrapper(connections["default"].settings_dict | self._database)

    def _on_a_sound_connection(self, ask: Callable[..., Answer], *args: Any, **named: Any) -> Answer:
        # As before each request of a visitor: the database may have been restarted since the last time.
        connections["default"].close_if_unusable_or_obsolete()
        return ask(*args, **named)

    def _wait_for(self, url: str) -> None:
        patience = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except OSError as error:
                ended = [name for name, process in self._running.items() if process.poll() is not None]
                if ended or time.monotonic() > patience:
                    lines = "\n".join(self.log(name).read_text(errors="replace") for name in ended or self._running)
                    raise AssertionError(f"{url} does not answer ({error}); ended: {ended}\n{lines[-4000:]}") from None
                time.sleep(0.2)


@contextmanager
def running_stack(
    *, engines: Engines, folder: Path, blocker: Any, name: str = "live", given: Mapping[str, str] | None = None
) -> Iterator[LiveStack]:
    """Make a database, run the shop on it, and leave nothing behind. Two at once need two names; `given` is environment."""
    database = f"{name}_{os.getpid()}"
    with _own_database(engines, database):
        live = LiveStack(
            engines=engines, database=database, folder=folder, blocker=blocker, name=name, given=given or {}
        )
        live.manage("migrate", "--verbosity", "0")
        try:
            live.start_all()
            yield live
        finally:
            live.stop_all()
            with redis.Redis.from_url(engines.redis_url) as client:
                for key in client.scan_iter(match=f"{live.prefix}*", count=1000):
                    client.delete(key)


@contextmanager
def _own_database(engines: Engines, name: str) -> Iterator[None]:
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(engines.address_of("postgres"), autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield
    finally:
        with psycopg.connect(engines.address_of("postgres"), autocommit=True) as connection:
            connection.execute(drop)
