"""
While members are first: what is said to who is none, becoming one, and leaving again.
"""

from __future__ import annotations

from datetime import datetime

from creatorshop.chat.engine import choosing
from creatorshop.chat.engine.commands import EndMembership, Join
from creatorshop.chat.engine.events import JoinRefused, MembershipEnded, MembershipJoined
from creatorshop.chat.engine.offers import next_drop_button
from creatorshop.chat.engine.turns import Pen


def are_first(pen: Pen) -> bool:
    """Tell whether the drop in view sells to members and invited people only, of whom this shopper is none."""
    drop = pen.facts.drop
    return bool(drop and drop.is_open and drop.closed_to_them_until and pen.facts.now < drop.closed_to_them_until)


def tell_first(pen: Pen, *, sku: str = "", quantity: int = 1, until: datetime | None = None, tier: str = "") -> None:
    """Say for whom it is open, and from when on for everybody; offer to join, and to be told."""
    drop, voice = pen.facts.drop, pen.voice
    until = until or (drop.closed_to_them_until if drop else None)
    tier = tier or (drop.tier if drop else "")
    if drop is None or until is None:
        return
    actions = []
    if tier:
        actions.append(pen.button(voice.text("b_join"), "join", sku=sku, quantity=quantity))
    if sku:
        at = until.isoformat()
        tell_me = pen.button(voice.text("b_tell_me"), "tell_me", at=at, sku=sku, quantity=quantity, is_first=True)
        actions.append(tell_me)
    moment = voice.moment(until, drop.zone)
    words = voice.text("members_first", title=drop.title, moment=moment, span=voice.span(until))
    pen.notice("not_eligible", words, *actions, next_drop_button(pen))


def join(pen: Pen, sku: str, quantity: int) -> None:
    pen.order(Join(sku=sku, quantity=quantity))


def leave(pen: Pen) -> None:
    pen.order(EndMembership())


def joined(pen: Pen, event: MembershipJoined) -> None:
    """Welcome them, say what it brings, and go on with what they wanted."""
    voice = pen.voice
    words = [voice.text("membership_joined", tier=event.tier), *event.benefits]
    undo = pen.button(voice.text("b_leave_membership"), "leave_membership")
    pen.notice("membership_joined", " · ".join(words), undo)
    if event.sku and not are_first(pen):
        choosing.pick(pen, event.sku, event.quantity)


def refused(pen: Pen, event: JoinRefused) -> None:
    """Say that there is nothing to join any more, and when it opens for everybody."""
    pen.text(pen.voice.text("membership_refused"))
    if are_first(pen):
        tell_first(pen, sku=event.sku, quantity=event.quantity)


def ended(pen: Pen, event: MembershipEnded) -> None:
    shelf = pen.button(pen.voice.text("b_shelf"), "shelf")
    pen.notice("membership_ended", pen.voice.text("membership_ended"), shelf)
