"""
The places a creator sends to, and what that costs.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from drops.catalog.models import Creator
from fulfillment.import_rules import Incoterm
from fulfillment.models import Rate, Zone


def make_zone(*, creator: Creator, name: str, countries: Sequence[str], postcode_prefixes: Sequence[str] = ()) -> Zone:
    """Make a zone, or bring the one of that name up to date."""
    zone, _ = Zone.objects.update_or_create(
        creator=creator,
        name=name,
        defaults={
            "countries": [country.upper() for country in countries],
            "postcode_prefixes": [prefix.upper().replace(" ", "") for prefix in postcode_prefixes],
        },
    )
    return zone


def make_rate(
    *,
    zone: Zone,
    price_minor: int,
    name: str = "Standard post",
    max_weight_g: int = 30_000,
    handling_days: tuple[int, int] = (1, 2),
    transit_days: tuple[int, int] = (2, 4),
    incoterm: Incoterm = Incoterm.DAP,
) -> Rate:
    """Make a rate, or bring the one of that name up to date and offer it again."""
    rate, _ = Rate.objects.update_or_create(
        zone=zone,
        name=name,
        defaults={
            "price_minor": price_minor,
            "max_weight_g": max_weight_g,
            "handling_days_min": handling_days[0],
            "handling_days_max": handling_days[1],
            "transit_days_min": transit_days[0],
            "transit_days_max": transit_days[1],
            "incoterm": incoterm,
            "withdrawn_at": None,
        },
    )
    return rate


def withdraw_rate(*, rate_id: int, now: datetime) -> None:
    """Offer a rate to nobody from now on. Who holds a unit at this rate keeps it."""
    with transaction.atomic():
        Rate.objects.offered().filter(pk=rate_id).update(withdrawn_at=now)


def offer_rate(*, rate_id: int) -> None:
    """Offer a withdrawn rate again."""
    Rate.objects.filter(pk=rate_id).update(withdrawn_at=None)
