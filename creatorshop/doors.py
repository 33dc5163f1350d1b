"""
How often one visitor may knock at a public door.

Counters live in the cache and are a courtesy to the machines behind: nothing is correct because of them. When the
cache does not answer, everybody is let in, and nobody asks it again for a few seconds.
"""

import hashlib
import logging
import math
import time

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CACHE_REST_S = 5.0


class Knocks:
    """Counts the knocks of each visitor at one door, which lets in so many of them per window."""

    def __init__(self, name: str, *, in_passing: int = 0) -> None:
        """Count the first few knocks of a visitor in this process only: honest people never make the cache work."""
        self.name = name
        self._in_passing = in_passing
        self._passed: dict[str, int] = {}
        self._passed_in = 0
        self._asleep_until = 0.0

    def wait_of(self, visitor: str) -> int:
        """Count a knock, and return 0 if it is let in, else after how many seconds the next one may be."""
        limit, window = rate_of(self.name)
        now = time.time()
        if now < self._asleep_until or self.lets_pass(visitor):
            return 0
        key = f"door:{self.name}:{_hidden(visitor)}:{int(now // window)}"
        try:
            cache.add(key, 0, timeout=window + 1)
            return 0 if cache.incr(key) <= limit else math.ceil(window - now % window)
        except ValueError:
            # The counter was evicted between add and incr.
            return 0
        except (RedisError, OSError):
            self._asleep_until = now + CACHE_REST_S
            logger.warning("Unable to count visitors: the cache does not answer")
            return 0

    def lets_pass(self, visitor: str) -> bool:
        """Tell whether a visitor is among their first few knocks in this process and window, and count this one."""
        window = int(time.time() // rate_of(self.name)[1])
        # Two threads may count one knock; a visitor then passes once more, which harms nobody.
        if window != self._passed_in:
            self._passed, self._passed_in = {}, window
        knocks = self._passed.get(visitor, 0)
        if knocks < self._in_passing:
            self._passed[visitor] = knocks + 1
            return True
        return False


def rate_of(name: str) -> tuple[int, int]:
    """Return a door's limit and its window in seconds, from a setting like {"quotes": "120/60"}."""
    count, seconds = settings.API_RATES[name].split("/")
    return int(count), int(seconds)


def _hidden(visitor: str) -> str:
    return hashlib.sha256(visitor.encode(errors="replace")).hexdigest()[:32]
