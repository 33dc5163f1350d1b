"""
What a link to a page looks like where it is pasted: Open Graph, product tags and the two lines that some chats add.

Chats keep a preview for hours or for ever, so nothing here changes by the minute: no count, no "today", no clock that runs.
docs/previews.md says which program reads what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.text import Truncator

from creatorshop.storefront import wording
from creatorshop.storefront.availability import Availability
from creatorshop.storefront.heads import Head
from creatorshop.storefront.pictures import Picture
from creatorshop.storefront.references import absolute, group_id, item_id, path_of_product
from creatorshop.storefront.selling import Sale
from creatorshop.storefront.states import DropNotice
from drops.catalog.models import Sku
from drops.money import decimal_from_minor, format_minor
from drops.sales.card_prices import CardPrices
from drops.schedule.models import Drop

LONGEST_DESCRIPTION = 200  # characters; what comes after them no chat shows
HOME_TITLE = "Creatorshop · small studios, small drops"


@dataclass(frozen=True)
class Image:
    url: str
    alt: str
    width: int = 0  # 0 where it is not known without opening the file
    height: int = 0
    kind: str = "image/jpeg"


@dataclass(frozen=True)
class Goods:
    """What a preview of a product says of its sale."""

    amount: str  # a decimal with a point, with all fees, before delivery
    currency: str
    availability: Availability
    brand: str
    retailer_id: str
    group_id: str


@dataclass(frozen=True)
class Preview:
    title: str
    description: str
    url: str
    image: Image | None
    kind: str = "website"  # as Open Graph calls it
    goods: Goods | None = None
    labels: list[tuple[str, str]] = field(default_factory=list)

    @property
    def oembed_url(self) -> str:
        return absolute(f"{reverse('oembed')}?{urlencode({'url': self.url})}")


def title_of(thing: str, creator: str) -> str:
    """Return the title of a page about a thing, as browsers and chats show it."""
    return f"{thing} · {creator}"


def price_label(*, prices: CardPrices, skus: Sequence[Sku]) -> str:
    """Return what one unit costs with all fees, before delivery, as a card says it: "from" where variants differ."""
    shown = {prices.of(price_minor=sku.price_minor, tax_class=sku.product.tax_class) for sku in skus}
    if not shown:
        return ""
    least = format_minor(min(shown), prices.rules.currency)
    return f"from {least}" if len(shown) > 1 else least


def not_in_it(prices: CardPrices) -> str:
    """Return what a price that is shown leaves out."""
    return "before delivery and tax" if prices.adds_tax else "before delivery"


def image_of(picture: Picture | None) -> Image | None:
    """Return a photo as a preview shows it: the JPEG, because not every chat takes WebP."""
    if picture is None:
        return None
    height = round(picture.height * picture.src_width / picture.width)
    return Image(absolute(picture.src), picture.alt, picture.src_width, height)


def window_of(*, drop: Drop | None, notice: DropNotice) -> str:
    """Return when a drop is, in words that stay true: with the day, and never "today"."""
    if drop is None or notice.kind == "none":
        return ""
    place = wording.zone_name(drop.zone)
    if notice.kind == "scheduled":
        return f"Opens {wording.day_and_clock(drop.opens_at, drop.zone)} {place}"
    if notice.kind == "closed":
        return (
            f"Closed {wording.day(min(drop.closed_at or drop.closes_at, drop.closes_at).astimezone(drop.zone).date())}"
        )
    return f"Open until {wording.day_and_clock(drop.closes_at, drop.zone)} {place}"


def preview_of_product(*, sale: Sale, head: Head, image: Image | None) -> Preview:
    """Return the preview of a product, whichever SKU somebody looks at: all of them have one address."""
    product, window = sale.product, window_of(drop=sale.drop, notice=sale.notice)
    price = price_label(prices=sale.prices, skus=sale.skus)
    left_out = not_in_it(sale.prices)
    facts = [f"{product.title} by {head.name}", f"{price} {left_out}" if price else "", window]
    labels = [("Price", price)] if price else []
    return Preview(
        title=title_of(product.title, head.name),
        description=". ".join(fact for fact in facts if fact) + ".",
        url=absolute(path_of_product(product)),
        image=image,
        kind="product" if sale.skus else "website",
        goods=_goods(sale, head) if sale.skus else None,
        labels=[*labels, ("Limited drop", window)] if window else labels,
    )


def preview_of_capsule(*, head: Head, title: str, path: str, story: str, image: Image | None, window: str) -> Preview:
    """Return the preview of a capsule's page."""
    facts = [story or f"{title} by {head.name}.", f"{window}." if window else ""]
    return Preview(
        title=title_of(title, head.name),
        description=" ".join(fact for fact in facts if fact),
        url=absolute(path),
        image=image,
        labels=[("Limited drop", window)] if window else [],
    )


def preview_of_shop(*, head: Head, path: str, image: Image | None) -> Preview:
    """Return the preview of a creator's shop."""
    banner = Image(absolute(head.banner), head.banner_alt) if head.banner else None
    return Preview(title=head.name, description=head.tagline, url=absolute(path), image=image or banner)


def preview_of_story(*, head: Head, title: str, path: str, words: str, portrait: Picture | None) -> Preview:
    """Return the preview of a creator's story: as much of it as chats show, and the portrait."""
    banner = image_of(head.banner_picture)
    return Preview(
        title=title_of(title, head.name),
        description=Truncator(words).chars(LONGEST_DESCRIPTION),
        url=absolute(path),
        image=image_of(portrait) or banner,
        kind="article",
    )


def preview_of_home(*, path: str, image: Image | None) -> Preview:
    """Return the preview of the page with all creators."""
    return Preview(
        title=HOME_TITLE,
        description="Small studios, small drops. Photos first, the full price before you decide.",
        url=absolute(path),
        image=image,
    )


def _goods(sale: Sale, head: Head) -> Goods:
    least, currency = min(sale.price_minor(sku) for sku in sale.skus), sale.product.creator.currency
    return Goods(
        amount=str(decimal_from_minor(least, currency)),
        currency=currency,
        availability=sale.availability(*sale.skus),
        brand=sale.product.vendor or head.name,
        retailer_id=item_id(sale.skus[0]),
        group_id=group_id(sale.product),
    )
