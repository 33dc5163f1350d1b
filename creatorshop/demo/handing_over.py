"""
What happened on the morning after: some of the demo's orders were collected, some were sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from drops.schedule.models import Drop
from fulfillment.batches import make_batch, run_batch
from fulfillment.models import Parcel, ParcelState
from fulfillment.parcels import hand_to_carrier, pack_parcel
from pickups.handover import hand_over
from pickups.models import Location, Pickup
from pickups.roster import let_in
from pickups.services import RosterRole, new_roster_link

COLLECTED = 3


def hand_over_some(*, drop: Drop, cafe: Location, now: datetime) -> None:
    """Hand the first pickups of a drop over, if their slot is today; the others are still expected."""
    link = new_roster_link(
        location=cafe, role=RosterRole.SCAN, expires_at=now + timedelta(days=1), now=now, label="Mira"
    )
    device, _ = let_in(token=link.url.rstrip("/").rsplit("/", 1)[-1], label="Mira's phone", now=now)
    today = now.astimezone(cafe.zone).date()
    pickups = Pickup.objects.filter(order__drop=drop, slot__local_date=today).order_by("pk")
    for pickup in pickups[:COLLECTED]:
        hand_over(device=device, pickup_ref=pickup.ref, nonce=f"demo-{pickup.ref}", now=now)


def send_some(*, drop: Drop, carrier: str, but_not_the_last: int, now: datetime) -> None:
    """Run a drop's batch and hand its parcels to the carrier, except for the last ones: those are still on the table."""
    batch = run_batch(batch_id=make_batch(drop_id=drop.pk, by_user_id=None, now=now).pk, now=now)
    parcels = list(Parcel.objects.filter(batch=batch, state=ParcelState.FROZEN).order_by("pk"))
    for number, parcel in enumerate(parcels[: len(parcels) - but_not_the_last], start=1):
        pack_parcel(parcel_id=parcel.pk, now=now)
        # A number of the right shape that no carrier gives out: its check digit is wrong on purpose.
        tracking_number = f"DX{batch.pk:04}{number:04}0{drop.creator.country}"
        hand_to_carrier(parcel_id=parcel.pk, carrier=carrier, tracking_number=tracking_number, now=now)
