"""
The tokens that buttons carry: which button of which revision of which message, and nothing of what it does.

A token is signed for its thread, so it opens nothing elsewhere, and it stays under 64 bytes for the strictest
messenger. What the button does is kept with the message.
"""

from __future__ import annotations

from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

from creatorshop.chat.bodies import TOKEN_BYTES
from creatorshop.chat.models import Message
from drops.errors import NotFound

_SALT = "creatorshop.chat.actions"
_SIGNATURE_LENGTH = 16  # hexadecimal digits: 64 bits, for a button that expires with its thread


class ButtonUnknown(NotFound):
    """The token is forged, or of another thread."""

    code = "button_unknown"


def sign_button(*, thread_id: int, message_id: str, revision: int, index: int) -> str:
    """Return the token of one button."""
    name = f"{message_id}.{revision}.{index}"
    return f"{name}.{_signature(thread_id, name)}"


def button_of(*, thread_id: int, token: str) -> tuple[Message, dict[str, Any]]:
    """
    Return the message revision that carried a button, and what the button does: its name and its arguments.

    :raises ButtonUnknown: if the token is not one of ours for this thread.
    """
    name, _, signature = token.rpartition(".")
    if len(token.encode()) > TOKEN_BYTES or not constant_time_compare(_signature(thread_id, name), signature):
        raise ButtonUnknown("That button is not from this chat.")
    message_id, revision, index = name.rsplit(".", 2)
    message = Message.objects.filter(thread_id=thread_id, message_id=message_id, revision=int(revision)).first()
    if message is None or int(index) >= len(message.taps):
        raise ButtonUnknown("That button is not from this chat.")
    return message, message.taps[int(index)]


def with_signed_tokens(value: Any, *, thread_id: int, message_id: str, revision: int) -> Any:
    """Return a message's body with each placeholder "#n" replaced by the token of its n-th button."""

    def sign(part: Any, key: str = "") -> Any:
        if isinstance(part, dict):
            return {name: sign(inner, name) for name, inner in part.items()}
        if isinstance(part, list):
            return [sign(inner) for inner in part]
        if key in ("token", "cursor") and isinstance(part, str) and part.startswith("#"):
            index = int(part[1:])
            return sign_button(thread_id=thread_id, message_id=message_id, revision=revision, index=index)
        return part

    return sign(value)


def _signature(thread_id: int, name: str) -> str:
    return salted_hmac(_SALT, f"{thread_id}:{name}", algorithm="sha256").hexdigest()[:_SIGNATURE_LENGTH]
