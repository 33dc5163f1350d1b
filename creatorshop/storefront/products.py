"""
The product page as plain data, loaded in a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.utils.safestring import SafeString

from creatorshop.storefront import wording
from creatorshop.storefront.beside import BesideForm, beside_form
from creatorshop.storefront.bought import BoughtLine, bought_line
from creatorshop.storefront.deliveries import DeliveryForm, chosen_option, delivery_form, value_of
from creatorshop.storefront.heads import Head, head_of
from creatorshop.storefront.lines import Line, line_of
from creatorshop.storefront.pictures import Picture, picture_of
from creatorshop.storefront.posters import poster_image
from creatorshop.storefront.previews import Preview, image_of, not_in_it, preview_of_product
from creatorshop.storefront.queries import countries_of, counts_by_sku, drop_of_product
from creatorshop.storefront.receipts import Receipt, receipt_of
from creatorshop.storefront.references import path_of_product
from creatorshop.storefront.selling import Sale, sale_of
from creatorshop.storefront.shown import shown_mark
from creatorshop.storefront.states import DropNotice, notice_of
from creatorshop.storefront.stock_lines import NOT_COUNTED, StockLine, stock_line
from creatorshop.storefront.structured import as_script, crumbs_data, product_data
from creatorshop.storefront.subjects import subject_of
from drops.audience.models import Shopper
from drops.catalog.extras import extras_beside
from drops.catalog.models import Product, Sku
from drops.catalog.queries import cover_of
from drops.idempotency import hash_of
from drops.money import format_minor
from drops.sales.delivery import DeliveryOption, Destination
from drops.sales.extras import items_of, offers_of, still_offered
from drops.sales.quotes import Choices, delivery_choices
from drops.sales.reckoning import Reckoning, reckoning_of
from drops.stock.counts import SkuCount

MOST_PHOTOS = 8


@dataclass(frozen=True)
class Wish:
    """What a shopper has chosen so far; whatever they left open gets a sensible first value."""

    sku_code: str = ""
    quantity: int = 1
    destination: Destination = field(default_factory=Destination)
    delivery: str = ""  # a DeliveryForm's value, or "" for the cheapest
    extras: tuple[str, ...] = ()  # what is wished for beside the goods, by its refs


@dataclass(frozen=True)
class Variant:
    label: str
    code: str
    query: str
    swatch: str
    is_chosen: bool
    is_available: bool
    why_not: str


@dataclass(frozen=True)
class Offer:
    """One choice at its full price; its hash is what accepting it means."""

    receipt: Receipt
    hash: str
    delivery: str
    shown: str


@dataclass(frozen=True)
class ProductPage:
    head: Head
    notice: DropNotice
    drop_ref: str
    zone: str
    server_time: str
    handle: str
    title: str
    benefits: list[str]
    body_html: str
    pictures: list[Picture]
    option_name: str
    variants: list[Variant]
    sku_code: str
    sku_title: str
    stock: StockLine
    price: str
    price_before: str
    left_out: str  # what the price leaves out
    quantity: int
    quantities: list[int]
    delivery: DeliveryForm | None
    offer: Offer | None
    beside: BesideForm | None
    hold_minutes: int
    country: str
    line: Line | None
    bought: BoughtLine | None
    preview: Preview
    structured: list[SafeString]


def product_page(*, product: Product, wish: Wish, shopper: Shopper | None, now: datetime) -> ProductPage:
    """Return everything the page shows for a wish, to a shopper who may be nobody yet."""
    drop = drop_of_product(product=product, now=now)
    counts = counts_by_sku(drop=drop)
    notice = notice_of(drop=drop, now=now)
    sale = sale_of(product=product, drop=drop, notice=notice, counts=counts, now=now)
    sku = _chosen_sku(sale.skus, wish.sku_code, counts)
    country = wish.destination.country or product.creator.country
    destination = Destination(country=country, postcode=wish.destination.postcode)
    limit = drop.account_limit if drop else 1
    quantity = min(max(wish.quantity, 1), limit, 10)
    delivery = offer = line = beside = None
    if drop is not None and sku is not None and sku.pk in counts and sale.is_going_on:
        choices = delivery_choices(drop=drop, sku_code=sku.code, quantity=quantity, destination=destination)
        chosen = chosen_option(options=choices.options, wanted=wish.delivery)
        delivery = _delivery(product, choices, chosen, destination)
        if chosen is not None and choices.taxes is not None:
            sku.product, drop.creator = product, product.creator  # loaded already
            reckoning = reckoning_of(
                drop=drop,
                sku=sku,
                quantity=quantity,
                delivery=chosen,
                destination=destination,
                taxes=choices.taxes,
                now=now,
            )
            offer, beside = _offer(reckoning, wish)
        if notice.kind in ("open", "paused"):
            line = line_of(
                shopper=shopper,
                drop=drop,
                drop_sku_id=counts[sku.pk].drop_sku_id,
                quantity=quantity,
                may_join=offer is not None and counts[sku.pk].available < quantity,
            )
    head, cover = head_of(product.creator), cover_of(product)
    subject = subject_of(
        thing=product, creator=product.creator, products=[product], sold=counts.keys(), prices=sale.prices
    )
    image = poster_image(subject) or image_of(picture_of(cover) if cover else None)
    return ProductPage(
        head=head,
        notice=notice,
        drop_ref=drop.ref if drop else "",
        zone=drop.time_zone if drop else "",
        server_time=wording.iso(now),
        handle=product.handle,
        title=product.title,
        benefits=product.benefits,
        body_html=product.body_html,
        pictures=_pictures(product, sku),
        option_name=" / ".join(name for name in product.option_names if name != "Title"),
        variants=_variants(sale.skus, sku, counts, wish),
        sku_code=sku.code if sku else "",
        sku_title=_title(product, sku),
        stock=stock_line(counts=[counts[sku.pk]], zone=drop.zone) if drop and sku and sku.pk in counts else NOT_COUNTED,
        price=format_minor(sale.price_minor(sku), product.creator.currency) if sku else "",
        left_out=not_in_it(sale.prices),
        price_before=_price_before(sale, sku),
        quantity=quantity,
        quantities=list(range(1, min(limit, 10) + 1)),
        delivery=delivery,
        offer=offer,
        beside=beside,
        hold_minutes=drop.hold_minutes if drop else 10,
        country=country,
        line=line,
        bought=bought_line(drop=drop, notice=notice, now=now),
        preview=preview_of_product(sale=sale, head=head, image=image),
        structured=_structured(sale, head),
    )


def _structured(sale: Sale, head: Head) -> list[SafeString]:
    crumbs = crumbs_data(head=head, title=sale.product.title, path=path_of_product(sale.product))
    return [as_script(data) for data in (product_data(sale=sale, head=head), crumbs) if data is not None]


def _chosen_sku(skus: list[Sku], code: str, counts: Mapping[int, SkuCount]) -> Sku | None:
    named = next((sku for sku in skus if sku.code == code), None)
    free = (sku for sku in skus if sku.pk in counts and counts[sku.pk].available)
    return named or next(free, skus[0] if skus else None)


def _variants(skus: list[Sku], chosen: Sku | None, counts: Mapping[int, SkuCount], wish: Wish) -> list[Variant]:
    if len(skus) < 2:
        return []
    kept = {"quantity": wish.quantity, "country": wish.destination.country, "postcode": wish.destination.postcode}
    kept = {name: value for name, value in kept.items() if value and value != 1}
    found = []
    for sku in skus:
        count = counts.get(sku.pk)
        why_not = "" if count is None or count.available else "on hold" if count.held or count.kept else "sold out"
        found.append(
            Variant(
                label=sku.label or sku.code,
                code=sku.code,
                query=urlencode(
                    {"sku": sku.code}
                    | kept
                    | ({"delivery": wish.delivery} if wish.delivery else {})
                    | ({"extra": wish.extras} if wish.extras else {}),
                    doseq=True,
                ),
                swatch=sku.swatch,
                is_chosen=sku == chosen,
                is_available=not why_not,
                why_not=why_not,
            )
        )
    return found


def _pictures(product: Product, chosen: Sku | None) -> list[Picture]:
    """Return the chosen variant's photos first, then those of all, then the other variants'."""

    def distance(photo_sku_id: int | None) -> int:
        if chosen is not None and photo_sku_id == chosen.pk:
            return 0
        return 1 if photo_sku_id is None else 2

    ordered = sorted(product.photos.all(), key=lambda photo: distance(photo.sku_id))
    return [picture_of(photo) for photo in ordered[:MOST_PHOTOS]]


def _delivery(product: Product, choices: Choices, chosen: DeliveryOption | None, where: Destination) -> DeliveryForm:
    return delivery_form(
        options=choices.options,
        refusals=choices.refusals,
        chosen=chosen,
        currency=product.creator.currency,
        countries=countries_of(creator=product.creator),
        country=where.country,
        postcode=where.postcode,
    )


def _offer(reckoning: Reckoning, wish: Wish) -> tuple[Offer, BesideForm | None]:
    """Return the wish at its full price, with what may be had beside it. What is offered no more is left out of it."""
    drop, sku = reckoning.drop, reckoning.sku
    offered = extras_beside(creator_id=drop.creator_id, capsule_id=drop.capsule_id, product_id=sku.product_id)
    chosen = still_offered(reckoning=reckoning, offered=offered, refs=wish.extras)
    # The same pure function that the quote of the hold comes from, so an unchanged wish gives an equal hash.
    terms = reckoning.terms(items_of(extras=chosen, quantity=reckoning.quantity))
    offers = offers_of(reckoning=reckoning, offered=offered, chosen=chosen)
    offer = Offer(
        receipt=receipt_of(terms),
        hash=hash_of(terms),
        delivery=value_of(reckoning.delivery),
        shown=shown_mark(reckoning.now),
    )
    return offer, beside_form(offers=offers, currency=terms["currency"])


def _title(product: Product, sku: Sku | None) -> str:
    return f"{product.title} · {sku.label}" if sku is not None and sku.label else product.title


def _price_before(sale: Sale, sku: Sku | None) -> str:
    before = sale.lowest_before_minor(sku) if sku else None
    return "" if before is None else format_minor(before, sale.product.creator.currency)
