"""
The database's time as a socket process knows it: told at every read, kept by the machine's monotonic clock in between.

Frames carry `now` so that a client can count down; asking the database for each of ten thousand beats would be silly,
and the host's own clock may be wrong by minutes.
"""

import time
from datetime import UTC, datetime, timedelta

_learnt_at: float | None = None
_learnt = datetime.min.replace(tzinfo=UTC)


def learn(told: datetime) -> None:
    """Take in the database's time, read a moment ago."""
    global _learnt, _learnt_at
    _learnt, _learnt_at = told, time.monotonic()


def now() -> datetime:
    """Return the time; the host's until the database has been asked once."""
    if _learnt_at is None:
        return datetime.now(tz=UTC)
    return _learnt + timedelta(seconds=time.monotonic() - _learnt_at)


def now_iso() -> str:
    """Return the time in UTC as frames write it."""
    return now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
