"""
What a benchmark stands on: a database of its own and the shop's real processes.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote, urlencode

import psycopg
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from creatorshop import embedded
from creatorshop.desk import stack
from creatorshop.desk.ports import Ports, free_ports

FIRST_PORT = 8400
STARTS_WITHIN = 60.0


@contextmanager
def own_database() -> Iterator[str]:
    """Make an empty, migrated database, point this process at it, and return its address."""
    embedded.ensure_running()
    name, known = f"bench_{os.getpid()}", settings.DATABASES["default"]
    maintenance = address_of("postgres")
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    _run(maintenance, drop, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    connections.close_all()
    known["NAME"] = connections["default"].settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        yield address_of(name)
    finally:
        connections.close_all()
        _run(maintenance, drop)
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            for key in client.scan_iter(match=f"{settings.REDIS_PREFIX}*", count=1000):
                client.delete(key)


@contextmanager
def running(*names: str, database: str) -> Iterator[dict[str, int]]:
    """Run parts of the shop ("web", "sockets") as `make run` does, and return the process ids by name."""
    ports = free_ports(start=FIRST_PORT)
    there = stack.environment(ports=ports)
    env = os.environ | there | {"DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL}
    parts = {"web": stack.web(ports=ports), "sockets": stack.sockets(ports=ports)}
    stack.allow_many_connections()
    processes = {
        # What they log is as much as a socket's coming and going; a terminal would be the slowest part of the shop.
        name: subprocess.Popen(
            parts[name].command,
            cwd=settings.BASE_DIR,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for name in names
    }
    try:
        for name, process in processes.items():
            wait_for(f"http://{stack.HOST}:{port_of(name, ports)}/healthz", process)
        yield {name: process.pid for name, process in processes.items()} | {
            f"{name} port": port_of(name, ports) for name in names
        }
    finally:
        end(list(processes.values()))


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End processes that lead groups of their own, and what they started."""
    for process in processes:
        process.terminate()
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def port_of(name: str, ports: Ports) -> int:
    return ports.web if name == "web" else ports.sockets


def address_of(database: str) -> str:
    """Return a database of the same server as a URL."""
    known = settings.DATABASES["default"]
    parts = {
        "user": known["USER"],
        "password": known["PASSWORD"],
        "host": known["HOST"],
        "port": str(known["PORT"]),
        **known["OPTIONS"],
    }
    return f"postgresql:///{quote(database)}?{urlencode({name: value for name, value in parts.items() if value})}"


def connection_ms(database: str) -> float:
    """Return for how long connections were busy with statements or open transactions so far, in milliseconds."""
    time.sleep(1.2)  # PostgreSQL's sessions report what they did about once a second.
    with psycopg.connect(database) as connection:
        [row] = connection.execute(
            "SELECT active_time + idle_in_transaction_time FROM pg_stat_database WHERE datname = current_database()"
        ).fetchall()
    return float(row[0])


def _run(address: str, *statements: sql.Composed) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until an address answers; end the benchmark if the process that should is gone, or takes too long."""
    patience = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > patience:
                sys.exit(f"{url} does not answer: {error}")
            time.sleep(0.2)
