"""
When somebody may not hold yet: others go first, they cool down, or they are asked for a code. What is said, and what the
thread does by itself when the time has come.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from creatorshop.chat.engine import choosing
from creatorshop.chat.engine.commands import PlaceHold
from creatorshop.chat.engine.offers import next_drop_button
from creatorshop.chat.engine.states import Later, QuoteInView
from creatorshop.chat.engine.turns import Pen

WAITING = "waiting"


def tell_slow_down(pen: Pen, quote: QuoteInView, until: datetime) -> None:
    """Let others go first, and try again by itself."""
    pen.remember(later=Later(at=until, sku=quote.sku, quantity=quote.quantity, quote=quote.ref))
    words = pen.voice.text("slow_down", time=pen.voice.second(until))
    pen.notice("slow_down", words, pen.button(pen.voice.text("b_never_mind"), "never_mind"), pin=WAITING)


def tell_cooling_down(pen: Pen, until: datetime, lapsed: int, *, sku: str, quantity: int) -> None:
    """Say until when they wait, and offer to tell them then."""
    voice = pen.voice
    words = voice.text("cooling_down", n=lapsed, count=voice.number(lapsed), time=voice.second(until))
    tell_me = pen.button(voice.text("b_tell_me"), "tell_me", at=until.isoformat(), sku=sku, quantity=quantity)
    pen.notice("cooling_down", words, tell_me, next_drop_button(pen), level="warn")


def tell_step_up(pen: Pen, url: str, *, sku: str, quantity: int) -> None:
    """Ask for a code, on a page of our own."""
    voice = pen.voice
    confirm = pen.link(voice.text("b_confirm"), url)
    again = pen.button(voice.text("b_again"), "pick", sku=sku, quantity=quantity)
    pen.notice("step_up", voice.text("step_up"), confirm, again, level="warn")


def tell_blocked(pen: Pen, facts: dict[str, Any]) -> None:
    """Say that there is nothing to be had here, and to whom that can be said to be a mistake."""
    voice = pen.voice
    words = voice.text("blocked", contact=facts["contact"], mention=facts["mention"])
    pen.notice("blocked", words, pen.link(voice.text("b_shop"), pen.facts.creator.url), level="warn")


def promise_to_tell(pen: Pen, at: datetime, *, sku: str, quantity: int, is_first: bool = False) -> None:
    """Remember to say when they may hold, again or for the first time."""
    if at <= pen.facts.now:
        _tell_they_may(pen, sku, quantity, is_first=is_first)
        return
    pen.remember(later=Later(at=at, sku=sku, quantity=quantity, is_first=is_first))
    never_mind = pen.button(pen.voice.text("b_never_mind"), "never_mind")
    pen.notice("tell_later", pen.voice.text("tell_later", time=pen.voice.second(at)), never_mind)


def forget(pen: Pen) -> None:
    """Wait for nothing any more."""
    pen.remember(later=None)
    pen.unpin(WAITING)


def look_at_the_clock(pen: Pen) -> None:
    """Do what was put off until now."""
    later, drop = pen.state.later, pen.facts.drop
    if later is None or pen.facts.now < later.at:
        return
    forget(pen)
    if drop is None or not drop.is_open or pen.facts.live_hold_of(later.sku):
        return
    quote = pen.state.quote
    if not later.quote:
        _tell_they_may(pen, later.sku, later.quantity, is_first=later.is_first)
    elif quote and quote.ref == later.quote and not quote.is_taken and pen.facts.now < quote.valid_until:
        pen.order(PlaceHold(quote=quote.ref, hash=quote.hash))
    else:
        choosing.pick(pen, later.sku, later.quantity)


def step_up_passed(pen: Pen) -> None:
    """Thank somebody who gave back a code, and offer what they had asked for."""
    if pen.state.sku and pen.facts.variant(pen.state.sku):
        _tell_they_may(pen, pen.state.sku, pen.state.quantity, thanks=True)
    else:
        shelf = pen.button(pen.voice.text("b_shelf"), "shelf")
        pen.notice("step_up_passed", pen.voice.text("step_up_passed"), shelf)


def _tell_they_may(pen: Pen, sku: str, quantity: int, *, thanks: bool = False, is_first: bool = False) -> None:
    label = "b_hold_now" if is_first else "b_again"
    go_on = pen.button(pen.voice.text(label), "pick", style="primary", sku=sku, quantity=quantity)
    key = "step_up_passed" if thanks else "open_to_all" if is_first else "may_hold_again"
    drop = pen.facts.drop
    pen.notice(key, pen.voice.text(key, title=drop.title if drop else ""), go_on)
