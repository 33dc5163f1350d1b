"""
How often one token or address may knock at a public door.

Counters live in the cache and are a courtesy to the machines behind: nothing is correct because of them. When the
cache does not answer, everybody is let in, and nobody asks it again for a few seconds.
"""

import hashlib
import logging
import math
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle
from redis.exceptions import RedisError

from creatorshop.visitors import address_of
from drops.audience.models import Shopper
from drops.audience.sessions import Bearer

logger = logging.getLogger(__name__)

CACHE_REST_S = 5.0


class Door(BaseThrottle):
    """A limit of so many requests per window, counted for each shopper or, without one, for each address."""

    def __init__(self, name: str, *, in_passing: int = 0) -> None:
        """Count the first few knocks of a visitor in this process only: honest people never make the cache work."""
        self.name = name
        self._in_passing = in_passing
        self._passed: dict[str, int] = {}
        self._passed_in = 0
        self._asleep_until = 0.0

    def allow_request(self, request: HttpRequest) -> bool:
        limit, window = rate_of(self.name)
        now = time.time()
        if now < self._asleep_until:
            return True
        self._left = window - now % window
        visitor = _visitor(request)
        if self.lets_pass(visitor):
            return True
        key = f"door:{self.name}:{_hidden(visitor)}:{int(now // window)}"
        try:
            cache.add(key, 0, timeout=window + 1)
            return cache.incr(key) <= limit
        except ValueError:
            # The counter was evicted between add and incr.
            return True
        except (RedisError, OSError):
            self._asleep_until = now + CACHE_REST_S
            logger.warning("Unable to count visitors: the cache does not answer")
            return True

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

    def wait(self) -> float | None:
        return math.ceil(self._left)


def rate_of(name: str) -> tuple[int, int]:
    """Return a door's limit and its window in seconds, from a setting like {"quotes": "120/60"}."""
    count, seconds = settings.API_RATES[name].split("/")
    return int(count), int(seconds)


def _visitor(request: HttpRequest) -> str:
    match getattr(request, "auth", None):
        case Shopper(ref=ref) | Bearer(shopper_ref=ref):
            return f"shopper {ref}"
    return f"address {address_of(request)}"


def _hidden(visitor: str) -> str:
    return hashlib.sha256(visitor.encode(errors="replace")).hexdigest()[:32]
