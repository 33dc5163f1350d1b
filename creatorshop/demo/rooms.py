"""
The two ways in which the demo's shops hand things over: by post, and at Café Mira.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from drops.catalog.models import Creator
from drops.schedule.models import Drop
from drops.stock.models import DropSku
from drops.stock.pools import store_room_of
from drops.stock.resync import move_units
from fulfillment.import_rules import CurrencyConversion, Incoterm
from fulfillment.models import Zone
from fulfillment.zones import make_rate, make_zone
from pickups.models import Location
from pickups.roster import LinkEnded, link_of
from pickups.services import (
    RosterRole,
    make_location,
    make_partner,
    materialise_slots,
    new_roster_link,
    put_up_shelf,
)

EUROPEAN_UNION = [
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU"),
    *("LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
]
CAFE = "Café Mira"
EVERY_DAY = range(7)
# What waits there for those who collect; the ink vase has to be sent.
ON_SHELF = {
    "RM-SAGE": 6,
    "RM-TERRACOTTA": 4,
    "RM-MIDNIGHT": 2,
    "RM-MARIGOLD": 3,
    "TB-FOAM": 3,
    "TB-DEEP": 2,
    "BV-CHALK": 2,
}


def open_post_rooms(creators: dict[str, Creator]) -> None:
    """Make the zones and rates of each creator who has none."""
    kiln, night, wick = creators["kiln-and-tide"], creators["night-signal"], creators["wick-and-fern"]
    _send_from(kiln, home="Portugal", price_minor=420, abroad=[("European Union", EUROPEAN_UNION, 980)])
    _send_from(night, home="Netherlands", price_minor=495, abroad=[("European Union", EUROPEAN_UNION, 1150)])
    _send_from(wick, home="United Kingdom", price_minor=360, abroad=[])
    # Across customs borders: records to Britain, whose charges nobody stated yet, and candles to the Union, paid in advance.
    if not Zone.objects.filter(creator=night, name="United Kingdom").exists():
        make_rate(
            zone=make_zone(creator=night, name="United Kingdom", countries=["GB"]), name="Airmail", price_minor=1450
        )
    if not Zone.objects.filter(creator=wick, name="European Union").exists():
        union = make_zone(creator=wick, name="European Union", countries=EUROPEAN_UNION)
        make_rate(zone=union, name="Airmail", price_minor=890, transit_days=(4, 8))
        make_rate(zone=union, name="Courier, duties paid", price_minor=1240, transit_days=(2, 4), incoterm=Incoterm.DDP)
        _state_conversion()


def open_cafe(*, creators: list[Creator], now: datetime) -> Location:
    """Make sure that Café Mira is there, with slots from today on."""
    location = Location.objects.filter(partner__name=CAFE, name=CAFE).order_by("pk").first()
    if location is None:
        partner = make_partner(
            name=CAFE,
            contact_name="Mira Coelho",
            contact="mira@cafemira.example",
            currency="EUR",
        )
        location = make_location(
            partner=partner,
            creators=creators,
            name=CAFE,
            address="Rua do Açúcar 12",
            postcode="1950-008",
            city="Lisbon",
            country="PT",
            time_zone="Europe/Lisbon",
            note="Ask at the counter; your parcel waits on the shelf behind the coffee machine.",
            hours={weekday: [("08:00", "00:00")] for weekday in EVERY_DAY},
            slot_minutes=120,
            capacity=12,
            lead_minutes=30,
        )
    materialise_slots(location_id=location.pk, now=now)
    return location


def fill_shelf(*, drop: Drop, cafe: Location) -> None:
    """Carry some of a new drop's units to the café, where whoever collects has theirs from."""
    shelf = put_up_shelf(location=cafe, creator=drop.creator)
    room = store_room_of(creator_id=drop.creator_id)
    for drop_sku in DropSku.objects.filter(drop=drop, sku__code__in=ON_SHELF).select_related("sku").order_by("pk"):
        move_units(
            drop_sku_id=drop_sku.pk,
            source=room,
            target=shelf.pool,
            units=ON_SHELF[drop_sku.sku.code],
            actor="demo",
        )


def roster_url(*, location: Location, written_down: Path, now: datetime) -> str:
    """Return the address of a roster link: the one of the last run while it still lets in, else a new one."""
    path = urlsplit(_last_roster_url(written_down)).path
    try:
        if path and link_of(token=path.rstrip("/").rsplit("/", 1)[-1], now=now).location_id == location.pk:
            # Where the shop is now: its last run may have had another port.
            return settings.SHOP_URL.rstrip("/") + path
    except LinkEnded:
        pass  # a month has gone by, or the creator took it back
    return new_roster_link(
        location=location,
        role=RosterRole.SUPERVISOR,
        expires_at=now + timedelta(days=30),
        now=now,
        label="Counter of the demo",
    ).url


def _send_from(creator: Creator, *, home: str, price_minor: int, abroad: list[tuple[str, list[str], int]]) -> None:
    if Zone.objects.filter(creator=creator).exists():
        return
    own = make_zone(creator=creator, name=home, countries=[creator.country])
    make_rate(zone=own, name="Tracked parcel", price_minor=price_minor, transit_days=(1, 2))
    for name, countries, price in abroad:
        zone = make_zone(
            creator=creator, name=name, countries=[country for country in countries if country != creator.country]
        )
        make_rate(zone=zone, name="Tracked parcel", price_minor=price, transit_days=(3, 6))


def _state_conversion() -> None:
    """Write down what the demo's courier makes of a pound. It is invented, as the courier is, and nobody's market rate."""
    if not CurrencyConversion.objects.filter(currency="GBP", into="EUR").exists():
        CurrencyConversion.objects.create(
            currency="GBP",
            into="EUR",
            rate=Decimal("1.15"),
            valid_from=date(2026, 1, 1),
            source_url="https://courier.example/agreement-with-wick-and-fern",
            checked_on=date(2026, 11, 27),
        )


def _last_roster_url(written_down: Path) -> str:
    try:
        logins = json.loads(written_down.read_text())["logins"]
        return str(next(login["url"] for login in logins if login["user"] == "" and "/roster/" in login["url"]))
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return ""
