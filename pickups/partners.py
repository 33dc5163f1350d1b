from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import time

from django.db import transaction

from drops.catalog.models import Creator
from drops.errors import Invalid
from drops.ledger.models import Payee, PayeeKind
from pickups.models import Location, Partner, WeeklyHours


class WrongHours(Invalid):
    code = "wrong_hours"


def make_partner(*, name: str, contact_name: str = "", contact: str = "", currency: str = "EUR") -> Partner:
    """
    Make a partner with an account in the ledger, or bring the one of that name up to date.

    What it is paid has to be agreed with each creator: `drops.ledger.partner_agreements`.
    """
    with transaction.atomic():
        partner, _ = Partner.objects.update_or_create(
            name=name, defaults={"contact_name": contact_name, "contact": contact}
        )
        if partner.payee is None:
            partner.payee = Payee.objects.create(kind=PayeeKind.PARTNER, name=name, currency=currency)
            partner.save(update_fields=["payee"])
    return partner


def make_location(
    *,
    partner: Partner,
    creators: Iterable[Creator],
    name: str,
    address: str,
    city: str,
    country: str,
    postcode: str = "",
    time_zone: str = "Europe/Lisbon",
    note: str = "",
    hours: Mapping[int, Sequence[tuple[str, str]]],
    slot_minutes: int = 120,
    capacity: int = 12,
    lead_minutes: int = 120,
    cutoff: str = "",
    cutoff_days_before: int = 0,
    horizon_days: int = 14,
) -> Location:
    """
    Make a location of a partner, or bring the one of that name up to date; its slots come with `materialise_slots`.

    Hours are given by weekday, Monday is 0: `{4: [("16:00", "20:00")]}`. The cut-off is a time like "18:00".

    :raises WrongHours: if a time is none, or an interval ends before it begins.
    """
    rows = [
        WeeklyHours(weekday=weekday, opens=_time(opens), closes=_time(closes))
        for weekday, intervals in hours.items()
        for opens, closes in intervals
    ]
    if any(row.closes <= row.opens and row.closes != time(0) for row in rows):
        raise WrongHours("Hours have to close after they open.")
    with transaction.atomic():
        location, _ = Location.objects.update_or_create(
            partner=partner,
            name=name,
            defaults={
                "address": address,
                "postcode": postcode,
                "city": city,
                "country": country,
                "time_zone": time_zone,
                "note": note,
                "slot_minutes": slot_minutes,
                "capacity": capacity,
                "lead_minutes": lead_minutes,
                "cutoff_local": _time(cutoff) if cutoff else None,
                "cutoff_days_before": cutoff_days_before,
                "horizon_days": horizon_days,
            },
        )
        location.creators.add(*creators)
        location.weekly_hours.all().delete()
        for row in rows:
            row.location = location
        WeeklyHours.objects.bulk_create(rows)
    return location


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise WrongHours(f"{text!r} is not a time of day like 16:00.", time=text) from None
