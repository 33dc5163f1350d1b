"""
How it is, asked once of those who have it: one message for each order, which says what was answered and lets it be changed.
"""

from __future__ import annotations

from creatorshop.chat.bodies import ChoicesBody, Option
from creatorshop.chat.engine.events import Rated, RateRefused
from creatorshop.chat.engine.facts import OrderFacts
from creatorshop.chat.engine.turns import PROMPT, Pen, clip, with_options

SCORES = range(1, 6)


def ask(pen: Pen, order: OrderFacts) -> None:
    """Ask for a number, or say which one was given on the order's page; not to those who want to hear of orders alone."""
    if pen.state.is_quiet:
        return
    if order.score:
        _thank(pen, order, order.score)
    else:
        _show(pen, order.ref, pen.voice.text("rate", title=order.title, creator=pen.facts.creator.name))


def rated(pen: Pen, event: Rated) -> None:
    """Answer a tap; a number from the order's page only changes the question, if that was asked here."""
    order = pen.facts.order(event.order)
    if order and (not event.is_elsewhere or _pin(order.ref) in pen.state.pins):
        _thank(pen, order, event.score)


def refused(pen: Pen, event: RateRefused) -> None:
    order = pen.facts.order(event.order)
    links = [pen.link(pen.voice.text("b_open_order"), order.url)] if order else []
    pen.notice("rate_refused", pen.voice.text("rate_refused"), *links)


def _thank(pen: Pen, order: OrderFacts, score: int) -> None:
    told = {"score": score, "title": order.title, "creator": pen.facts.creator.name}
    _show(pen, order.ref, pen.voice.text("rated", **told))


def _show(pen: Pen, order: str, words: str) -> None:
    prompt = clip(words, PROMPT)
    options = tuple(Option(label=str(score), token=pen.tap("rate", order=order, score=score)) for score in SCORES)
    pen.say(ChoicesBody(prompt=prompt, style="chips", options=options), with_options(prompt, options), pin=_pin(order))


def _pin(order: str) -> str:
    return f"rate:{order}"
