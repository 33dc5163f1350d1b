"""
The waitlist on a product page: the way into the line, one's own place in it, and one's turn.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from creatorshop.storefront import wording
from drops.audience.models import Shopper
from drops.refs import new_ref
from drops.sales.offering import offer_lasts
from drops.sales.waiting import standing_of
from drops.schedule.models import Drop
from drops.stock.models import WaitlistState
from drops.stock.waitlist import live_entry_of

# Why a turn was missed, by the refusal's code.
_REASONS = {
    "too_few": "Fewer came back at a time than you asked for. Your place is kept.",
    "limit_reached": "You have as many as one may have, so you were passed over. Your place is kept.",
    "already_holding": "You are holding this already, so you were passed over. Your place is kept.",
    "delivery_gone": "The delivery you chose is no longer to be had. Leave the line and join again with another one.",
}
_NOT_NOW = "It could not be offered to you just now. Your place is kept."


@dataclass(frozen=True)
class Line:
    """What the page says of the line; `kind` is join, waiting or offered."""

    kind: str
    title: str
    text: str
    entry: str = ""
    checkout: str = ""
    key: str = ""  # of the form that joins, so that sending it twice joins once
    button: str = ""


def line_of(*, shopper: Shopper | None, drop: Drop, drop_sku_id: int, quantity: int, may_join: bool) -> Line | None:
    """Return what there is to say of a SKU's line to a shopper, who may be nobody yet; None if there is nothing."""
    entry = live_entry_of(shopper_id=shopper.pk, drop_sku_id=drop_sku_id) if shopper else None
    standing = standing_of(ref=entry.ref, shopper=shopper) if entry and shopper else None
    minutes = int(offer_lasts(drop=drop).total_seconds() // 60)
    if standing and standing.place:
        number, units = standing.place.number, standing.entry.quantity
        reason = standing.entry.skip_reason
        promise = f"When it is your turn it is on hold for you for {minutes} minutes. Nothing is charged."
        return Line(
            kind="waiting",
            title=f"You are {wording.ordinal(number)} in line for {units} {standing.entry.drop_sku.sku}.",
            text=_REASONS.get(reason, _NOT_NOW) if reason else promise,
            entry=standing.entry.ref,
        )
    if standing and standing.state == WaitlistState.OFFERED and standing.entry.hold:
        hold = standing.entry.hold
        return Line(
            kind="offered",
            title="One came back, and it is your turn."
            if hold.quantity == 1
            else f"{hold.quantity} came back, and it is your turn.",
            text=f"On hold for you until {wording.clock_to_the_second(hold.expires_at, drop.zone)}. Nothing is charged.",
            entry=standing.entry.ref,
            checkout=reverse("checkout", args=[hold.ref]),
        )
    if not may_join:
        return None
    return Line(
        kind="join",
        title="Wait for one to come back.",
        text=f"When it is your turn it is on hold for you for {minutes} minutes, at the price of that moment. Free.",
        key=new_ref(),
        button="Join the waitlist" if quantity == 1 else f"Join the waitlist for {quantity}",
    )
