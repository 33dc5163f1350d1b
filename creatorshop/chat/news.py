"""
News of stock and threads on its way from whoever commits to whoever watches (docs/adr/0004-stock-hub.md).

A commit publishes one small word to Redis: "this drop moved", "this thread moved". The socket processes hear it, read
the truth from the database and hand it to their clients. When Redis is down the word is lost and nothing else: sockets
look for themselves every two seconds.

This module knows no models, so that the apps may connect it while they load.
"""

import logging
import time

import redis
from django.conf import settings

from creatorshop.chat import hub
from drops.events import drop_changed, stock_changed

logger = logging.getLogger(__name__)

MOVED = "moved"
REDIS_REST_S = 5.0


class _Speaker:
    """This process's way to Redis, silent for a while after it failed."""

    def __init__(self) -> None:
        self._client: redis.Redis | None = None
        self._silent_until = 0.0

    def say(self, topic: str, word: str) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            if self._client is None:
                self._client = redis.Redis.from_url(
                    settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5, retry=None
                )
            self._client.publish(topic, word)
        except (redis.RedisError, OSError):
            # Asking again at every commit would slow each of them down by the time it takes to fail.
            self._silent_until = time.monotonic() + REDIS_REST_S
            logger.warning("Unable to spread news: Redis does not answer")


_speaker = _Speaker()


def drop_topic(drop_id: int) -> str:
    return f"{settings.REDIS_PREFIX}:live:drop:{drop_id}"


def thread_topic(thread_id: int) -> str:
    return f"{settings.REDIS_PREFIX}:live:thread:{thread_id}"


def listen() -> None:
    """Begin to spread the announcements of this process; done once, when the apps are ready."""
    stock_changed.connect(_tell_drop, dispatch_uid="news.stock_changed")
    drop_changed.connect(_tell_drop, dispatch_uid="news.drop_changed")


def tell(*, topic: str, word: str = MOVED) -> None:
    """Spread a word under a topic. Best effort: it never raises and never waits long."""
    # Watchers in this very process hear it even without Redis.
    hub.deliver_here(topic=topic, word=word)
    _speaker.say(topic, word)


def tell_thread(sender: object, *, thread_id: int, **_future: object) -> None:
    """Spread that a thread moved; connected to the chat's own announcement."""
    tell(topic=thread_topic(thread_id))


def _tell_drop(sender: object, *, drop_id: int, **_future: object) -> None:
    tell(topic=drop_topic(drop_id))
