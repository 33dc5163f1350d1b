"""
What a thread does about reminders: noting that somebody wants to be told here, and that they no longer do.
"""

from __future__ import annotations

from creatorshop.chat import addresses
from creatorshop.chat.engine import events
from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import ShopError
from drops.reminders import asking, links, stopping
from drops.reminders.asking import Asker
from drops.reminders.models import Channel, Reminder
from drops.schedule.models import Drop
from drops.schedule.queries import visible_drops_of

CONSENT = "Remind me: in this chat, before the drop opens and when it does."


def remind(*, shopper: Shopper, drop_ref: str) -> events.Event:
    """Note that somebody wants to be told in their chat, and say whether they can be reached when they are away."""
    drop = _drop(shopper, drop_ref)
    if drop is None:
        return events.ReminderRefused(drop=drop_ref, code="drop_not_found")
    asker = Asker(shopper=shopper, consent=CONSENT, locale=shopper.locale)
    try:
        asking.ask_in_thread(drop=drop, asker=asker, now=database_now())
    except ShopError as refusal:
        return events.ReminderRefused(drop=drop_ref, code=refusal.code, message=refusal.message)
    elsewhere = Reminder.objects.live().filter(shopper=shopper, drop=drop).exclude(channel=Channel.THREAD)
    url = addresses.remind_url(drop.ref, links.page_token(shopper))
    return events.ReminderSet(drop=drop.ref, title=drop.title, url=url, is_reachable=elsewhere.exists())


def stop(*, shopper: Shopper, drop_ref: str) -> events.Event:
    """Stop telling somebody about a drop, wherever they were to be told."""
    drop = _drop(shopper, drop_ref)
    if drop is None:
        return events.ReminderRefused(drop=drop_ref, code="drop_not_found")
    stopping.stop_all_of(shopper=shopper, drop=drop, now=database_now())
    return events.ReminderStopped(drop=drop.ref, title=drop.title)


def _drop(shopper: Shopper, ref: str) -> Drop | None:
    return visible_drops_of(creator=shopper.creator).filter(ref=ref).first()
