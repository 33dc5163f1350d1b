"""
Runs several processes as one: their lines with a name in front, all of them or none, nothing left behind.

Not honcho: it starts a helper per process that outlives a killed parent, and it ends by signalling whole groups, which kills the
children of a Celery worker in the middle of a task. Here only the leader is asked to stop; its group is killed when it is gone.
"""

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from creatorshop.desk.stack import Part, allow_many_connections

STOPS_WITHIN = 10.0
TICK = 0.25
_COLOURS = ("36", "35", "33", "32", "34", "31")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Supervisor:
    """A set of processes that live and end together."""

    def __init__(self, *, parts: Sequence[Part], env: Mapping[str, str], folder: Path, out: IO[str]) -> None:
        self._parts, self._env, self._folder, self._out = parts, env, folder, out
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lines: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._asked_to_stop = 0
        self._width = max(len(part.name) for part in parts)

    def run(self, *, on_tick: Callable[[], None]) -> int:
        """Run until somebody asks to stop (0) or one of the processes ends by itself (1)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        allow_many_connections()
        try:
            for part in self._parts:
                self._running[part.name] = self._start(part)
            for name, process in self._running.items():
                threading.Thread(target=self._read, args=(name, process), daemon=True).start()
            while not self._asked_to_stop:
                self._print_lines(TICK)
                ended = [name for name, process in self._running.items() if process.poll() is not None]
                if ended:
                    self.say(f"{' and '.join(ended)} ended unexpectedly; everything else is stopped.")
                    return 1
                on_tick()
            return 0
        finally:
            self._stop_all()

    def say(self, text: str) -> None:
        """Print a line of our own among the others'."""
        for line in text.splitlines():
            self._print("shop", line)

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self._asked_to_stop += 1

    def _start(self, part: Part) -> subprocess.Popen[bytes]:
        parent = os.getpid()

        def die_with_parent() -> None:
            # Otherwise `kill -9` of this process would leave the others behind, still holding their ports. Safe although it
            # runs between fork and exec: all processes are started before the first thread is.
            if _libc is not None:
                _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
                if os.getppid() != parent:
                    os._exit(1)

        return subprocess.Popen(
            part.command,
            cwd=self._folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches this process alone, which then stops the others in order.
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 (no thread of ours runs yet)
        )

    def _read(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.put((name, line.decode(errors="replace").rstrip()))

    def _print_lines(self, patience: float) -> None:
        """Print what has arrived, waiting this long for the first line."""
        try:
            self._print(*self._lines.get(timeout=patience))
            while True:
                self._print(*self._lines.get_nowait())
        except queue.Empty:
            return

    def _print(self, name: str, line: str) -> None:
        label = f"{name:>{self._width}} |"
        if self._out.isatty():
            names = [part.name for part in self._parts]
            colour = _COLOURS[names.index(name) % len(_COLOURS)] if name in names else "1"
            label = f"\x1b[{colour}m{label}\x1b[0m"
        try:
            print(label, line, file=self._out, flush=True)
        except (BrokenPipeError, OSError):
            # The terminal is gone. That is no reason to leave processes behind.
            self._asked_to_stop += 1

    def _stop_all(self) -> None:
        """Ask each leader to stop, wait, and kill whatever is left of its group."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        asked, patience = self._asked_to_stop, time.monotonic() + STOPS_WITHIN
        while time.monotonic() < patience and any(process.poll() is None for process in self._running.values()):
            self._print_lines(TICK)
            if self._asked_to_stop > asked:  # Ctrl-C once more: somebody is in a hurry.
                break
        for process in self._running.values():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        self._print_lines(TICK)
