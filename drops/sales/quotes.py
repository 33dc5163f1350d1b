"""
The full price before the hold. A quote holds no stock and never changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from drops.audience.models import Shopper
from drops.catalog.extras import Extra, extras_beside
from drops.clock import database_now
from drops.errors import Invalid, NotFound
from drops.idempotency import hash_of
from drops.risk.verdicts import Verdict
from drops.sales import pricing
from drops.sales.assessing import assess_wish
from drops.sales.card_prices import card_prices
from drops.sales.delivery import Basket, CannotDeliver, DeliveryGone, DeliveryOption, Destination, delivery_methods
from drops.sales.extras import ExtraOffer, chosen_extras, items_of, offers_of
from drops.sales.models import Quote
from drops.sales.price_rules import rules_of
from drops.sales.reckoning import Reckoning, reckoning_of
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


def offered_choices(*, drop_sku: DropSku, quantity: int, destination: Destination) -> Choices:
    """
    Ask every delivery method for its options, also those whose pool has too few units right now.

    Where it is not known which tax is due there are none, for that reason.

    :raises WrongQuantity: if it is not 1 to 10.
    """
    _refuse_wrong(quantity)
    creator, now = drop_sku.drop.creator, database_now()
    try:
        taxes = taxes_for(creator=creator, destination=destination, classes=[drop_sku.sku.product.tax_class], now=now)
    except TaxUnknown as refusal:
        return Choices(refusals=[refusal.message], why={refusal.message: refusal.facts})
    return _choices(drop_sku, quantity, destination, taxes, now)


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


def delivery_choices_with_offers(
    *, drop: Drop, sku_code: str, quantity: int, destination: Destination
) -> tuple[Choices, list[ExtraOffer]]:
    """
    Do the same, and return with it what may be chosen beside the goods; where nothing can be had, nothing is offered.

    :raises SkuNotInDrop: if the drop does not sell that SKU.
    :raises WrongQuantity: if it is not 1 to 10.
    """
    drop_sku = drop_sku_of(drop=drop, sku_code=sku_code)
    choices = offered_choices(drop_sku=drop_sku, quantity=quantity, destination=destination)
    _withhold(choices, drop_sku, quantity)
    if not choices.options or choices.taxes is None:
        return choices, []
    reckoning = reckoning_of(
        drop=drop_sku.drop,
        sku=drop_sku.sku,
        quantity=quantity,
        delivery=choices.options[0],
        destination=destination,
        taxes=choices.taxes,
        now=database_now(),
    )
    return choices, offers_of(reckoning=reckoning, offered=_offered_beside(drop_sku), chosen=[])


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


def _refuse_wrong(quantity: int) -> None:
    if not 1 <= quantity <= MOST_AT_ONCE:
        raise WrongQuantity(f"Ask for 1 to {MOST_AT_ONCE} units.", quantity=quantity)


def _choices(drop_sku: DropSku, quantity: int, destination: Destination, taxes: Taxes, now: datetime) -> Choices:
    sku, creator = drop_sku.sku, drop_sku.drop.creator
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
                rules=rules, price_minor=option.price_minor, tax_class=sku.product.tax_class, taxes=taxes
            )
            choices.options[at] = replace(option, tax_minor=tax_minor)
    return choices


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
    extras: Sequence[str] = (),
) -> Quote:
    """
    Write down the full price of a wish, good for 120 seconds, and what is thought of it.

    Whoever wishes is assessed here and not when they hold: the claim only reads the verdict. `extras` names what is
    chosen beside the goods, by its refs.

    :raises SkuNotInDrop: if the drop does not sell that SKU to this shopper.
    :raises WrongQuantity: if it is not 1 to 10.
    :raises DeliveryGone: if that delivery option is not to be had.
    :raises ExtraGone: if something of the extras is not offered beside it.
    :raises WrongExtras: if one of them is named twice, or two ways to pack are.
    :raises TaxUnknown: if nobody said which tax is due there.
    """
    drop_sku = _sold_to(shopper=shopper, drop=drop, sku_code=sku_code)
    offered = _offered_beside(drop_sku) if extras else []
    chosen = chosen_extras(offered=offered, refs=extras)
    reckoning = _reckoned(drop_sku, quantity, destination, method, option, chosen)
    return _written(shopper, drop_sku, reckoning, chosen, approach)


def make_quote_with_offers(
    *,
    shopper: Shopper,
    drop: Drop,
    sku_code: str,
    quantity: int,
    destination: Destination,
    method: str,
    option: str,
    approach: Approach = Approach(),
    extras: Sequence[str] = (),
) -> tuple[Quote, list[ExtraOffer]]:
    """
    Do the same, and return with the quote all that may be chosen beside its goods, chosen or not.

    :raises SkuNotInDrop: and the others, as above.
    """
    drop_sku = _sold_to(shopper=shopper, drop=drop, sku_code=sku_code)
    offered = _offered_beside(drop_sku)
    chosen = chosen_extras(offered=offered, refs=extras)
    reckoning = _reckoned(drop_sku, quantity, destination, method, option, chosen)
    quote = _written(shopper, drop_sku, reckoning, chosen, approach)
    return quote, offers_of(reckoning=reckoning, offered=offered, chosen=chosen)


def price_from(*, drop_sku: DropSku) -> int:
    """Return the price on a card: one unit with every fee that nobody can avoid, before delivery, in minor units."""
    return price_with_fees(drop_sku=drop_sku, price_minor=drop_sku.sku.price_minor)


def price_with_fees(*, drop_sku: DropSku, price_minor: int) -> int:
    """Return what a card would say if one unit cost so much, in minor units."""
    drop, tax_class = drop_sku.drop, drop_sku.sku.product.tax_class
    prices = card_prices(creator=drop.creator, drop=drop, classes=[tax_class], now=database_now())
    return prices.of(price_minor=price_minor, tax_class=tax_class)


def _sold_to(*, shopper: Shopper, drop: Drop, sku_code: str) -> DropSku:
    drop_sku = drop_sku_of(drop=drop, sku_code=sku_code)
    if drop_sku.drop.creator_id != shopper.creator_id:
        raise SkuNotInDrop(f"There is no {sku_code} for this session.", sku=sku_code)
    return drop_sku


def _offered_beside(drop_sku: DropSku) -> list[Extra]:
    drop = drop_sku.drop
    product_id = drop_sku.sku.product_id
    return extras_beside(creator_id=drop.creator_id, capsule_id=drop.capsule_id, product_id=product_id)


def _reckoned(
    drop_sku: DropSku, quantity: int, destination: Destination, method: str, option: str, chosen: Sequence[Extra]
) -> Reckoning:
    _refuse_wrong(quantity)
    drop, sku, now = drop_sku.drop, drop_sku.sku, database_now()
    classes = list(dict.fromkeys([sku.product.tax_class, *(extra.tax_class for extra in chosen)]))
    # First of all, so that it is refused by its own name and not for want of a delivery.
    taxes = taxes_for(creator=drop.creator, destination=destination, classes=classes, now=now)
    wanted = _chosen(_choices(drop_sku, quantity, destination, taxes, now), method, option)
    return reckoning_of(
        drop=drop, sku=sku, quantity=quantity, delivery=wanted, destination=destination, taxes=taxes, now=now
    )


def _written(
    shopper: Shopper, drop_sku: DropSku, reckoning: Reckoning, chosen: Sequence[Extra], approach: Approach
) -> Quote:
    quantity, wanted, now = reckoning.quantity, reckoning.delivery, reckoning.now
    terms = reckoning.terms(items_of(extras=chosen, quantity=quantity))
    assessment = assess_wish(shopper=shopper, now=now, has_thread=approach.has_thread)
    return Quote.objects.create(
        shopper=shopper,
        drop_sku=drop_sku,
        quantity=quantity,
        pool_id=wanted.pool_id or store_room_of(creator_id=drop_sku.drop.creator_id).pk,
        delivery_method=wanted.method,
        delivery_option=wanted.key,
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
