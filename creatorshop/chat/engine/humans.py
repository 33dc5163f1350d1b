"""
A human takes over: while one is here the assistant speaks of holds and payments alone, and answers the buttons that lead
to them.

Whether a human is here is decided by the clock of the facts and not by a task: whoever was quiet for too long is gone at
the next event, whichever it is.
"""

from __future__ import annotations

from typing import Any

from creatorshop.chat.bodies import TextBody
from creatorshop.chat.engine import choosing
from creatorshop.chat.engine.commands import PlaceHold
from creatorshop.chat.engine.events import (
    Event,
    HumanHeld,
    HumanJoined,
    HumanLeft,
    HumanQuoted,
    HumanSaid,
    HumanShowed,
    Opened,
    Tapped,
)
from creatorshop.chat.engine.offers import offer_help
from creatorshop.chat.engine.shelves import card_of, words_of
from creatorshop.chat.engine.states import QUIET, Human, Wanted
from creatorshop.chat.engine.turns import Pen

# What these buttons ask is a question, and questions are the human's: they reach them in the button's words.
_QUESTIONS = {"next_drop": "b_next_drop", "shelf": "b_shelf"}
_ABOUT_HOLDS = ("buy", "pay", "release", "more_time")


def step_aside(pen: Pen, event: Event) -> None:
    """Let a human go who hands back, or who was quiet for too long; the assistant speaks from here on."""
    human = pen.state.human
    if human is None:
        return
    if isinstance(event, HumanLeft) and event.who == human.who:
        _leave(pen, pen.voice.text("human_left"))
    elif pen.facts.now >= human.quiet_at and isinstance(event, HumanJoined):
        pen.remember(human=None, wanted=_owed(human))
    elif pen.facts.now >= human.quiet_at:
        # Whoever took over took the note along; what they did not answer waits for a human again.
        pen.remember(wanted=_owed(human))
        key = "human_left_owing" if human.owed_since else "human_left_quiet"
        _leave(pen, pen.voice.text(key, name=human.name, minutes=QUIET.seconds // 60))


def joined(pen: Pen, event: HumanJoined) -> None:
    """Let a human speak. The shopper is told once, whoever of the creator's people goes on."""
    before, wanted, now = pen.state.human, pen.state.wanted, pen.facts.now
    owed = before.owed_since if before else wanted.at if wanted else None
    human = Human(who=event.who, name=event.name, since=now, heard_at=now, owed_since=owed)
    pen.remember(human=human, wanted=None, unsure=0)
    if before is None or before.name != event.name:
        pen.notice("human_joined", pen.voice.text("human_joined", name=event.name), speaker="shop")


def said(pen: Pen, event: HumanSaid) -> None:
    human = _heard(pen, event.who)
    if human:
        words = pen.voice.text("human_says", name=human.name, text=event.text)
        pen.say(TextBody(text=event.text), words, speaker="human", by=human.name, message_id=f"m_h-{event.id}")


def showed(pen: Pen, event: HumanShowed) -> None:
    """Show a product in the human's name; its buttons work as on any other card."""
    human = _heard(pen, event.who)
    product = next((product for product in pen.facts.products if product.handle == event.handle), None)
    if human and product:
        card = card_of(pen, product)
        words = pen.voice.text("human_says", name=human.name, text=words_of(card))
        pen.say(card, words, speaker="human", by=human.name, message_id=f"m_h-{event.id}")


def quoted(pen: Pen, event: HumanQuoted) -> None:
    """Take the wish as if the shopper had tapped it: the same limits, the same stock, the same price."""
    if _heard(pen, event.who):
        choosing.pick(pen, event.sku, event.quantity)


def held(pen: Pen, event: HumanHeld) -> None:
    """Hold what the price in view says, for the shopper: their limits, their places in line, their ticket."""
    human, quote = _heard(pen, event.who), pen.state.quote
    if human and quote and quote.ref == event.quote and not quote.is_taken and pen.facts.now < quote.valid_until:
        pen.order(PlaceHold(quote=quote.ref, hash=quote.hash, by=human.name, actor=event.actor))


def tell_held(pen: Pen, name: str) -> None:
    """Say who placed a hold, what it costs, and that it can be let go."""
    words = pen.voice.text("human_holds")
    said = pen.voice.text("human_says", name=name, text=words)
    pen.say(TextBody(text=words), said, speaker="human", by=name)


def excused(pen: Pen) -> None:
    """Take the note back: somebody looked, and nobody is needed."""
    pen.remember(wanted=None, unsure=0)


def want_asked(pen: Pen) -> None:
    """Leave a note that a human was asked for."""
    key = "human_wanted_already" if pen.state.wanted else "human_wanted"
    _want(pen, key, why="asked")


def want_not_understood(pen: Pen) -> None:
    """Leave a note that the assistant does not understand."""
    key = "human_unsure_again" if pen.state.wanted else "human_unsure"
    _want(pen, key, why="not_understood")


def look_at(pen: Pen, event: Opened) -> None:
    """Remember what a shopper looks at, and say nothing: somebody talks with them."""
    drop = pen.facts.drop
    if drop and event.sku and pen.state.drop == drop.ref and pen.facts.variant(event.sku):
        pen.remember(sku=event.sku)


def takes(pen: Pen, event: Tapped) -> bool:
    """Pass a question that was tapped on to the human who is here; False if there is none, or it is about a hold."""
    if pen.state.human is None:
        return False
    args: dict[str, Any] = event.args
    key = _QUESTIONS.get(event.name, "")
    if event.name == "ask" and args["intent"] not in _ABOUT_HOLDS:
        key = f"intent_{args['intent']}"
    if not key:
        return False
    words = pen.voice.text(key)
    pen.say(TextBody(text=words), words, speaker="shopper")
    ask(pen)
    return True


def ask(pen: Pen) -> None:
    """Note that the human who is here owes an answer."""
    human = pen.state.human
    if human and human.owed_since is None:
        pen.remember(human=human.model_copy(update={"owed_since": pen.facts.now}))


def _heard(pen: Pen, who: str) -> Human | None:
    """Note that a human is still here; None if it is not this one who speaks."""
    human = pen.state.human
    if human is None or human.who != who:
        return None
    human = human.model_copy(update={"heard_at": pen.facts.now, "owed_since": None})
    pen.remember(human=human)
    return human


def _owed(human: Human) -> Wanted | None:
    return Wanted(at=human.owed_since, why="not_answered") if human.owed_since else None


def _leave(pen: Pen, words: str) -> None:
    pen.remember(human=None)
    actions = []
    if pen.facts.products:
        actions.append(pen.button(pen.voice.text("b_shelf"), "ask", intent="stock"))
    actions.append(pen.button(pen.voice.text("intent_human"), "ask", intent="human"))
    pen.notice("human_left", words, *actions)


def _want(pen: Pen, key: str, *, why: str) -> None:
    before = pen.state.wanted
    if before is None or why == "asked" and before.why != why:
        at = before.at if before else pen.facts.now
        pen.remember(wanted=Wanted.model_validate({"at": at, "why": why}))
    time = pen.voice.time(before.at) if before else ""
    offer_help(pen, pen.voice.text(key, creator=pen.facts.creator.name, time=time))
