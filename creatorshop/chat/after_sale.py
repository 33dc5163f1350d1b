"""
What a thread does after the sale: noting that a parcel arrived, and what somebody thinks of it.
"""

from __future__ import annotations

from creatorshop.chat.engine import commands, events
from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import ShopError
from drops.sales import ratings
from fulfillment.models import Parcel, ParcelState
from fulfillment.parcels import note_arrival as note_arrival_of

SOURCE = "chat"


def note_arrival(*, shopper: Shopper, wish: commands.NoteArrival) -> events.Event:
    """Note that a shopper's own parcel arrived, if it has left; whatever it is, the thread then says how it stands."""
    sent = Parcel.objects.filter(order__shopper=shopper, order__ref=wish.order, state=ParcelState.SHIPPED)
    parcel_id = sent.values_list("pk", flat=True).first()
    if parcel_id is not None:
        note_arrival_of(parcel_id=parcel_id, now=database_now())
    return events.ArrivalNoted(order=wish.order)


def rate(*, shopper: Shopper, wish: commands.Rate) -> events.Event:
    """Keep a shopper's number for their own order."""
    try:
        rating = ratings.rate(
            shopper_id=shopper.pk, order_ref=wish.order, score=wish.score, source=SOURCE, now=database_now()
        )
    except ShopError as refusal:
        return events.RateRefused(order=wish.order, code=refusal.code, message=refusal.message)
    return events.Rated(order=wish.order, score=rating.score)
