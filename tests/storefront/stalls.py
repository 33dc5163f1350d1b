"""
One shop, ready to be looked at: a mug in two glazes, a pickup place and the post.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.test import Client

from drops.catalog.models import Capsule, Creator, Product, Sku
from drops.clock import database_now
from drops.sales.models import Order, OrderState, Payment
from drops.schedule.models import Drop
from drops.stock.models import DropSku, Hold
from fulfillment.zones import make_rate, make_zone
from pickups.partners import make_location, make_partner
from pickups.slots import materialise_slots
from tests.factories import make_capsule, make_creator, make_drop, make_drop_sku, make_photo, make_product, make_sku
from tests.pickups.factories import agree_on_fee


class Answer(Protocol):
    """A response, be it the test client's or a view's."""

    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True)
class Stall:
    creator: Creator
    capsule: Capsule
    product: Product
    sage: Sku
    terracotta: Sku
    drop: Drop
    sage_in_drop: DropSku

    @property
    def url(self) -> str:
        return f"/{self.creator.slug}/p/{self.product.handle}/"


def make_stall(*, units: int = 5, **given: Any) -> Stall:
    """Make the shop; whatever is given belongs to the drop."""
    creator = make_creator(slug="kiln-and-tide", tagline="Stoneware from a small kiln.")
    capsule = make_capsule(creator=creator, slug="batch-07", title="Batch 07", story="Eleven rings, four glazes.")
    product = make_product(capsule=capsule, handle="ring-mug")
    sage = make_sku(product=product, code="RM-SAGE", option_values=["Sage"], swatch="#95a683", position=0)
    terracotta = make_sku(product=product, code="RM-TERRA", option_values=["Terracotta"], position=1)
    make_photo(product=product, sku=sage, placeholder="data:image/webp;base64,AAAA")
    make_photo(product=product, sku=terracotta, alt_text="Terracotta stoneware mug.", position=1)
    drop = make_drop(capsule=capsule, ref="ring-mug-batch-07", title="Batch 07", **given)
    in_drop = make_drop_sku(drop=drop, sku=sage, units=units)
    make_drop_sku(drop=drop, sku=terracotta, units=1)
    make_rate(zone=make_zone(creator=creator, name="Home", countries=["PT"]), price_minor=450)
    return Stall(creator, capsule, product, sage, terracotta, drop, in_drop)


def open_counter(stall: Stall) -> None:
    """Add a café that hands over for free, every day from noon to eight."""
    partner = make_partner(name="Café Mira")
    agree_on_fee(creator=stall.creator, partner=partner, fixed_minor=100)
    location = make_location(
        partner=partner,
        creators=[stall.creator],
        name="Café Mira",
        address="Rua do Poço 12",
        city="Lisbon",
        country="PT",
        hours={weekday: [("12:00", "20:00")] for weekday in range(7)},
        slot_minutes=120,
        lead_minutes=0,
    )
    materialise_slots(location_id=location.pk, now=database_now())


def buy(client: Client, stall: Stall, **query: str) -> Order:
    """Walk as Lena from the product's page to an order that is paid; `query` is what she chose there."""
    held = client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-SAGE"} | query), "hold"))
    return pay_for(client, held["Location"])


def pay_for(client: Client, checkout: str, **contact: str) -> Order:
    """Pay on a checkout sheet, and come back."""
    hold = Hold.objects.get(ref=checkout.rstrip("/").rpartition("/")[2])
    client.post(checkout, {"do": "pay", "name": "Lena Vogt", "email": "lena@example.org"} | contact)
    client.post(f"/pay/test/{Payment.objects.get(hold=hold).ref}/", {"decision": "approve"})
    client.get(checkout, {"back": "1"})
    return Order.objects.get(hold=hold)


def hand_over(*, days_ago: int = 0) -> None:
    """Have every order handed over so many days ago, which is also when it was promised for."""
    at = database_now() - timedelta(days=days_ago)
    Order.objects.update(state=OrderState.FULFILLED, fulfilled_at=at)
    for order in Order.objects.select_related("creator"):
        there = at.astimezone(ZoneInfo(order.creator.time_zone))
        order.terms["delivery"]["latest_date"] = there.date().isoformat()
        order.save(update_fields=["terms"])


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("style", "script"):
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def text_of(response: Answer) -> str:
    """Return the words of a page, with single blanks between them."""
    return " ".join(" ".join(_read(response).words).split())


def tags_of(response: Answer) -> list[tuple[str, dict[str, str]]]:
    """Return every opening tag of a page with its attributes."""
    return _read(response).tags


def form_of(response: Answer, form_id: str) -> dict[str, str]:
    """Return what a browser would send for a form of hidden inputs."""
    found: dict[str, str] = {}
    is_inside = False
    for tag, attributes in tags_of(response):
        if tag == "form":
            is_inside = attributes.get("id") == form_id
        elif is_inside and tag == "input":
            found[attributes["name"]] = attributes.get("value", "")
    return found


def _read(response: Answer) -> _Page:
    page = _Page()
    page.feed(response.content.decode())
    return page


def without_nonce(answer: Any) -> tuple[str, dict[str, str]]:
    """Return a page and its headers without the nonce, which is another one for each answer."""
    words, headers = answer.content.decode(), dict(answer.headers)
    [nonce] = re.findall(r"'nonce-([^']+)'", headers["Content-Security-Policy"])
    return words.replace(nonce, ""), headers | {
        "Content-Security-Policy": headers["Content-Security-Policy"].replace(nonce, "")
    }
