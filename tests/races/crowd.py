"""
Many hands at once, on connections of their own, starting at the same instant.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection

from drops.errors import ShopError

Answer = TypeVar("Answer")
WAITS_WITHIN = 10.0


def at_once(*jobs: Callable[[], Answer]) -> list[Answer | ShopError]:
    """
    Run jobs in threads that start together, and return their answers in order, a refusal being an answer too.

    :raises BaseException: the first error of a job that is no refusal.
    """
    barrier = threading.Barrier(len(jobs))
    answers: list[Any] = [None] * len(jobs)
    errors: list[BaseException] = []

    def run(index: int, job: Callable[[], Answer]) -> None:
        try:
            barrier.wait(timeout=30)
            answers[index] = job()
        except ShopError as refusal:
            answers[index] = refusal
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, job)) for index, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise errors[0]
    return answers


def wait_until_done_or_blocked(is_done: Callable[[], bool]) -> None:
    """
    Wait until a rival on another connection has done its deed, or waits for a lock that this connection keeps.

    That is when nothing more can happen in a widened gap; a pause of so many milliseconds is too short on a busy machine,
    and too long on every other.
    """
    patience = time.monotonic() + WAITS_WITHIN
    while not is_done() and not _keeps_somebody_waiting() and time.monotonic() < patience:
        time.sleep(0.01)


def _keeps_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        [is_so] = cursor.fetchone()
    return bool(is_so)


@contextmanager
def swapped(module: Any, name: str, replacement: Any) -> Iterator[None]:
    """Take a guard away for the length of a block: the negative control of a race test."""
    guard = getattr(module, name)
    setattr(module, name, replacement)
    try:
        yield
    finally:
        setattr(module, name, guard)


@contextmanager
def edited_functions(*edits: tuple[str, str, str]) -> Iterator[None]:
    """
    Take guards out of functions of the database: (function, words that are the guard, words instead).

    :raises AssertionError: if a function no longer has those words, since the control would then prove nothing.
    """
    guards = []
    with connection.cursor() as cursor:
        for name, guard, instead in edits:
            cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
            [text] = cursor.fetchone()
            assert guard in text, f"{name} has no {guard!r}"
            guards.append(text)
            cursor.execute(text.replace(guard, instead))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for text in reversed(guards):
                cursor.execute(text)


@contextmanager
def rival_after(module: Any, step: str, rival: Callable[[], Any]) -> Iterator[list[Any]]:
    """
    Let a rival begin on its own connection once a step is done and not yet committed, and go as far as it gets.

    Yields the list in which the rival's answer will be once the block is over.
    """
    guarded = getattr(module, step)
    answers: list[Any] = []
    threads: list[threading.Thread] = []

    def run() -> None:
        answers.extend(at_once(rival))

    def step_then_rival(*args: Any, **kwargs: Any) -> Any:
        result = guarded(*args, **kwargs)
        if not threads:
            threads.append(threading.Thread(target=run))
            threads[0].start()
            wait_until_done_or_blocked(lambda: not threads[0].is_alive())
        return result

    with swapped(module, step, step_then_rival):
        yield answers
        for thread in threads:
            thread.join(timeout=60)
