"""
The pages that only show: all creators, one creator's shop, one capsule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from creatorshop.storefront import queries
from creatorshop.storefront.bought import bought_line
from creatorshop.storefront.cards import Sheet, cards_of
from creatorshop.storefront.heads import Head, head_of, heads_of
from creatorshop.storefront.packing import packed_page
from creatorshop.storefront.pictures import Picture
from creatorshop.storefront.posters import poster_image
from creatorshop.storefront.previews import (
    Image,
    image_of,
    preview_of_capsule,
    preview_of_home,
    preview_of_shop,
    window_of,
)
from creatorshop.storefront.refusals import found_or_404
from creatorshop.storefront.states import DropNotice, notice_of
from creatorshop.storefront.structured import as_script, crumbs_data, shop_data, site_data
from creatorshop.storefront.subjects import subject_of, subject_of_shop
from drops.audience.memberships import open_tier
from drops.catalog.models import Capsule, Creator
from drops.catalog.queries import (
    capsule_of_slug,
    capsules_of,
    creator_of_slug,
    creators_with_products,
    shown_products,
    title_of_story,
)
from drops.clock import database_now
from drops.letters.promises import how_often
from drops.reminders.push import push_key
from drops.sales.card_prices import CardPrices, card_prices
from drops.schedule.models import Drop
from drops.stock.counts import SkuCount


@dataclass(frozen=True)
class Stall:
    """A creator on the home page."""

    head: Head
    notice: DropNotice
    drop_title: str


@require_safe
@packed_page
def home(request: HttpRequest) -> HttpResponse:
    """Show every creator who has something to show, those with an open drop first."""
    now = database_now()
    creators = creators_with_products()
    drops = queries.leading_drops(creators=creators, now=now)
    stalls = []
    for creator, head in zip(creators, heads_of(creators), strict=True):
        drop = drops.get(creator.pk)
        stalls.append(Stall(head, notice_of(drop=drop, now=now), drop.title if drop else ""))
    order = {"open": 0, "paused": 1, "scheduled": 2, "closed": 3, "none": 4}
    stalls.sort(key=lambda stall: order[stall.notice.kind])
    first = next((creator for creator in creators if stalls and creator.slug == stalls[0].head.slug), None)
    preview = preview_of_home(path=reverse("home"), image=_image_of_shop(first) if first else None)
    return render(
        request,
        "storefront/home.html",
        {
            "stalls": stalls,
            "pictures": [picture for stall in stalls if (picture := stall.head.banner_picture)],
            "preview": preview,
            "structured": [as_script(site_data())],
        },
    )


@require_safe
@packed_page
@found_or_404
def shop(request: HttpRequest, creator: str) -> HttpResponse:
    """Show a creator and their capsules, the one on sale first."""
    found = creator_of_slug(creator)
    now = database_now()
    leading = queries.leading_drops(creators=[found], now=now).get(found.pk)
    capsules = capsules_of(creator=found)
    capsules.sort(key=lambda capsule: leading is None or capsule.pk != leading.capsule_id)
    drops = queries.drops_of_capsules(capsules=capsules, now=now)
    sheets = [
        _sheet(capsule, drop, queries.counts_by_sku(drop=drop), _prices(capsule, drop, now), now)
        for capsule in capsules
        for drop in [drops.get(capsule.pk)]
    ]
    head = head_of(found)
    context = {"head": head, "notice": notice_of(drop=leading, now=now), "sheets": sheets}
    context |= {"story_title": title_of_story(creator=found), "letter_promise": how_often()}
    context |= {"tier": open_tier(creator=found)}
    context |= {"drop_ref": leading.ref if leading else "", "drop_zone": leading.time_zone if leading else ""}
    pictures = _pictures(sheets)
    context |= {"pictures": [*([head.banner_picture] if head.banner_picture else []), *pictures]}
    products = [product for capsule in capsules for product in capsule.products.all()]
    preview = preview_of_shop(
        head=head,
        path=reverse("shop", args=[creator]),
        image=poster_image(subject_of_shop(creator=found, products=products))
        or image_of(pictures[0] if pictures else None),
    )
    context |= {"preview": preview, "structured": [as_script(shop_data(head=head))]}
    return render(request, "storefront/shop.html", context)


@require_safe
@packed_page
@found_or_404
def capsule(request: HttpRequest, creator: str, capsule: str) -> HttpResponse:
    """Show one capsule."""
    found = capsule_of_slug(creator=creator_of_slug(creator), slug=capsule)
    now = database_now()
    drop = queries.drops_of_capsules(capsules=[found], now=now).get(found.pk)
    counts = queries.counts_by_sku(drop=drop)
    prices = _prices(found, drop, now)
    sheet = _sheet(found, drop, counts, prices, now)
    products = list(found.products.all())
    subject = subject_of(thing=found, creator=found.creator, products=products, sold=counts.keys(), prices=prices)
    head = head_of(found.creator)
    context = {"head": head, "notice": sheet.notice, "sheet": sheet}
    context |= {"drop_ref": sheet.drop_ref, "drop_zone": drop.time_zone if drop else ""}
    context |= {"bought": bought_line(drop=drop, notice=sheet.notice, now=now)}
    pictures, path = _pictures([sheet]), reverse("capsule", args=[creator, capsule])
    context |= {"pictures": pictures}
    preview = preview_of_capsule(
        head=head,
        title=sheet.title,
        path=path,
        story=sheet.paragraphs[0] if sheet.paragraphs else "",
        image=poster_image(subject) or image_of(pictures[0] if pictures else None),
        window=window_of(drop=drop, notice=sheet.notice),
    )
    crumbs = crumbs_data(head=head, title=sheet.title, path=path)
    context |= {"preview": preview, "structured": [as_script(crumbs)]}
    context |= {"push_key": push_key() if sheet.notice.kind == "scheduled" else ""}
    return render(request, "storefront/capsule.html", context)


def _prices(capsule: Capsule, drop: Drop | None, now: datetime) -> CardPrices:
    classes = sorted({product.tax_class for product in capsule.products.all()})
    return card_prices(creator=capsule.creator, drop=drop, classes=classes, now=now)


def _sheet(
    capsule: Capsule, drop: Drop | None, counts: Mapping[int, SkuCount], prices: CardPrices, now: datetime
) -> Sheet:
    products = list(capsule.products.all())
    return Sheet(
        slug=capsule.slug,
        title=capsule.title,
        paragraphs=[part.strip() for part in capsule.story.splitlines() if part.strip()],
        notice=notice_of(drop=drop, now=now),
        drop_ref=drop.ref if drop else "",
        cards=cards_of(products=products, drop=drop, counts=counts, prices=prices, now=now),
    )


def _image_of_shop(creator: Creator) -> Image | None:
    products = [] if creator.banner else list(shown_products().filter(creator=creator))
    return poster_image(subject_of_shop(creator=creator, products=products))


def _pictures(sheets: list[Sheet]) -> list[Picture]:
    return [card.picture for sheet in sheets for card in sheet.cards if card.picture]
