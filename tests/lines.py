"""
Standing in line: small makers for tests of the waitlist.
"""

from itertools import count
from typing import Any

from drops.audience.models import Shopper
from drops.sales import holding, waiting
from drops.sales.delivery import Destination
from drops.stock.models import DropSku, Hold, WaitlistEntry
from tests.factories import make_drop_sku, make_hold, make_shopper

_keys = count(1)


def sold_out(*, units: int = 2, **given: Any) -> tuple[DropSku, list[Hold]]:
    """Make a SKU of which every unit is on hold for somebody else."""
    drop_sku = make_drop_sku(units=units, **given)
    return drop_sku, [make_hold(drop_sku=drop_sku) for _ in range(units)]


def join(
    drop_sku: DropSku,
    *,
    shopper: Shopper | None = None,
    quantity: int = 1,
    method: str = "pickup",
    option: str = "counter",
    key: str = "",
) -> WaitlistEntry:
    return waiting.join_waitlist(
        shopper=shopper or make_shopper(creator=drop_sku.drop.creator),
        drop=drop_sku.drop,
        sku_code=drop_sku.sku.code,
        quantity=quantity,
        destination=Destination("PT", "1200-109"),
        method=method,
        option=option,
        idempotency_key=key or f"join-{next(_keys)}",
    )


def makes_room(hold: Hold) -> None:
    """Let a hold go, as its shopper would."""
    holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)


def standing(entry: WaitlistEntry) -> waiting.Standing:
    return waiting.standing_of(ref=entry.ref, shopper=entry.shopper)


def states(*entries: WaitlistEntry) -> list[str]:
    """Return what is written of entries, looking at nothing else."""
    found = dict(WaitlistEntry.objects.values_list("pk", "state"))
    return [found[entry.pk] for entry in entries]
