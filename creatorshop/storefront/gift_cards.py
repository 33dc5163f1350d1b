"""
The giver's side of a gift, as a card on the page of their order: offer it, pass the link on, take it back.

It says that somebody accepted and on which day; never who, when they collect or where it goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from creatorshop.storefront import wording
from drops.sales.gift_models import LONGEST_MESSAGE, GiftClaim, GiftState
from drops.sales.gifts import WHY_NOT, gift_of, may_give
from drops.sales.models import Order

_ENDED = {
    GiftState.EXPIRED: "Nobody accepted the gift in time, so the order is yours as it was.",
    GiftState.REVOKED: "The gift was taken back, so the order is yours as it was.",
}


@dataclass(frozen=True)
class GiftCard:
    step: str  # "offer", "open", "accepted" or "none"
    sentence: str
    message: str = ""
    link: str = ""  # only in the answer that made it
    refusal: str = ""
    longest: int = LONGEST_MESSAGE


def gift_card(*, order: Order, now: datetime, link: str = "", refusal: str = "", typed: str = "") -> GiftCard:
    """Return what can be done with an order's gift, and how it stands."""
    gift, zone = gift_of(order=order), order.drop.zone
    state = gift.state_at(now) if gift else None
    if gift and state == GiftState.CLAIMED and gift.claimed_at:
        accepted = wording.day(gift.claimed_at.astimezone(zone).date())
        return GiftCard("accepted", f"It was accepted on {accepted}.", gift.message, refusal=refusal)
    if gift and state == GiftState.OPEN:
        return GiftCard("open", _until(order, gift), gift.message, link, refusal)
    why = may_give(order=order, now=now)
    ended = _ENDED.get(state, "") if state else ""
    if why:
        return GiftCard("none", f"It can’t be given to somebody else: {_lowered(WHY_NOT[why])}", refusal=refusal)
    return GiftCard("offer", ended, typed, refusal=refusal)


def _until(order: Order, gift: GiftClaim) -> str:
    zone = order.drop.zone
    until = f"{wording.day_and_clock(gift.expires_at, zone)} {wording.zone_name(zone)}"
    if order.delivery_method == "pickup":
        return f"It can be accepted until {until}, when the pickup slot ends. Until then your own pass works as well."
    return f"It can be accepted until {until}, or until the parcels are packed if that is sooner."


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
