"""
The price, as a receipt: the total first in words, what it is made of, and who receives what.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from creatorshop.chat.bodies import TITLE, Acceptance, DeliveryWindow, QuoteBody
from creatorshop.chat.engine import choosing, extras, humans, patience, refusals, retelling
from creatorshop.chat.engine.commands import PlaceHold
from creatorshop.chat.engine.events import HoldPlaced, HoldRefused, QuoteMade, QuoteRefused
from creatorshop.chat.engine.quotewords import delivery_words, lines_of
from creatorshop.chat.engine.retelling import delivery_label, import_note
from creatorshop.chat.engine.returnwords import agreed
from creatorshop.chat.engine.states import Delivery, QuoteInView
from creatorshop.chat.engine.turns import Pen, clip, with_buttons
from creatorshop.chat.engine.voice import Voice

QUOTE = "quote"


def made(pen: Pen, event: QuoteMade) -> None:
    """Show a quote; the one before loses its buttons, or gives its place to the same wish with something beside it."""
    before = pen.state.quote
    is_same = bool(event.reason == "extras" and before and not before.is_taken and before.sku == event.sku)
    if not is_same:
        retire(pen)
    if event.reason == "changed":
        pen.text(pen.voice.text("quote_changed"))
    elif event.reason == "expired":
        ended = before and before.valid_until <= pen.facts.now
        words = pen.voice.text("quote_expired", time=pen.voice.second(before.valid_until)) if before and ended else ""
        pen.text(words or pen.voice.text("quote_expired_plain"))
    quote = QuoteInView(
        ref=event.quote,
        hash=event.hash,
        sku=event.sku,
        quantity=event.quantity,
        method=event.method,
        option=event.option,
        country=event.country,
        postcode=event.postcode,
        terms=event.terms,
        valid_until=event.valid_until,
        extras=tuple(each["ref"] for each in event.terms.get("extras", [])),
        offers=event.offers,
    )
    pen.remember(quote=quote, sku=event.sku, quantity=event.quantity)
    if not is_same:
        pen.unpin(QUOTE)
    _show(pen, quote, with_actions=True)
    if is_same:
        extras.tell_total(pen, quote)


def refused(pen: Pen, event: QuoteRefused) -> None:
    if event.code in ("cannot_deliver", "tax_unknown"):
        pen.remember(sku=event.sku, quantity=event.quantity, delivery=None)
        reason = retelling.reason(pen.voice, event.message, event.facts)
        refusals.tell_cannot_ship(pen, event.country, [reason] if reason else [])
    elif event.code == "extra_gone" and pen.state.delivery:
        pen.text(pen.voice.text("extra_gone"))
        choosing.ask_price(pen, event.sku, event.quantity, pen.state.delivery, extras=())
    else:
        refusals.refuse(pen, event.code, event.facts, sku=event.sku, quantity=event.quantity)


def accept(pen: Pen, ref: str, wish: dict[str, Any]) -> None:
    """Hold what was quoted; a quote that is no longer good is made anew first, for the same wish."""
    quote, drop, sku = pen.state.quote, pen.facts.drop, wish["sku"]
    if drop is None or not drop.is_open or pen.facts.variant(sku) is None:
        choosing.pick(pen, sku, wish["quantity"], is_old=True)
    elif pen.facts.live_hold_of(sku):
        refusals.tell_already_holding(pen, sku)
    elif quote is None or quote.ref != ref or quote.is_taken or pen.facts.now >= quote.valid_until:
        delivery = Delivery(method=wish["method"], option=wish["option"])
        chosen = tuple(wish.get("extras", ()))
        choosing.ask_price(pen, sku, wish["quantity"], delivery, extras=chosen, reason="expired")
    else:
        pen.order(PlaceHold(quote=quote.ref, hash=quote.hash))


def renew(pen: Pen, quote: QuoteInView, *, reason: str) -> None:
    delivery = Delivery(method=quote.method, option=quote.option)
    choosing.ask_price(pen, quote.sku, quote.quantity, delivery, extras=quote.extras, reason=reason)


def hold_placed(pen: Pen, event: HoldPlaced) -> None:
    """Take the buttons off the quote; the ticket has been shown by whoever follows the holds."""
    hold = pen.facts.hold(event.hold)
    if event.by and hold and hold.is_live:
        humans.tell_held(pen, event.by)
    extras.leave(pen)
    retire(pen)
    pen.unpin(refusals.BUSY)
    patience.forget(pen)
    if hold is None or hold.is_live or pen.state.ticket(event.hold):
        return
    again = pen.button(pen.voice.text("b_again"), "pick", sku=hold.sku, quantity=hold.quantity)
    pen.notice("hold_expired", pen.voice.text("hold_expired"), again)


def hold_refused(pen: Pen, event: HoldRefused) -> None:
    """Say why the hold was not given; nothing was taken and nothing charged."""
    quote = pen.state.quote
    if quote is None or quote.ref != event.quote:
        refusals.tell_unforeseen(pen, pen.state.sku)
    elif event.code == "busy":
        refusals.tell_busy(pen, quote, event.attempt, by=event.by, actor=event.actor)
    elif event.code == "slow_down" and (until := refusals.instant(event.facts.get("until"))):
        patience.tell_slow_down(pen, quote, until)
    elif event.code == "quote_changed":
        renew(pen, quote, reason="changed")
    elif event.code in ("quote_expired", "quote_used", "quote_not_found"):
        renew(pen, quote, reason="expired")
    else:
        refusals.refuse(pen, event.code, event.facts, sku=quote.sku, quantity=quote.quantity)


def retire(pen: Pen) -> None:
    """Take the buttons off the quote in view, in place."""
    quote = pen.state.quote
    if quote is None or quote.is_taken:
        return
    pen.remember(quote=quote.model_copy(update={"is_taken": True}))
    if QUOTE in pen.state.pins:
        _show(pen, quote, with_actions=False)


def say_again(pen: Pen) -> None:
    """Write the quote in view anew, in place."""
    quote = pen.state.quote
    if quote and not quote.is_taken and QUOTE in pen.state.pins:
        _show(pen, quote, with_actions=pen.facts.now < quote.valid_until)


def change_delivery(pen: Pen, sku: str, quantity: int, *, skip: int = 0) -> None:
    """Ask again where it should go."""
    pen.remember(delivery=None)
    choosing.ask_where(pen, sku, quantity, skip=skip)


def _show(pen: Pen, quote: QuoteInView, *, with_actions: bool) -> None:
    voice, terms = pen.voice, quote.terms
    drop = pen.facts.drop
    total = voice.money(terms["total_minor"], terms["currency"])
    delivery, creator = terms["delivery"], pen.facts.creator.name
    minutes = terms.get("hold_minutes") or (drop.hold_minutes if drop else 10)
    actions = []
    if with_actions:
        label = voice.text("b_hold", n=minutes)
        wish = quote.model_dump(include={"sku", "quantity", "method", "option"}) | {"extras": list(quote.extras)}
        button = pen.button(label, "accept", style="primary", quote=quote.ref, wish=wish)
        actions.append(button.model_copy(update={"hold": Acceptance(quote=quote.ref, hash=quote.hash)}))
        label = voice.text("b_other_delivery")
        actions.append(pen.button(label, "where", sku=quote.sku, quantity=quote.quantity))
        if choosing.most_of(pen, quote.sku) > 1:
            actions.append(pen.button(voice.text("b_quantity"), "quantity", sku=quote.sku))
    offers = extras.offers_of(pen, quote) if with_actions else None
    title = terms["title"] if quote.quantity == 1 else f"{quote.quantity} × {terms['title']}"
    way = delivery_words(voice, terms)
    # Before the button that holds it, and so before anything is accepted.
    returns = f"{import_note(voice, terms)} {agreed(voice, terms, pen.facts)}".strip()
    offer = voice.text("hold_offer", n=minutes)
    body = QuoteBody(
        quote=quote.ref,
        title=clip(title, TITLE),
        lines=lines_of(voice, terms, "lines", creator),
        of_which=lines_of(voice, terms, "of_which", creator),
        total=total,
        delivery=DeliveryWindow(
            label=clip(delivery_label(voice, terms), 200),
            earliest_date=date.fromisoformat(delivery["earliest_date"]),
            latest_date=date.fromisoformat(delivery["latest_date"]),
            text=way,
        ),
        valid_until=quote.valid_until,
        returns_text=f"{returns} {offer}" if with_actions else returns,
        actions=tuple(actions),
        offers=offers,
    )
    words = _words(voice, body, offer if with_actions else "")
    if offers:
        words = f"{words}\n{extras.words_of(pen, offers)}"
    pen.say(body, words, pin=QUOTE, expires_at=quote.valid_until)


def _words(voice: Voice, body: QuoteBody, offer: str) -> str:
    parts = [voice.text("quote", title=body.title, total=body.total.text, delivery=body.delivery.text)]
    parts += [f"{line.label}: {line.amount.text}" for line in body.lines]
    parts += [voice.text("quote_of_which", label=line.label, amount=line.amount.text) for line in body.of_which]
    parts.append(body.returns_text if offer in body.returns_text else f"{body.returns_text} {offer}")
    return with_buttons("\n".join(part for part in parts if part), body.actions)
