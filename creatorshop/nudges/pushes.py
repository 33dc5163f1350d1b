"""
Push messages: the declarative form (`web_push: 8030`), which some browsers show by themselves, and our worker reads as well.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from creatorshop.nudges.words import Words
from drops.reminders.models import Nudge, Reminder
from drops.reminders.push import Carried, PushSender

DECLARATIVE = 8030  # the number of Web Push's RFC, by which a browser knows this form
_BODY, _TITLE = 300, 120  # characters: a message has about 4 KB in all


def payload_of(words: Words, *, tag: str, locale: str) -> bytes:
    """Return a message as JSON: title, text, where a tap leads, and *Stop*."""
    notification = {
        "title": words.title[:_TITLE],
        "lang": locale,
        "dir": "auto",
        "body": words.text[:_BODY],
        "navigate": words.url,
        "tag": tag,
        "actions": [{"action": "stop", "title": "Stop", "navigate": words.stop_url}],
    }
    return json.dumps({"web_push": DECLARATIVE, "notification": notification}, ensure_ascii=False).encode()


def send(*, sender: PushSender, reminder: Reminder, nudge: Nudge, words: Words, now: datetime) -> Carried:
    """Send a message to one browser. It lasts as long as its words are true; a later one about the drop replaces it."""
    return sender.send(
        endpoint=reminder.address,
        keys=reminder.push_keys,
        payload=payload_of(words, tag=f"drop-{nudge.drop.ref}", locale="en"),
        lasts_s=int((nudge.ends_at - now) / timedelta(seconds=1)),
        topic=f"drop-{nudge.drop_id}",
    )
