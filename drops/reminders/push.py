"""
The port to push services: those who carry a short message to a browser that is closed.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from drops.ports import implementations


class Carried(enum.Enum):
    """What became of a message."""

    TAKEN = "taken"  # the service has it, and will hand it over if the browser comes by in time
    GONE = "gone"  # the browser asks for nothing any more; its address is to be forgotten
    LATER = "later"  # it certainly did not go out; the same may go well in a minute
    REFUSED = "refused"  # it certainly did not go out, and will not
    UNKNOWN = "unknown"  # it may have gone out, or not


class PushSender(ABC):
    """One way to send to browsers. It raises nothing: every trouble of the world outside is one of the five answers."""

    name: ClassVar[str]

    @abstractmethod
    def public_key(self) -> str:
        """Return the key by which a browser knows the shop, in base64url; "" if there is none, and so no push."""

    @abstractmethod
    def send(self, *, endpoint: str, keys: Mapping[str, str], payload: bytes, lasts_s: int, topic: str) -> Carried:
        """
        Send one message, encrypted for one browser.

        `topic` lets a later message replace an earlier one that was not handed over yet; at most 32 characters.
        """


def push_sender() -> PushSender | None:
    """Return who sends to browsers, if anybody does."""
    return next(iter(implementations("PUSH_SENDERS", PushSender).values()), None)  # type: ignore[type-abstract]


def push_key() -> str:
    """Return the key to subscribe with, or "" where push is off."""
    sender = push_sender()
    return sender.public_key() if sender else ""
