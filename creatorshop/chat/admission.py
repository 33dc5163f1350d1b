"""
Holds over the sockets of this process: whoever asks while a batch is being admitted goes in with the next.

The asynchronous twin of drops.sales.turnstile, for ten thousand waiting sockets and a few database threads.
"""

import asyncio
import logging
from collections import deque
from weakref import WeakKeyDictionary

from creatorshop import outages
from creatorshop.chat.database import ask
from drops.sales import admission
from drops.sales.accepting import Wish
from drops.sales.admission import Answer

logger = logging.getLogger(__name__)

AT_ONCE = 128


class HoldQueue:
    """The queue of one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Wish, asyncio.Future[Answer]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def admit(self, wish: Wish) -> Answer:
        """Return what became of a wish, after the commit that it went in with."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((wish, answer))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            await self._serve(batch)

    async def _serve(self, batch: list[tuple[Wish, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await ask(admission.admit, wishes=[wish for wish, _ in batch])
        except outages.DATABASE_AWAY as error:
            # As in the turnstile: it is away for everybody, and nobody waits for the others' tries.
            for _, future in batch:
                _set(future, error)
        except Exception as error:
            if len(batch) == 1:
                _set(batch[0][1], error)
                return
            logger.exception("Unable to admit a batch of %s; each is tried alone", len(batch))
            for one in batch:
                await self._serve([one])
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():  # Its socket may have gone meanwhile; the hold is there all the same.
                future.set_result(answer)


def _set(future: asyncio.Future[Answer], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, HoldQueue] = WeakKeyDictionary()


def queue_here() -> HoldQueue:
    """Return the queue of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _queues:
        _queues[loop] = HoldQueue()
    return _queues[loop]
