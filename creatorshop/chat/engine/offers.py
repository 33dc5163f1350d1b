"""
The next step that every "no" comes with: what is still here, when there is more, and what else can be asked.
"""

from __future__ import annotations

from creatorshop.chat.bodies import Action, Option
from creatorshop.chat.engine.facts import VariantFacts
from creatorshop.chat.engine.reminders import remind_button
from creatorshop.chat.engine.shelves import variant_option
from creatorshop.chat.engine.turns import Pen

VARIANTS_OFFERED = 6


def others_than(pen: Pen, sku: str) -> list[VariantFacts]:
    """Return what is free instead of a SKU, the same product's other kinds first."""
    own = pen.facts.product_of(sku)
    same = [v for v in (own.variants if own else ()) if v.sku != sku and v.is_free]
    rest = [v for v in pen.facts.variants() if v.sku != sku and v.is_free and v not in same]
    return (same + rest)[:VARIANTS_OFFERED]


def offer_instead(pen: Pen, words: str, sku: str, *, first: list[Option] | None = None) -> None:
    """Say a sentence with whatever is free instead, and the way to the next drop. `first` goes before it."""
    options = list(first or [])
    drop = pen.facts.drop
    if drop and drop.is_open:
        options += [variant_option(pen, variant) for variant in others_than(pen, sku)]
    options.append(next_drop_option(pen))
    pen.choices(words, options, style="buttons")


def wait_option(pen: Pen, sku: str, quantity: int, *, label: str = "") -> list[Option]:
    """Return the way into the line for what is gone, if there is one for this shopper."""
    drop, variant, shopper = pen.facts.drop, pen.facts.variant(sku), pen.facts.shopper
    if drop is None or variant is None or not drop.has_line or (variant.left >= quantity and drop.is_open):
        return []
    if pen.facts.entry_in_line(sku) or pen.facts.live_hold_of(sku) or shopper.taken + quantity > drop.limit:
        return []
    words = label or ("b_waitlist" if quantity == 1 else "b_waitlist_for")
    return [pen.option(pen.voice.text(words, n=quantity), "wait", sku=sku, quantity=quantity)]


def next_drop_option(pen: Pen) -> Option:
    return pen.option(pen.voice.text("b_next_drop"), "next_drop")


def next_drop_button(pen: Pen) -> Action:
    return pen.button(pen.voice.text("b_next_drop"), "next_drop")


def offer_help(pen: Pen, words: str) -> None:
    """Say a sentence with what the bot can do, one tap each."""
    voice, facts = pen.voice, pen.facts
    options = []
    if facts.products:
        options.append(pen.option(voice.text("b_shelf"), "ask", intent="stock"))
        options.append(pen.option(voice.text("b_prices"), "ask", intent="price"))
        if facts.drop and facts.drop.is_open:
            options.append(pen.option(voice.text("b_delivery"), "ask", intent="delivery"))
    if facts.shopper.orders:
        options.append(pen.option(voice.text("b_order"), "ask", intent="order_status"))
    options.append(next_drop_option(pen))
    pen.choices(words, options, style="chips")


def tell_next_drop(pen: Pen) -> None:
    """Say when there is more, as far as it is known."""
    voice, upcoming, drop = pen.voice, pen.facts.next_drop, pen.facts.drop
    remind: list[Action] = []
    if drop and drop.state == "scheduled":
        words, url, remind = not_yet_open_words(pen), drop.url, remind_button(pen, drop.ref)
    elif upcoming:
        moment = voice.moment(upcoming.opens_at, upcoming.zone)
        words = voice.text("next_drop", title=upcoming.title, moment=moment, span=voice.span(upcoming.opens_at))
        url, remind = upcoming.url, remind_button(pen, upcoming.ref)
    else:
        words, url = voice.text("no_next_drop"), pen.facts.creator.url
    pen.notice("next_drop", words, *remind, pen.link(voice.text("b_shop"), url))


def not_yet_open_words(pen: Pen) -> str:
    drop, voice = pen.facts.drop, pen.voice
    assert drop is not None
    if drop.opens_at <= pen.facts.now:
        return voice.text("opening_any_moment", title=drop.title)
    moment = voice.moment(drop.opens_at, drop.zone)
    return voice.text("not_yet_open", title=drop.title, moment=moment, span=voice.span(drop.opens_at))
