"""A shopper's end of a thread: it sends what a widget sends, and reads what a widget reads."""

from __future__ import annotations

import uuid
from typing import Any

from creatorshop.chat import threads
from creatorshop.chat.inbound import read_event
from creatorshop.chat.models import Thread
from drops.audience.models import Shopper


class Client:
    def __init__(self, shopper: Shopper) -> None:
        self.thread: Thread = threads.thread_of(shopper)
        self.seq = 0

    def send(self, kind: str, *, event_id: str = "", **more: Any) -> list[dict[str, Any]]:
        """Send one event and return what is new since the last time."""
        receipt = self.try_to_send(kind, event_id=event_id, **more)
        assert receipt.acked, receipt
        return self.news()

    def try_to_send(self, kind: str, *, event_id: str = "", **more: Any) -> threads.Receipt:
        event = read_event({"id": event_id or str(uuid.uuid4()), "kind": kind, **more})
        return threads.receive(thread_id=self.thread.pk, event=event)

    def open(self) -> list[dict[str, Any]]:
        return self.send("opened", context={})

    def tap(self, label: str) -> list[dict[str, Any]]:
        return self.send("action", token=self.token(label))

    def token(self, label: str) -> str:
        """Return the newest button of that label."""
        for message in reversed(threads.messages_since(thread_id=self.thread.pk, seq=0)):
            if found := _find(message["body"], label):
                return found
        raise AssertionError(f"There is no button {label!r}")

    def news(self) -> list[dict[str, Any]]:
        found = threads.messages_since(thread_id=self.thread.pk, seq=self.seq)
        self.seq = max([self.seq, *(message["seq"] for message in found)])
        return found


def types(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


def _find(part: Any, label: str) -> str:
    if isinstance(part, dict):
        if part.get("label") == label and part.get("token"):
            return str(part["token"])
        return next((found for inner in part.values() if (found := _find(inner, label))), "")
    if isinstance(part, list):
        return next((found for inner in part if (found := _find(inner, label))), "")
    return ""
