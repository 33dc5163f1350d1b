"""
Sending something back: the way to it for whoever asks, and the shop's word about it.
"""

from __future__ import annotations

from creatorshop.chat.engine import orders, return_windows, returnwords
from creatorshop.chat.engine.events import ReturnMoved
from creatorshop.chat.engine.facts import OrderFacts
from creatorshop.chat.engine.offers import offer_help
from creatorshop.chat.engine.turns import Pen


def asked(pen: Pen, ref: str, *, before: str = "") -> None:
    """Say until when the order that is meant can go back, and lead there; without one, say what the rule is."""
    voice, order = pen.voice, _meant(pen, ref)
    if order is None:
        rule = returnwords.in_general(voice, pen.facts)
        offer_help(pen, voice.text(before, returns=rule) if before else rule)
        return
    rule = returnwords.agreed(voice, order.terms, pen.facts)
    if order.returns_until is not None:
        day, is_late = voice.day(order.returns_until), order.is_return_late
        rule = voice.text("return_late" if is_late else "return_until", order=order.ref, title=order.title, day=day)
        rule = rule if is_late else returnwords.with_seal(voice, order.terms.get("return_rule", ""), rule)
    words = voice.text(before, returns=rule) if before else rule
    pen.notice("returns", words, pen.link(voice.text("b_return"), order.return_url))


def moved(pen: Pen, event: ReturnMoved) -> None:
    """Say that the shop has a withdrawal, or what it answered."""
    order, voice = pen.facts.order(event.order), pen.voice
    if order is None:
        return
    orders.first_time(pen, order, return_windows.MARK)  # whoever is sending it back need not hear until when they could
    words = voice.text(
        f"return_{event.state}",
        order=order.ref,
        title=order.title,
        creator=pen.facts.creator.name,
        answer=event.answer,
    )
    pen.notice(f"return_{event.state}", words, pen.link(voice.text("b_open_order"), order.url))


def _meant(pen: Pen, ref: str) -> OrderFacts | None:
    named = pen.facts.order(ref) if ref else None
    there = [order for order in pen.facts.shopper.orders if order.progress != "refunded" and order.return_url]
    return named if named in there else next(iter(there), None)
