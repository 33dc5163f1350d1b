"""
From a tap on a variant to a question or a price: is it there, may they have it, and where does it go?
"""

from __future__ import annotations

from creatorshop.chat.engine import members, refusals, tickets
from creatorshop.chat.engine.commands import LoadDelivery, MakeQuote
from creatorshop.chat.engine.states import Delivery
from creatorshop.chat.engine.turns import Pen
from creatorshop.chat.engine.voice import Voice

MOST_AT_ONCE = 10


def pick(pen: Pen, sku: str, quantity: int = 1, *, is_old: bool = False) -> None:
    """Take a wish: straight to the price if we know where it goes, else ask."""
    drop, variant = pen.facts.drop, pen.facts.variant(sku)
    if drop is None or not drop.is_open:
        refusals.tell_not_open(pen)
        return
    if variant is None:
        refusals.tell_gone(pen, sku)
        return
    live = pen.facts.live_hold_of(sku)
    if live:
        tickets.show_again(pen, live.ref)
        return
    if members.are_first(pen):
        members.tell_first(pen, sku=sku, quantity=quantity)
        return
    if pen.facts.shopper.taken + quantity > drop.limit:
        refusals.tell_limit_reached(pen, limit=drop.limit, taken=pen.facts.shopper.taken, sku=sku)
        return
    if variant.left < quantity:
        refusals.tell_too_few(pen, variant, quantity, is_old=is_old)
        return
    pen.remember(sku=sku, quantity=quantity, wish="hold")
    if pen.state.delivery:
        ask_price(pen, sku, quantity, pen.state.delivery)
    else:
        ask_where(pen, sku, quantity)


def ask_price(
    pen: Pen,
    sku: str,
    quantity: int,
    delivery: Delivery,
    *,
    extras: tuple[str, ...] | None = None,
    reason: str = "",
) -> None:
    """Have a quote made for a wish; what was chosen beside the goods stays chosen while it is the same wish."""
    quote = pen.state.quote
    if extras is None:
        extras = quote.extras if quote and quote.sku == sku and not quote.is_taken else ()
    country, postcode = place_of(pen)
    command = {"sku": sku, "quantity": quantity, "method": delivery.method, "option": delivery.option}
    asked = {**command, "country": country, "postcode": postcode, "extras": extras, "reason": reason}
    pen.order(MakeQuote.model_validate(asked))


def ask_where(pen: Pen, sku: str, quantity: int, *, skip: int = 0) -> None:
    """Have the ways of delivery looked up, to ask which one. `skip` passes over pickup places that were shown."""
    country, postcode = place_of(pen)
    command = LoadDelivery(purpose="choose", sku=sku, quantity=quantity, country=country, postcode=postcode, skip=skip)
    pen.order(command)


def place_of(pen: Pen) -> tuple[str, str]:
    """Return the country and postcode that are known of the shopper: said in this thread, or before."""
    if pen.state.country:
        return pen.state.country, pen.state.postcode
    return pen.facts.shopper.country, pen.facts.shopper.postcode


def ask_quantity(pen: Pen, sku: str) -> None:
    """Offer as many as there are and as the shopper may have."""
    drop, variant = pen.facts.drop, pen.facts.variant(sku)
    if drop is None or variant is None or not drop.is_open:
        pick(pen, sku)
        return
    most = most_of(pen, sku)
    if most < 1:
        pick(pen, sku)
        return
    options = [pen.option(_number(pen.voice, n), "pick", sku=sku, quantity=n) for n in range(1, most + 1)]
    pen.choices(pen.voice.text("how_many", title=variant.title), options, style="chips")


def most_of(pen: Pen, sku: str) -> int:
    """Return how many of a SKU the shopper can have right now, at most ten."""
    drop, variant = pen.facts.drop, pen.facts.variant(sku)
    if drop is None or variant is None:
        return 0
    return max(0, min(variant.left, drop.limit - pen.facts.shopper.taken, MOST_AT_ONCE))


def _number(voice: Voice, number: int) -> str:
    return voice.text("b_take_left", n=number)
