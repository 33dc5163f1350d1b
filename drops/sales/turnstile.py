"""
Letting wishes that arrive at the same time go in together, in whatever order their threads run.

Nobody waits for company: whoever finds the turnstile free goes through at once and takes along those who queued meanwhile.
A single shopper is a batch of one; in a rush a batch is whatever came while the last one was being admitted.
"""

import logging
import threading
from collections import deque

from django.db import InterfaceError, OperationalError

from drops.sales.accepting import Wish
from drops.sales.admission import Answer, admit

logger = logging.getLogger(__name__)

AT_ONCE = 64  # what a batch costs grows with it, and everybody in it waits for all of it


class _Place:
    """One wish in the queue, and its answer once there is one."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.moved = threading.Event()  # answered, or next to go
        self.answer: Answer | None = None
        self.error: Exception | None = None


class Turnstile:
    """The queue of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[_Place] = deque()
        self._is_busy = False

    def admit(self, wish: Wish) -> Answer:
        """
        Return what became of a wish, together with whoever else is waiting.

        :raises Exception: whatever nobody foresaw, to the one who caused it.
        """
        place = _Place(wish)
        with self._lock:
            self._queue.append(place)
            goes_now = not self._is_busy
            self._is_busy = True
        if not goes_now:
            place.moved.wait()
        if place.answer is None and place.error is None:
            self._go(place)
        if place.error is not None:
            raise place.error
        assert place.answer is not None
        return place.answer

    def _go(self, leader: _Place) -> None:
        with self._lock:
            batch = [self._queue.popleft() for _ in range(min(AT_ONCE, len(self._queue)))]
        try:
            self._serve(batch)
        finally:
            with self._lock:
                heir = self._queue[0] if self._queue else None
                self._is_busy = heir is not None
            # The next batch first: they have waited longest, and these only go home.
            for place in [*([heir] if heir else []), *batch]:
                if place is not leader:
                    place.moved.set()

    def _serve(self, batch: list[_Place]) -> None:
        try:
            for place, answer in zip(batch, admit([place.wish for place in batch]), strict=True):
                place.answer = answer
        except (OperationalError, InterfaceError) as error:
            # The database is away for everybody. Asking for each alone would have them wait for it one after the other.
            for place in batch:
                place.error = error
        except Exception as error:
            if len(batch) == 1:
                batch[0].error = error
                return
            # Something nobody foresaw: whoever caused it shall be the only one to hear of it.
            logger.exception("Unable to admit a batch of %s; each is tried alone", len(batch))
            for place in batch:
                self._serve([place])


everybody = Turnstile()  # of this process, whatever door they come by
