"""
A gift as whoever gets it sees it: what it is, from whom, and how it reaches them. What it cost is nowhere in here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from creatorshop.storefront import wording
from creatorshop.storefront.deliveries import FIRST_DAYS, MOST_DAYS
from creatorshop.storefront.heads import Head, head_of
from creatorshop.storefront.passes import qr_svg
from creatorshop.storefront.pictures import Picture, picture_of
from creatorshop.storefront.previews import Preview, image_of
from drops.catalog.models import Photo
from drops.catalog.queries import photo_of_sku
from drops.sales.gift_models import GiftClaim
from drops.sales.gifts import giver_of
from drops.sales.models import Order, OrderState
from drops.sales.orders import beside_text
from fulfillment.addresses import address_lines, country_name, postcode_example
from fulfillment.queries import ParcelView, address_of_parcel, parcel_of
from pickups.models import Pickup, Slot
from pickups.moving import slots_instead
from pickups.queries import Pass, pass_of_whoever_collects

ADDRESS = ("street", "city", "postcode", "region")


@dataclass(frozen=True)
class Time:
    value: str
    label: str
    is_chosen: bool


@dataclass
class TimesOfDay:
    label: str
    times: list[Time] = field(default_factory=list)


@dataclass(frozen=True)
class GiftSheet:
    """What a gift's page shows; `step` is "open", "taken", "over", "mine" or "called_off"."""

    head: Head
    step: str
    sentence: str
    giver: str
    title: str
    quantity: int
    beside: str
    message: str
    picture: Picture | None
    preview: Preview
    method: str
    place: str = ""
    now_booked: str = ""
    days: Sequence[TimesOfDay] = ()
    later: Sequence[TimesOfDay] = ()
    country: str = ""
    postcode_like: str = ""
    is_across_a_border: bool = False
    arrives: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    name: str = ""
    proof: Pass | None = None
    qr: SafeString = field(default_factory=SafeString)
    calendar_url: str = ""
    parcel: ParcelView | None = None
    address: Sequence[str] = ()


def gift_to_accept(
    *, gift: GiftClaim, url: str, now: datetime, values: Mapping[str, str], refusal: str = ""
) -> GiftSheet:
    """Return an open gift with the choices it leaves."""
    order = gift.order
    if order.delivery_method == "pickup":
        return _sheet(
            gift, "open", "", url, refusal=refusal, values=values, **_times(order, now, values.get("slot", ""))
        )
    country = str(order.terms.get("destination", {}).get("country", ""))
    return _sheet(
        gift,
        "open",
        "",
        url,
        refusal=refusal,
        values=values,
        country=country_name(country, wording.LOCALE),
        postcode_like=postcode_example(country),
        is_across_a_border=_is_across_a_border(order),
        arrives=_arrives(order),
    )


def gift_that_is_over(*, gift: GiftClaim, step: str, sentence: str, url: str) -> GiftSheet:
    """Return a gift that can't be accepted, with why."""
    return _sheet(gift, step, sentence, url)


def own_gift(*, gift: GiftClaim, token: str, url: str) -> GiftSheet:
    """Return an accepted gift for its recipient: the pass, or where the parcel is."""
    order = gift.order
    if order.state == OrderState.REFUNDED:
        sentence = "The shop has called this off, so there is nothing to collect and nothing comes. Whoever gave it to you knows more."
        return _sheet(gift, "called_off", sentence, url, name=gift.recipient_name)
    proof = pass_of_whoever_collects(order=order)
    return _sheet(
        gift,
        "mine",
        "",
        url,
        name=gift.recipient_name,
        proof=proof,
        # Drawn by segno from our own code: numbers and colours, nothing that anyone typed.
        qr=mark_safe(qr_svg(proof.qr)) if proof else SafeString(""),
        calendar_url=reverse("gift-calendar", args=[token]) if proof else "",
        parcel=parcel_of(order=order),
        arrives=_arrives(order),
        is_across_a_border=_is_across_a_border(order),
        address=_address(order),
    )


def _sheet(gift: GiftClaim, step: str, sentence: str, url: str, **more: Any) -> GiftSheet:
    order = gift.order
    head, giver, picture = head_of(order.creator), giver_of(order=order), _picture(order)
    title, quantity = str(order.terms["title"]), int(order.terms["quantity"])
    return GiftSheet(
        head=head,
        step=step,
        sentence=sentence,
        giver=giver,
        title=title,
        quantity=quantity,
        beside=beside_text(order=order),
        message=gift.message,
        picture=picture,
        preview=Preview(
            title=f"A gift from {giver}",
            description=f"{title} by {head.name}. Open it to say how it reaches you.",
            url=url,
            # The photo itself: a poster has the price on it.
            image=image_of(picture),
        ),
        method=order.delivery_method,
        **more,
    )


def _picture(order: Order) -> Picture | None:
    lines = [line for line in order.lines.all() if line.extra_id is None]
    photos = Prefetch("sku__product__photos", queryset=Photo.objects.order_by("position", "pk"))
    prefetch_related_objects(lines, "sku__product", photos)
    sku = lines[0].sku
    photo = photo_of_sku(product=sku.product, sku=sku) if sku else None
    return picture_of(photo) if photo else None


def _times(order: Order, now: datetime, wanted: str) -> dict[str, Any]:
    pickup = Pickup.objects.select_related("slot__location").get(order=order)
    zone, place = pickup.slot.location.zone, pickup.slot.location
    days: dict[date, TimesOfDay] = {}
    for slot in slots_instead(pickup=pickup, now=now):
        day = days.setdefault(slot.local_date, TimesOfDay(wording.day(slot.local_date)))
        day.times.append(Time(slot.ref, wording.span(slot.starts_at, slot.ends_at, zone), slot.ref == wanted))
    found = list(days.values())[:MOST_DAYS]
    return {
        "place": f"{place.name}, {place.address_line}",
        "now_booked": _window(pickup.slot),
        "days": found[:FIRST_DAYS],
        "later": found[FIRST_DAYS:],
    }


def _window(slot: Slot) -> str:
    zone = slot.location.zone
    return f"{wording.day(slot.local_date)}, {wording.span(slot.starts_at, slot.ends_at, zone)}"


def _arrives(order: Order) -> str:
    delivery = order.terms.get("delivery", {})
    earliest, latest = (delivery.get(name) for name in ("earliest_date", "latest_date"))
    return wording.days(date.fromisoformat(earliest), date.fromisoformat(latest)) if earliest and latest else ""


def _is_across_a_border(order: Order) -> bool:
    """Tell whether customs may ask the recipient for money: there is a border, and nothing was paid in advance."""
    facts = order.terms.get("delivery", {}).get("import_facts") or {}
    return bool(facts) and facts.get("incoterm") != "DDP"


def _address(order: Order) -> list[str]:
    address = address_of_parcel(order=order)
    return [address["name"], *address_lines(address=address)] if address else []
