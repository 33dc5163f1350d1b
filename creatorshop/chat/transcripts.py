"""
The messages of a thread: written with their numbers and signed buttons, and read as clients get them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from creatorshop.chat.actions import with_signed_tokens
from creatorshop.chat.bodies import TYPES
from creatorshop.chat.engine.turns import Draft
from creatorshop.chat.engine.voice import known_locale
from creatorshop.chat.messages import read_message, to_wire
from creatorshop.chat.models import Message, Thread


def write(*, thread: Thread, drafts: Sequence[Draft], locale: str, now: datetime) -> None:
    """Store the messages of one Turn in a locked thread; its `seq` moves on with each, and the caller saves it."""
    rows = []
    for draft in drafts:
        thread.seq += 1
        wire = wire_of(draft=draft, thread_id=thread.pk, seq=thread.seq, locale=locale, now=now)
        rows.append(
            Message(
                thread=thread,
                seq=thread.seq,
                message_id=draft.id,
                revision=draft.revision,
                type=wire["type"],
                speaker=wire["from"],
                by=wire["by"],
                locale=wire["locale"],
                fallback_text=wire["fallback_text"],
                body=wire["body"],
                taps=[{"name": tap.name, "args": tap.args} for tap in draft.taps],
                expires_at=draft.expires_at,
                at=now,
            )
        )
    Message.objects.bulk_create(rows)


def wire_of(*, draft: Draft, thread_id: int, seq: int, locale: str, now: datetime) -> dict[str, Any]:
    """
    Return a draft as clients read it, with its buttons signed for one thread.

    :raises pydantic.ValidationError: if the engine wrote what the schema does not allow.
    """
    body = draft.body.model_dump(mode="json", by_alias=True)
    signed = with_signed_tokens(body, thread_id=thread_id, message_id=draft.id, revision=draft.revision)
    message = {
        "id": draft.id,
        "seq": seq,
        "revision": draft.revision,
        "type": TYPES[type(draft.body)],
        "from": draft.speaker,
        "by": draft.by,
        "at": now,
        "locale": known_locale(locale).replace("_", "-"),
        "fallback_text": draft.fallback_text,
        "expires_at": draft.expires_at,
        "body": signed,
    }
    return to_wire(read_message(message))


def messages_since(*, thread_id: int, seq: int) -> list[dict[str, Any]]:
    """Return what was written after a number, each message in its latest revision, in the order of the numbers."""
    latest: dict[str, Message] = {}
    for message in Message.objects.filter(thread_id=thread_id, seq__gt=seq).order_by("seq"):
        latest[message.message_id] = message
    return [_as_sent(message) for message in sorted(latest.values(), key=lambda message: message.seq)]


def conversation_of(*, thread_id: int, revisions: int) -> list[dict[str, Any]]:
    """Return the newest of what was said, each message in its latest revision, in the order they were first said."""
    newest = Message.objects.filter(thread_id=thread_id).order_by("-seq")[:revisions]
    latest: dict[str, Message] = {}
    for message in reversed(newest):
        latest[message.message_id] = message
    return [_as_sent(message) for message in latest.values()]


def is_superseded(message: Message) -> bool:
    """Whether a later revision has taken a message's place."""
    later = Message.objects.filter(thread_id=message.thread_id, message_id=message.message_id)
    return later.filter(revision__gt=message.revision).exists()


def _as_sent(message: Message) -> dict[str, Any]:
    return to_wire(
        read_message(
            {
                "id": message.message_id,
                "seq": message.seq,
                "revision": message.revision,
                "type": message.type,
                "from": message.speaker,
                "by": message.by,
                "at": message.at,
                "locale": message.locale,
                "fallback_text": message.fallback_text,
                "expires_at": message.expires_at,
                "body": message.body,
            }
        )
    )
