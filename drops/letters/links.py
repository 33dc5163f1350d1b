"""
What names a subscriber in the address of a page: signed, so that nobody can guess one.
"""

from django.core import signing

from drops.errors import NotFound
from drops.letters.models import Subscriber

_CONFIRM, _STOP = (f"drops.letters.{deed}" for deed in ("confirm", "stop"))


class LetterLinkInvalid(NotFound):
    """The link is forged, or what it was about is gone."""

    code = "letter_link_invalid"


def confirm_token(subscriber: Subscriber) -> str:
    return _signed(_CONFIRM, subscriber)


def stop_token(subscriber: Subscriber) -> str:
    return _signed(_STOP, subscriber)


def subscriber_to_confirm(token: str) -> Subscriber:
    """
    Return the subscriber whose mailbox was asked, with their creator loaded.

    :raises LetterLinkInvalid: if the link is forged, or the subscriber is gone.
    """
    return _subscriber(_CONFIRM, token)


def subscriber_to_stop(token: str) -> Subscriber:
    """
    Return the subscriber who wants no more letters; the link is good for as long as there is one.

    :raises LetterLinkInvalid: if the link is forged, or the subscriber is gone.
    """
    return _subscriber(_STOP, token)


def _signed(salt: str, subscriber: Subscriber) -> str:
    return signing.Signer(salt=salt, sep=".").sign(subscriber.ref)


def _subscriber(salt: str, token: str) -> Subscriber:
    try:
        ref = signing.Signer(salt=salt, sep=".").unsign(token)
        return Subscriber.objects.select_related("creator", "shopper").get(ref=ref)
    except (signing.BadSignature, Subscriber.DoesNotExist):
        raise LetterLinkInvalid("This link leads nowhere any more. There is nothing to stop or to confirm.") from None
