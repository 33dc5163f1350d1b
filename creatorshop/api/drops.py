from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from creatorshop.api import cors
from creatorshop.api.pictures import ImageOut, image_of
from creatorshop.api.schemas import ErrorOut, Moment, MoneyOut, money
from drops.catalog.models import Creator
from drops.catalog.queries import creator_of_slug, photo_of_sku, products_with_photos
from drops.clock import database_now
from drops.errors import NotFound
from drops.sales.card_prices import card_prices
from drops.sales.reductions import reductions_of
from drops.schedule.models import Drop
from drops.schedule.queries import visible_drops_of
from drops.stock.models import DropSku

router = Router(tags=["drops"])

LISTED = 50


class DropUnknown(NotFound):
    """The drop does not exist, or is not to be seen yet."""

    code = "drop_unknown"


class DropOut(Schema):
    drop: str
    creator: str
    capsule: str
    title: str
    state: str = Field(description="scheduled, open, paused, closed, drained or settled")
    opens_at: Moment
    closes_at: Moment
    time_zone: str
    hold_minutes: int
    account_limit: int


class DropListOut(Schema):
    drops: list[DropOut]
    server_time: Moment


class DropSkuOut(Schema):
    sku: str
    title: str
    label: str = Field(description="the option values, like Sage / Large")
    product: str
    swatch: str
    price: MoneyOut = Field(description="of the goods, tax included")
    price_from: MoneyOut = Field(description="with every fee that nobody can avoid, before delivery")
    adds_tax: bool = Field(description="whether tax is added to it by destination, as in the United States")
    lowest_before: MoneyOut | None = Field(
        description="the lowest such price of the 30 days before, where a reduction may be announced"
    )
    image: ImageOut | None


class DropDetailOut(DropOut):
    skus: list[DropSkuOut]
    server_time: Moment


@router.get(
    "",
    response={200: DropListOut, 403: ErrorOut, 404: ErrorOut, 422: ErrorOut},
    url_name="drops",
    operation_id="list_drops",
)
def list_drops(
    request: HttpRequest, creator: Annotated[str, Query(min_length=1, max_length=60, description="a creator's slug")]
) -> DropListOut:
    """List a creator's drops, the latest window first."""
    found = creator_of_slug(creator)
    cors.admit(request=request, creator=found)
    now = database_now()
    return DropListOut(
        drops=[DropOut(**_drop_fields(drop, now)) for drop in visible_drops_of(creator=found)[:LISTED]],
        server_time=now,
    )


@router.get(
    "/{drop}",
    response={200: DropDetailOut, 403: ErrorOut, 404: ErrorOut},
    url_name="drop",
    operation_id="get_drop",
)
def get_drop(request: HttpRequest, drop: str) -> DropDetailOut:
    """Show a drop and what it sells. Counts are in its stock."""
    found = admitted_drop(request=request, ref=drop)
    now = database_now()
    return DropDetailOut(**_drop_fields(found, now), skus=_skus_of(found, now), server_time=now)


def admitted_drop(*, request: HttpRequest, ref: str) -> Drop:
    """
    Return a drop that may be seen, to a page that may see it.

    :raises DropUnknown: if it does not exist or is a draft.
    :raises OriginRefused: if the page that asks is not one of the creator's.
    """
    drop = _drop_of(ref)
    cors.admit(request=request, creator=drop.creator)
    return drop


def visible_drop(*, creator: Creator, ref: str) -> Drop:
    """
    Return a creator's drop that may be seen.

    :raises DropUnknown: if it does not exist, is a draft or belongs to another creator.
    """
    drop = _drop_of(ref)
    if drop.creator_id != creator.pk:
        raise DropUnknown("There is no such drop.", drop=ref)
    return drop


def _drop_of(ref: str) -> Drop:
    drop = Drop.objects.visible().select_related("creator", "capsule").filter(ref=ref).first()
    if drop is None:
        raise DropUnknown("There is no such drop.", drop=ref)
    return drop


def _drop_fields(drop: Drop, now: datetime) -> dict[str, Any]:
    return {
        "drop": drop.ref,
        "creator": drop.creator.slug,
        "capsule": drop.capsule.slug,
        "title": drop.title,
        "state": str(drop.state_at(now)),
        "opens_at": drop.opens_at,
        "closes_at": drop.closes_at,
        "time_zone": drop.time_zone,
        "hold_minutes": drop.hold_minutes,
        "account_limit": drop.account_limit,
    }


def _skus_of(drop: Drop, now: datetime) -> list[DropSkuOut]:
    currency = drop.creator.currency
    sold_here = list(
        DropSku.objects.filter(drop=drop).select_related("sku__product", "drop__creator").order_by("position", "pk")
    )
    products = {
        product.pk: product
        for product in products_with_photos(product_ids=[drop_sku.sku.product_id for drop_sku in sold_here])
    }
    reductions = reductions_of(skus=[drop_sku.sku for drop_sku in sold_here], currency=currency, now=now)
    classes = sorted({drop_sku.sku.product.tax_class for drop_sku in sold_here})
    prices = card_prices(creator=drop.creator, drop=drop, classes=classes, now=now)

    def shown(drop_sku: DropSku, price_minor: int) -> MoneyOut:
        return money(prices.of(price_minor=price_minor, tax_class=drop_sku.sku.product.tax_class), currency)

    def before(drop_sku: DropSku) -> MoneyOut | None:
        reduction = reductions.get(drop_sku.sku_id)
        return shown(drop_sku, reduction.lowest_before_minor) if reduction is not None else None

    return [
        DropSkuOut(
            sku=drop_sku.sku.code,
            title=str(drop_sku.sku),
            label=drop_sku.sku.label,
            product=drop_sku.sku.product.handle,
            swatch=drop_sku.sku.swatch,
            price=money(drop_sku.sku.price_minor, currency),
            price_from=shown(drop_sku, drop_sku.sku.price_minor),
            adds_tax=prices.adds_tax,
            lowest_before=before(drop_sku),
            image=image_of(photo_of_sku(product=products[drop_sku.sku.product_id], sku=drop_sku.sku)),
        )
        for drop_sku in sold_here
    ]
