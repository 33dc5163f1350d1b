"""
The full price before the hold. A quote holds no stock and never changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from drops.audience.models import Shopper
from drops.catalog.models import Sku
from drops.clock import database_now
from drops.errors import Invalid, NotFound
from drops.idempotency import hash_of
from drops.ledger.agreements import agreement_for
from drops.risk.verdicts import Verdict
from drops.sales import pricing
from drops.sales.assessing import assess_wish
from drops.sales.card_prices import card_prices
from drops.sales.delivery import Basket, CannotDeliver, DeliveryGone, DeliveryOption, Destination, delivery_methods
from drops.sales.models import Quote
from drops.sales.price_rules import rules_of
from drops.sales.tax_rules import shows_tax, taxes_for
from drops.sales.taxes import Taxes, TaxUnknown
from drops.schedule.models import Drop, DropState
from drops.stock.models import DropSku, StockPool
from drops.stock.pools import none_here, pool_counts_of, store_room_of

VALID_FOR = timedelta(seconds=120)
MOST_AT_ONCE = 10
BEHIND_OTHERS = timedelta(seconds=20)  # in a rush that is long enough for everybody else to have had their turn


class SkuNotInDrop(NotFound):
    code = "sku_not_in_drop"


class WrongQuantity(Invalid):
    code = "wrong_quantity"


@dataclass(frozen=True)
class Choices:
    """The ways to get a SKU to a place, and the reasons for those that are not to be had."""

    options: list[DeliveryOption] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    # Why an option of a pool that has too few units is not among them, by method and key.
    withheld: dict[tuple[str, str], str] = field(default_factory=dict)
    # What each of these sentences is about, for those who say it in another language.
    why: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    taxes: Taxes | None = None  # None: not known there, so there are no options either


@dataclass(frozen=True)
class Approach:
    """How a wish came in, as far as its entrance knows: when its price was first seen, and whether there is a thread."""

    shown_at: datetime | None = None  # None: with this quote
    has_thread: bool | None = None  # None: nobody looked


def drop_sku_of(*, drop: Drop, sku_code: str) -> DropSku:
    """
    Return a SKU as a drop sells it.

    :raises SkuNotInDrop: if the drop does not, or is not to be seen yet.
    """
    found = (
        DropSku.objects.select_related("drop__creator", "sku__product")
        .filter(drop=drop, sku__code=sku_code)
        .exclude(drop__state=DropState.DRAFT)
        .first()
    )
    if found is None:
        raise SkuNotInDrop(f"{drop.title} has no {sku_code}.", sku=sku_code)
    return found


def offered_choices(
    *, drop_sku: DropSku, quantity: int, destination: Destination, now: datetime | None = None
) -> Choices:
    """
    Ask every delivery method for its options, also those whose pool has too few units right now.

    :raises WrongQuantity: if it is not 1 to 10.
    """
    if not 1 <= quantity <= MOST_AT_ONCE:
        raise WrongQuantity(f"Ask for 1 to {MOST_AT_ONCE} units.", quantity=quantity)
    sku, creator, now = drop_sku.sku, drop_sku.drop.creator, now or database_now()
    tax_class = sku.product.tax_class
    try:
        taxes = taxes_for(creator=creator, destination=destination, classes=[tax_class], now=now)
    except TaxUnknown as refusal:
        return Choices(refusals=[refusal.message], why={refusal.message: refusal.facts})
    basket = Basket(
        creator=creator,
        drop_id=drop_sku.drop_id,
        sku_id=sku.pk,
        quantity=quantity,
        weight_g=sku.weight_g * quantity,
        goods_minor=sku.price_minor * quantity,
        currency=creator.currency,
    )
    choices = Choices(taxes=taxes)
    for method in delivery_methods().values():
        try:
            choices.options.extend(method.options(basket=basket, destination=destination, now=now))
        except CannotDeliver as refusal:
            choices.refusals.append(refusal.message)
            choices.why[refusal.message] = refusal.facts
    if not creator.prices_include_tax and shows_tax(creator=creator):
        rules = rules_of(creator)
        for at, option in enumerate(choices.options):
            tax_minor = pricing.tax_on_delivery(
                rules=rules, price_minor=option.price_minor, tax_class=tax_class, taxes=taxes
            )
            choices.options[at] = replace(option, tax_minor=tax_minor)
    return choices


def delivery_choices(*, drop: Drop, sku_code: str, quantity: int, destination: Destination) -> Choices:
    """
    Ask every delivery method for its options, and leave those out whose pool has too few units while another has enough.

    :raises SkuNotInDrop: if the drop does not sell that SKU.
    :raises WrongQuantity: if it is not 1 to 10.
    """
    drop_sku = drop_sku_of(drop=drop, sku_code=sku_code)
    choices = offered_choices(drop_sku=drop_sku, quantity=quantity, destination=destination)
    _withhold(choices, drop_sku, quantity)
    return choices


def chosen_option(
    *, drop_sku: DropSku, quantity: int, destination: Destination, method: str, option: str
) -> DeliveryOption:
    """
    Return a way of delivery by its name.

    :raises WrongQuantity: if it is not 1 to 10.
    :raises DeliveryGone: if it is not to be had, and why if nothing is.
    """
    choices = offered_choices(drop_sku=drop_sku, quantity=quantity, destination=destination)
    return _chosen(choices, method, option)


def _chosen(choices: Choices, method: str, option: str) -> DeliveryOption:
    wanted = next((found for found in choices.options if (found.method, found.key) == (method, option)), None)
    if wanted is None:
        reason = choices.refusals[0] if choices.refusals and not choices.options else None
        raise DeliveryGone(reason or "That way of delivery is no longer to be had.", method=method, option=option)
    return wanted


def make_quote(
    *,
    shopper: Shopper,
    drop: Drop,
    sku_code: str,
    quantity: int,
    destination: Destination,
    method: str,
    option: str,
    approach: Approach = Approach(),
    extras: Sequence[pricing.ExtraItem] = (),
) -> Quote:
    """
    Write down the full price of a wish, good for 120 seconds, and what is thought of it.

    Whoever wishes is assessed here and not when they hold: the claim only reads the verdict.

    :raises SkuNotInDrop: if the drop does not sell that SKU to this shopper.
    :raises WrongQuantity: if it is not 1 to 10.
    :raises DeliveryGone: if that delivery option is not to be had.
    :raises TaxUnknown: if nobody said which tax is due there.
    """
    drop_sku = drop_sku_of(drop=drop, sku_code=sku_code)
    if drop_sku.drop.creator_id != shopper.creator_id:
        raise SkuNotInDrop(f"There is no {sku_code} for this session.", sku=sku_code)
    sku, creator = drop_sku.sku, drop_sku.drop.creator
    now = database_now()
    # First of all, so that it is refused by its own name and not for want of a delivery.
    taxes = taxes_for(creator=creator, destination=destination, classes=_classes(sku, extras), now=now)
    choices = offered_choices(drop_sku=drop_sku, quantity=quantity, destination=destination, now=now)
    wanted = _chosen(choices, method, option)
    terms = terms_of(
        drop=drop_sku.drop,
        sku=sku,
        quantity=quantity,
        delivery=wanted,
        destination=destination,
        taxes=taxes,
        extras=extras,
        now=now,
    )
    assessment = assess_wish(shopper=shopper, now=now, has_thread=approach.has_thread)
    return Quote.objects.create(
        shopper=shopper,
        drop_sku=drop_sku,
        quantity=quantity,
        pool_id=wanted.pool_id or store_room_of(creator_id=creator.pk).pk,
        delivery_method=method,
        delivery_option=option,
        terms=terms,
        total_minor=terms["total_minor"],
        currency=terms["currency"],
        hash=hash_of(terms),
        created_at=now,
        valid_until=now + VALID_FOR,
        shown_at=approach.shown_at or now,
        risk=assessment.as_data(),
        verdict=assessment.verdict,
        hold_after=now + BEHIND_OTHERS if assessment.verdict == Verdict.SLOW_DOWN else None,
    )


def terms_of(
    *,
    drop: Drop,
    sku: Sku,
    quantity: int,
    delivery: DeliveryOption,
    destination: Destination,
    taxes: Taxes,
    now: datetime,
    extras: Sequence[pricing.ExtraItem] = (),
) -> dict[str, Any]:
    """
    Return what a quote of a wish would say right now, without writing one down.

    :raises TaxUnknown: if the taxes are of a sale without such things.
    """
    creator = drop.creator
    return pricing.price(
        rules=rules_of(creator),
        goods=pricing.Goods(drop.ref, sku.code, str(sku), sku.price_minor, quantity, sku.product.tax_class),
        extras=extras,
        delivery=delivery,
        destination=destination,
        taxes=taxes,
        agreement=agreement_for(creator=creator, drop=drop, at=now),
        hold_minutes=drop.hold_minutes,
    )


def price_from(*, drop_sku: DropSku) -> int:
    """Return the price on a card: one unit with every fee that nobody can avoid, before delivery, in minor units."""
    return price_with_fees(drop_sku=drop_sku, price_minor=drop_sku.sku.price_minor)


def price_with_fees(*, drop_sku: DropSku, price_minor: int) -> int:
    """Return what a card would say if one unit cost so much, in minor units."""
    drop, tax_class = drop_sku.drop, drop_sku.sku.product.tax_class
    prices = card_prices(creator=drop.creator, drop=drop, classes=[tax_class], now=database_now())
    return prices.of(price_minor=price_minor, tax_class=tax_class)


def _classes(sku: Sku, extras: Sequence[pricing.ExtraItem]) -> list[str]:
    return list(dict.fromkeys([sku.product.tax_class, *(extra.tax_class for extra in extras)]))


def _withhold(choices: Choices, drop_sku: DropSku, quantity: int) -> None:
    """
    Take away the options whose pool has too few units, as long as another's has enough; say how many the others have.

    When none has enough the options stay: that is told of the SKU, and not of a place. A price may still be asked for any
    of them, by people who wait for instance: a quote holds no stock, and the claim looks again.
    """
    if all(option.pool_id is None for option in choices.options):
        return
    room = store_room_of(creator_id=drop_sku.drop.creator_id).pk
    free = {count.pool_id: count.available for count in pool_counts_of(drop_sku_id=drop_sku.pk)}
    offered = [replace(option, units_left=free.get(option.pool_id or room, 0)) for option in choices.options]
    enough = [option for option in offered if (option.units_left or 0) >= quantity]
    if enough:
        pools = StockPool.objects.in_bulk({option.pool_id or room for option in offered})
        for option in offered:
            if option not in enough:
                pool, left = pools[option.pool_id or room], option.units_left or 0
                reason = none_here(pool=pool, method=option.method, left=left)
                choices.withheld[option.method, option.key] = reason
                where = "on_shelf" if not pool.is_store_room else "there" if option.method == "pickup" else "to_send"
                choices.why[reason] = {"why": where, "left": left, "place": pool.name}
        choices.refusals.extend(dict.fromkeys(choices.withheld.values()))
    choices.options[:] = enough or offered
