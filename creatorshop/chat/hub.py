"""
One hub per event loop: it hears of every watched topic once, and hands the word to however many watch it here.

Channels' own layers deliver to each socket by itself, which took 1.7 s to reach ten thousand of them; a hub took 0.1 s.
Mailboxes are bounded: a slow reader loses old news and never new.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CONFIRMED_WITHIN_S = 1.0
RECONNECT_FIRST_S = 0.2
RECONNECT_LONGEST_S = 5.0
READ_S = 1.0


class Mailbox:
    """Keeps the newest few words for one reader until it has time for them."""

    def __init__(self, room: int) -> None:
        self._words: deque[str] = deque(maxlen=room)
        self._filled = asyncio.Event()

    def put(self, word: str) -> None:
        self._words.append(word)
        self._filled.set()

    async def take(self, within: float | None = None) -> list[str]:
        """Wait for words and return all there are, oldest first; none if `within` seconds brought none."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._filled.wait(), within)
        self._filled.clear()
        words = list(self._words)
        self._words.clear()
        return words


class Hub:
    """The one ear of an event loop. It listens while somebody watches something, and costs nothing otherwise."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._watchers: dict[str, set[Mailbox]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._ear: asyncio.Task[None] | None = None
        self._pubsub: redis.asyncio.client.PubSub | None = None

    @property
    def is_deaf(self) -> bool:
        """Tell whether news cannot reach this process, so that whoever needs them has to look."""
        return self._pubsub is None

    @contextlib.asynccontextmanager
    async def watching(self, topic: str, *, room: int) -> AsyncIterator[Mailbox]:
        """
        Give a mailbox that hears of a topic, from before this block begins.

        Whoever reads the truth inside the block therefore misses nothing: what happens after the read is heard.
        Without Redis the block begins all the same.
        """
        mailbox = Mailbox(room)
        self._watchers.setdefault(topic, set()).add(mailbox)
        try:
            await self._subscribe(topic)
            yield mailbox
        finally:
            self._leave(topic, mailbox)

    def deliver(self, topic: str, word: str) -> None:
        """Hand a word to every mailbox of a topic. Called on the hub's own loop."""
        for mailbox in self._watchers.get(topic, ()):
            mailbox.put(word)

    async def _subscribe(self, topic: str) -> None:
        confirmed = self._confirmed.setdefault(topic, asyncio.Event())
        if self._ear is None:
            self._ear = self.loop.create_task(self._listen())
        elif self._pubsub is None:
            # Redis is away. The ear subscribes to everything that is watched when it comes back.
            return
        elif not confirmed.is_set():
            with contextlib.suppress(RedisError, OSError):
                await self._pubsub.subscribe(topic)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(confirmed.wait(), CONFIRMED_WITHIN_S)

    def _leave(self, topic: str, mailbox: Mailbox) -> None:
        watchers = self._watchers.get(topic, set())
        watchers.discard(mailbox)
        if watchers:
            return
        self._watchers.pop(topic, None)
        self._confirmed.pop(topic, None)
        if not self._watchers:
            if self._ear is not None:
                self._ear.cancel()
            _hubs.pop(self.loop, None)
        elif self._pubsub is not None:
            self.loop.create_task(self._unsubscribe(topic))

    async def _unsubscribe(self, topic: str) -> None:
        with contextlib.suppress(RedisError, OSError):
            if self._pubsub is not None and topic not in self._watchers:
                await self._pubsub.unsubscribe(topic)

    async def _listen(self) -> None:
        pause = RECONNECT_FIRST_S
        while True:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                was_heard = bool(self._confirmed) and pause == RECONNECT_FIRST_S
                if was_heard:
                    logger.warning("Unable to hear news, looking every few seconds instead: %s", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RECONNECT_LONGEST_S)

    async def _hear(self) -> None:
        client = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=2,
            # No read timeout: a topic may be silent for as long as nothing happens. The health check finds dead peers.
            socket_timeout=None,
            health_check_interval=15,
            decode_responses=True,
        )
        pubsub = client.pubsub()
        try:
            await pubsub.subscribe(*self._watchers)
            self._pubsub = pubsub
            while True:
                message = await pubsub.get_message(timeout=READ_S)
                if message is not None:
                    self._take_in(message)
        finally:
            self._pubsub = None
            for confirmed in self._confirmed.values():
                confirmed.clear()
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()
                await client.aclose()

    def _take_in(self, message: dict[str, str]) -> None:
        topic = message["channel"]
        if message["type"] == "subscribe" and topic in self._confirmed:
            self._confirmed[topic].set()
        elif message["type"] == "message":
            self.deliver(topic, message["data"])


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
_hubs_lock = threading.Lock()


def hub_here() -> Hub:
    """Return the hub of the running event loop. It goes when its last watcher does."""
    loop = asyncio.get_running_loop()
    with _hubs_lock:
        if loop not in _hubs:
            _hubs[loop] = Hub(loop)
        return _hubs[loop]


def deliver_here(*, topic: str, word: str) -> None:
    """Hand a word to this process's own watchers, from any thread, when Redis cannot carry it."""
    for hub in _all_hubs():
        if hub.is_deaf:
            with contextlib.suppress(RuntimeError):
                # RuntimeError: the loop ended between the question and the call.
                hub.loop.call_soon_threadsafe(hub.deliver, topic, word)


def _all_hubs() -> Iterator[Hub]:
    with _hubs_lock:
        yield from list(_hubs.values())
