"""
What names a reminder, or the shopper of a thread, in the address of a page: signed, so that nobody can guess one.
"""

from datetime import timedelta

from django.core import signing

from drops.audience.models import Shopper
from drops.errors import NotFound
from drops.reminders.models import Reminder

PAGE_LASTS = timedelta(days=7)
_CONFIRM, _STOP, _PAGE = (f"drops.reminders.{deed}" for deed in ("confirm", "stop", "page"))


class ReminderLinkInvalid(NotFound):
    """The link is forged, or what it was about is gone."""

    code = "reminder_link_invalid"


def confirm_token(reminder: Reminder) -> str:
    return _signed(_CONFIRM, reminder)


def stop_token(reminder: Reminder) -> str:
    return _signed(_STOP, reminder)


def reminder_to_confirm(token: str) -> Reminder:
    """
    Return the reminder that a mailbox's owner was asked about, with its drop and creator loaded.

    :raises ReminderLinkInvalid: if the link is forged, or the reminder is gone.
    """
    return _reminder(_CONFIRM, token)


def reminder_to_stop(token: str) -> Reminder:
    """
    Return the reminder that somebody wants to hear no more of; the link is good for as long as there is one.

    :raises ReminderLinkInvalid: if the link is forged, or the reminder is gone.
    """
    return _reminder(_STOP, token)


def page_token(shopper: Shopper) -> str:
    """Return what lets a page of ours know whose thread led to it, for a week."""
    return signing.TimestampSigner(salt=_PAGE, sep=".").sign(shopper.ref)


def shopper_of_page(token: str) -> Shopper | None:
    """Return whose thread led to a page, or None if nobody's did."""
    try:
        ref = signing.TimestampSigner(salt=_PAGE, sep=".").unsign(token, max_age=PAGE_LASTS)
    except signing.BadSignature:
        return None
    return Shopper.objects.select_related("creator").filter(ref=ref).first()


def _signed(salt: str, reminder: Reminder) -> str:
    return signing.Signer(salt=salt, sep=".").sign(reminder.ref)


def _reminder(salt: str, token: str) -> Reminder:
    try:
        ref = signing.Signer(salt=salt, sep=".").unsign(token)
        return Reminder.objects.select_related("drop__creator", "drop__capsule", "shopper").get(ref=ref)
    except (signing.BadSignature, Reminder.DoesNotExist):
        raise ReminderLinkInvalid("This link leads nowhere any more. There is nothing to stop or to confirm.") from None
