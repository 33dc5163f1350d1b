"""
The whole of `manage.py up`, as `make run` starts it, in a folder of its own.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.conf import settings

from creatorshop.desk.ports import free_ports
from creatorshop.embedded import postgres
from creatorshop.places import socket_folder
from tests.ground.desks import desk_environment

FIRST_PORT = 8700
STARTS_WITHIN = 90.0
# The supervisor; two engines; web with two workers; sockets; the page; a worker with two hands; the timetable.
EVERYBODY = 11
# The last of them to leave stops the engines, and asks PostgreSQL twice, with half a minute's patience each time: on a busy disk
# its last checkpoint needs some of that.
STOPS_WITHIN = 2 * postgres.STOPS_WITHIN + 15.0


class Desk:
    """A shop that somebody started, and what it printed so far."""

    def __init__(self, *, data: Path, port: int) -> None:
        self._log = data.with_suffix(".log")
        with self._log.open("wb") as log:
            self.process = psutil.Popen(
                [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)],
                cwd=settings.BASE_DIR,
                env=desk_environment(data=data),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def printed(self) -> str:
        return self._log.read_text(errors="replace")

    def addresses(self) -> dict[str, str]:
        """Wait until it says where things are, and return that."""
        patience = time.monotonic() + STARTS_WITHIN
        while "Ctrl-C stops everything." not in self.printed():
            assert self.process.poll() is None, self.printed()
            assert time.monotonic() < patience, self.printed()
            time.sleep(0.2)
        return dict(re.findall(r"\| (Storefront|Foreign page|Sockets) +(\S+)", self.printed()))

    def everybody(self) -> list[psutil.Process]:
        """Return it with all that it started, engines included, children of children too."""
        return [self.process, *self.process.children(recursive=True)]

    def wait_for(self, number: int) -> list[psutil.Process]:
        """Wait until so many are there, since it says where things are before its worker has both hands; return them."""
        patience = time.monotonic() + STARTS_WITHIN
        while len(found := self.everybody()) < number:
            assert time.monotonic() < patience, self.printed()
            time.sleep(0.1)
        return found


@contextmanager
def started(*, data: Path, port: int = FIRST_PORT) -> Iterator[Desk]:
    desk = Desk(data=data, port=port)
    try:
        yield desk
    finally:
        for process in desk.everybody() if desk.process.is_running() else []:
            process.kill()
        desk.process.wait()


def gone(processes: list[psutil.Process]) -> bool:
    """Wait for all of them to end; one that ended and that nobody buried counts as gone."""
    patience = time.monotonic() + STOPS_WITHIN
    while time.monotonic() < patience:
        if not any(_lives(process) for process in processes):
            return True
        time.sleep(0.1)
    return False


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def four_free_ports_in_a_row() -> int:
    """Return the first of them, so that nobody else's shop on this machine is what has to be stepped over."""
    first = FIRST_PORT + 50
    while (found := free_ports(start=first)).foreign != first + 2 or free_ports(start=first + 3).web != first + 3:
        first = found.web + 1
    return first


def test_it_steps_over_busy_ports_says_where_it_is_and_ctrl_c_stops_every_process_down_to_the_engines(
    kept_data: Path,
) -> None:
    first = four_free_ports_in_a_row()
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        busy.bind(("127.0.0.1", first + 1))
        busy.listen()
        with started(data=kept_data, port=first) as desk:
            there = desk.addresses()
            with urllib.request.urlopen(f"{there['Storefront']}readyz", timeout=30) as answer:
                ready = answer.read()
            with urllib.request.urlopen(there["Sockets"].replace("ws", "http", 1) + "/healthz", timeout=30) as answer:
                sockets = answer.status
            everybody = desk.wait_for(EVERYBODY)
            names = {process.name() for process in everybody}

            desk.process.send_signal(signal.SIGINT)

            assert gone(everybody), desk.printed()
            assert desk.process.wait() == 0

    assert there == {
        "Storefront": f"http://127.0.0.1:{first}/",
        "Sockets": f"ws://127.0.0.1:{first + 2}",
        "Foreign page": f"http://localhost:{first + 3}/",
    }
    assert (ready, sockets) == (b'{"ok": true, "missing": []}', 200)
    assert {"postgres", "valkey-server"} <= names
    assert not (socket_folder(kept_data) / ".s.PGSQL.5432").exists(), (kept_data / "postgres.log").read_text()


def test_a_second_start_finds_everything_made_and_a_polite_end_is_one_too(kept_data: Path) -> None:
    was_here = kept_data.exists()
    with started(data=kept_data) as desk:
        desk.addresses()
        everybody = desk.everybody()

        desk.process.send_signal(signal.SIGTERM)

        assert gone(everybody), desk.printed()
        assert desk.process.wait() == 0
    assert ("No migrations to apply." in desk.printed()) == was_here


def test_when_one_process_ends_by_itself_all_are_stopped_and_it_is_named(kept_data: Path) -> None:
    with started(data=kept_data) as desk:
        desk.addresses()
        everybody = desk.everybody()
        beat = next(process for process in everybody if "beat" in process.cmdline())

        os.kill(beat.pid, signal.SIGKILL)

        assert gone(everybody)
        assert desk.process.wait() == 1
    assert "beat ended unexpectedly; everything else is stopped." in desk.printed()


def test_a_killed_shop_takes_its_processes_along(kept_data: Path) -> None:
    with started(data=kept_data) as desk:
        desk.addresses()
        parts = [process for process in desk.process.children() if process.name() not in ("postgres", "valkey-server")]

        desk.process.kill()

        assert len(parts) == 5
        assert gone(parts)
