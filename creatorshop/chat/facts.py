"""
Preparing what the engine may know, in a handful of queries and all at one instant of the database's clock.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max, Q

from creatorshop.chat import addresses
from creatorshop.chat.engine import facts as known
from creatorshop.chat.engine.states import State
from creatorshop.chat.models import Thread
from creatorshop.chat.progress import order_facts
from drops.audience import memberships
from drops.audience.models import Shopper
from drops.catalog.models import Creator, Photo, Product
from drops.catalog.queries import cover_of, products_with_photos
from drops.letters.subscribing import standing_of
from drops.reminders.models import Channel, Reminder
from drops.sales.card_prices import CardPrices, card_prices
from drops.sales.claims import bought_in
from drops.sales.models import Order, Refund, RefundState
from drops.sales.offering import offer_lasts
from drops.sales.payment import payment_providers
from drops.sales.reductions import lowest_before, reductions_of
from drops.sales.return_terms import RETURN_DAYS
from drops.sales.waiting import Standing, stands
from drops.schedule import early
from drops.schedule.models import Drop, DropState
from drops.schedule.queries import current_drop_of, visible_drops_of
from drops.stock.counts import SkuCount, counts_of
from drops.stock.holds import EXTENSIONS_ALLOWED
from drops.stock.limits import places_taken
from drops.stock.models import LIVE_STATES, DropSku, Hold, HoldSource, WaitlistEntry
from drops.stock.waitlist import awaited_of

_COLOUR = re.compile(r"#[0-9a-f]{6}")
HOLDS_SEEN = 12
ENTRIES_SEEN = 8
ORDERS_SEEN = 5


def facts_of(*, thread: Thread, state: State, wanted_drop: str, now: datetime, has_come: bool = False) -> known.Facts:
    """
    Return the facts of a thread whose shopper and creator are loaded. `wanted_drop` names the drop in view.

    How many were bought is counted, and kept as told, only for somebody who has just come: nobody else is told.
    """
    shopper, creator = thread.shopper, thread.creator
    orders = _orders(shopper, now)
    has_news = any(f"{order.ref}:paid" not in state.told for order in orders)
    tier = memberships.open_tier(creator=creator) if has_news else None
    drop = drop_in_view(creator=creator, wanted=wanted_drop or state.drop, now=now)
    provider = next(iter(payment_providers().values()), None)
    return known.Facts(
        now=now,
        locale=shopper.locale,
        creator=known.CreatorFacts(
            slug=creator.slug,
            name=creator.name,
            greeting=creator.greeting,
            currency=creator.currency,
            country=creator.country,
            url=addresses.shop_url(creator.slug),
            tier=tier.name if tier else "",
            tier_benefits=tuple(tier.benefits) if tier else (),
        ),
        drop=_drop(drop, shopper, now, has_come=has_come) if drop else None,
        shopper=_shopper(shopper, drop, orders, now, has_news=has_news),
        products=_products(drop, now) if drop else (),
        next_drop=_next_drop(creator, drop, now),
        provider=provider.name if provider else "",
        is_test_payment=bool(provider and provider.is_test),
        return_days=RETURN_DAYS,
    )


def drop_in_view(*, creator: Creator, wanted: str, now: datetime) -> Drop | None:
    """Return the drop a thread is about: the one it names if the creator shows such a one, else the current one."""
    if wanted:
        named = visible_drops_of(creator=creator).filter(ref=wanted).first()
        if named is not None:
            return named
    return current_drop_of(creator=creator, now=now)


def _drop(drop: Drop, shopper: Shopper, now: datetime, *, has_come: bool) -> known.DropFacts:
    state = drop.state_at(now)
    is_closed_to_them = drop.is_members_first_at(now) and not early.is_entitled(shopper=shopper, drop=drop)
    tier = memberships.open_tier(creator=drop.creator) if is_closed_to_them else None
    running = (DropState.SCHEDULED, DropState.OPEN, DropState.PAUSED)
    return known.DropFacts(
        ref=drop.ref,
        title=drop.title,
        state=str(state) if state in running else "closed",
        opens_at=drop.opens_at,
        closes_at=drop.closes_at,
        zone=drop.time_zone,
        hold_minutes=drop.hold_minutes,
        offer_minutes=offer_lasts(drop=drop) // timedelta(minutes=1),
        limit=drop.account_limit,
        url=addresses.capsule_url(drop.creator.slug, drop.capsule.slug),
        pause_reason=drop.pause_reason,
        paused_at=drop.paused_at,
        closed_at=drop.closed_at,
        bought=_bought(drop, now) if has_come else None,
        closed_to_them_until=drop.open_to_all_at if is_closed_to_them else None,
        tier=tier.name if tier else "",
    )


def _bought(drop: Drop, now: datetime) -> known.BoughtFacts | None:
    found = bought_in(drop=drop, now=now) if drop.state_at(now) == DropState.OPEN else None
    return known.BoughtFacts(found.units, found.since) if found else None


def _next_drop(creator: Creator, current: Drop | None, now: datetime) -> known.NextDropFacts | None:
    coming = [drop for drop in visible_drops_of(creator=creator) if drop.state_at(now) == DropState.SCHEDULED]
    others = [drop for drop in coming if current is None or drop.pk != current.pk]
    if not others:
        return None
    drop = min(others, key=lambda drop: (drop.opens_at, drop.pk))
    url = addresses.capsule_url(creator.slug, drop.capsule.slug)
    return known.NextDropFacts(title=drop.title, opens_at=drop.opens_at, zone=drop.time_zone, url=url, ref=drop.ref)


def _products(drop: Drop, now: datetime) -> tuple[known.ProductFacts, ...]:
    drop_skus = list(
        DropSku.objects.filter(drop=drop).select_related("sku", "drop__creator").order_by("position", "pk")
    )
    counts = {count.drop_sku_id: count for count in counts_of(drop_id=drop.pk)}
    product_ids = list(dict.fromkeys(drop_sku.sku.product_id for drop_sku in drop_skus))
    products = {product.pk: product for product in products_with_photos(product_ids=product_ids)}
    skus = [drop_sku.sku for drop_sku in drop_skus]
    reductions = reductions_of(skus=skus, currency=drop.creator.currency, now=now)
    classes = sorted({product.tax_class for product in products.values()})
    prices = card_prices(creator=drop.creator, drop=drop, classes=classes, now=now)
    found = []
    for product_id in product_ids:
        product = products[product_id]
        own = [drop_sku for drop_sku in drop_skus if drop_sku.sku.product_id == product_id]
        variants = tuple(_variant(product, drop_sku, counts[drop_sku.pk], prices) for drop_sku in own)
        before = lowest_before([(drop_sku.sku.price_minor, reductions.get(drop_sku.sku_id)) for drop_sku in own])
        found.append(
            known.ProductFacts(
                handle=product.handle,
                title=product.title,
                url=addresses.product_url(drop.creator.slug, product.handle),
                variants=variants,
                benefits=tuple(product.benefits),
                option_name=" / ".join(name for name in product.option_names if name != "Title"),
                photo=photo_facts(cover_of(product)),
                lowest_before_minor=None
                if before is None
                else prices.of(price_minor=before, tax_class=product.tax_class),
                adds_tax=prices.adds_tax,
                return_rule=product.return_rule,
            )
        )
    return tuple(found)


def _variant(product: Product, drop_sku: DropSku, count: SkuCount, prices: CardPrices) -> known.VariantFacts:
    sku = drop_sku.sku
    sku.product = product  # loaded already; the title needs it
    return known.VariantFacts(
        sku=sku.code,
        label=sku.label,
        title=str(sku),
        from_minor=prices.of(price_minor=sku.price_minor, tax_class=product.tax_class),
        total=count.for_sale,
        left=count.available,
        held=count.held + count.kept,
        next_return_at=count.next_return_at,
        swatch=sku.swatch if _COLOUR.fullmatch(sku.swatch) else "",
        words=tuple(value for value in sku.option_values if value != "Default Title"),
    )


def photo_facts(photo: Photo | None) -> known.PhotoFacts | None:
    """Return a photo's addresses; before its renditions exist the cleaned original stands in."""
    if photo is None:
        return None
    widths = sorted(photo.rendition_widths)
    middle = next((width for width in widths if width >= 640), widths[-1] if widths else 0)
    return known.PhotoFacts(
        url=addresses.absolute(photo.rendition_url(middle, "jpg") if widths else photo.original.url),
        alt=photo.alt_text,
        width=photo.width,
        height=photo.height,
        srcset_avif=_srcset(photo, widths, "avif"),
        srcset_webp=_srcset(photo, widths, "webp"),
        placeholder=photo.placeholder,
        focal=(photo.focal_x, photo.focal_y),
    )


def _srcset(photo: Photo, widths: list[int], extension: str) -> str:
    return ", ".join(f"{addresses.absolute(photo.rendition_url(width, extension))} {width}w" for width in widths)


def _orders(shopper: Shopper, now: datetime) -> tuple[known.OrderFacts, ...]:
    own = Order.objects.filter(shopper=shopper).select_related("hold", "creator", "drop", "rating")
    orders = own.prefetch_related("gifts")
    return tuple(order_facts(order, now=now) for order in orders.order_by("-paid_at", "-pk")[:ORDERS_SEEN])


def _shopper(
    shopper: Shopper, drop: Drop | None, orders: tuple[known.OrderFacts, ...], now: datetime, *, has_news: bool
) -> known.ShopperFacts:
    taken = places_taken(drop_id=drop.pk, identity=shopper.ref, now=now) if drop else 0
    return known.ShopperFacts(
        name=shopper.name,
        country=shopper.country,
        postcode=shopper.postcode,
        zone=_known_zone(shopper.time_zone),
        taken=taken,
        holds=_holds(shopper, now),
        entries=_entries(shopper, drop, now) if drop else (),
        orders=orders,
        reminded=_reminded(shopper),
        # Asked only when there is an order to offer it after.
        has_early=has_news and early.has_next(shopper=shopper, now=now),
        has_letter=has_news and standing_of(shopper=shopper) is not None,
        is_member=has_news and memberships.membership_of(shopper=shopper) is not None,
    )


def _reminded(shopper: Shopper) -> tuple[str, ...]:
    """Return the drops of which a shopper will be told in the chat, the next to open first."""
    here = Reminder.objects.live().filter(shopper=shopper, channel=Channel.THREAD, drop__state=DropState.SCHEDULED)
    return tuple(here.order_by("drop__opens_at", "pk").values_list("drop__ref", flat=True))


def _entries(shopper: Shopper, drop: Drop, now: datetime) -> tuple[known.EntryFacts, ...]:
    """Return the shopper's places in line for the drop in view, oldest first."""
    entries = list(
        WaitlistEntry.objects.filter(shopper=shopper, drop_sku__drop=drop)
        .select_related("hold", "drop_sku__drop", "drop_sku__sku__product")
        .order_by("-joined_at", "-pk")[:ENTRIES_SEEN]
    )
    return tuple(_entry(stands(entry=entry, now=now)) for entry in reversed(entries))


def _entry(standing: Standing) -> known.EntryFacts:
    entry = standing.entry
    return known.EntryFacts(
        ref=entry.ref,
        sku=entry.drop_sku.sku.code,
        title=str(entry.drop_sku.sku),
        quantity=entry.quantity,
        state=str(standing.state),
        place=standing.place.number if standing.place else 0,
        reason=entry.skip_reason,
        hold=entry.hold.ref if entry.hold else "",
    )


def _known_zone(name: str) -> str:
    """Return a browser's zone if this machine knows it, else nothing: the drop's own is used then."""
    try:
        return ZoneInfo(name).key if name else ""
    except (KeyError, ValueError, OSError):
        return ""


def _holds(shopper: Shopper, now: datetime) -> tuple[known.HoldFacts, ...]:
    holds = list(
        Hold.objects.filter(shopper=shopper)
        .select_related("drop_sku__drop", "drop_sku__sku")
        .order_by("-created_at", "-pk")[:HOLDS_SEEN]
    )
    owed = Refund.objects.filter(payment__hold__in=holds).values_list("payment__hold")
    refunded = dict(owed.annotate(at=Max("sent_at", filter=Q(state=RefundState.SENT))).order_by())
    live = [hold for hold in holds if hold.state in LIVE_STATES]
    awaited = awaited_of(drop_sku_ids={hold.drop_sku_id for hold in live}) if live else set()
    return tuple(_hold(hold, now, refunded, hold.drop_sku_id in awaited) for hold in reversed(holds))


def _hold(hold: Hold, now: datetime, refunded: dict[int, datetime | None], is_awaited: bool) -> known.HoldFacts:
    state = hold.state_at(now)
    is_open = hold.drop_sku.drop.state_at(now) != DropState.CLOSED
    return known.HoldFacts(
        ref=hold.ref,
        drop=hold.drop_sku.drop.ref,
        sku=hold.drop_sku.sku.code,
        title=hold.terms["title"],
        quantity=hold.quantity,
        state=str(state),
        created_at=hold.created_at,
        expires_at=hold.expires_at,
        total_minor=hold.total_minor,
        currency=hold.currency,
        checkout_url=addresses.checkout_url(hold.ref),
        can_extend=state in LIVE_STATES
        and is_open
        and not is_awaited
        and hold.extensions < EXTENSIONS_ALLOWED
        and hold.expires_at < hold.hard_deadline,
        is_extended=hold.extensions > 0,
        is_late=hold.is_late,
        is_offer=hold.source == HoldSource.WAITLIST,
        is_charged=hold.pk in refunded,
        refunded_at=refunded.get(hold.pk),
    )
