"""
What a creator's people do in a thread: take over, write, show a product, make a price, hold it for them, hand back.

Each deed is an event of the thread, taken in under its lock and once under the id of the form it came from. Whether it may
be done is asked under that lock as well: two who press at the same instant are told who was first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from creatorshop.chat import threads
from creatorshop.chat.engine import events
from creatorshop.chat.engine.facts import Facts
from creatorshop.chat.engine.states import Human, read_state
from creatorshop.chat.facts import drop_in_view, facts_of
from creatorshop.chat.models import Thread
from drops.errors import Invalid, NotFound, Refused
from drops.stock.models import DropSku

LONGEST_TEXT = 2000
# Marks that turn the direction of what follows: they can make a text read differently from what it says.
_TURNS = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


class TakenOver(Refused):
    """Somebody else speaks here."""

    code = "taken_over"


class NotSpeaking(Refused):
    """Only whoever has taken over may do this."""

    code = "not_speaking"


class NothingToSay(Invalid):
    code = "nothing_to_say"


class TooLong(Invalid):
    code = "too_long"


class NotInView(NotFound):
    """The drop that the thread is about has no such product or SKU."""

    code = "not_in_view"


class CannotQuote(Refused):
    """This shopper could not hold so many right now, so a price would promise too much."""

    code = "cannot_quote"


class CannotHold(Refused):
    """There is no price that the shopper has seen and that could be accepted for them."""

    code = "cannot_hold"


def take_over(*, thread_id: int, form: UUID, who: str, seen: str) -> None:
    """
    Let a person speak in a thread instead of the assistant. `seen` is who spoke there as far as they knew, "" for nobody.

    :raises TakenOver: if it is somebody else by now; they may take over from them, knowing it.
    """

    def read(thread: Thread, now: datetime) -> events.Event:
        human = read_state(thread.state).human_at(now)
        if human and human.who not in (who, seen):
            raise TakenOver("Somebody else took over first.", who=human.who, since=human.since)
        return events.HumanJoined(who=who, name=thread.creator.name)

    _do(thread_id, form, "human_joined", read)


def hand_back(*, thread_id: int, form: UUID, who: str) -> None:
    """
    Let the assistant speak again.

    :raises NotSpeaking: if it is not this person who has taken over.
    """
    _do_as_speaker(thread_id, form, who, "human_left", lambda _thread, _now: events.HumanLeft(who=who))


def say(*, thread_id: int, form: UUID, who: str, text: str) -> None:
    """
    Write to the shopper, in plain text.

    :raises NothingToSay: if there is nothing to be read in it.
    :raises TooLong: if it is longer than LONGEST_TEXT.
    :raises NotSpeaking: if it is not this person who has taken over, or they were quiet for too long.
    """
    words = clean(text)
    if not words:
        raise NothingToSay("Please write something.")
    if len(words) > LONGEST_TEXT:
        raise TooLong(f"That is {len(words):,} characters; a message has at most {LONGEST_TEXT:,}.")
    said = events.HumanSaid(id=str(form), who=who, text=words)
    _do_as_speaker(thread_id, form, who, "human_said", lambda _thread, _now: said)


def show(*, thread_id: int, form: UUID, who: str, handle: str) -> None:
    """
    Show the shopper a product of the drop in view.

    :raises NotInView: if the drop has no such product.
    :raises NotSpeaking: if it is not this person who has taken over, or they were quiet for too long.
    """

    def read(thread: Thread, now: datetime) -> events.Event:
        _insist_on_product(thread, now, handle)
        return events.HumanShowed(id=str(form), who=who, handle=handle)

    _do_as_speaker(thread_id, form, who, "human_showed", read)


def quote(*, thread_id: int, form: UUID, who: str, sku: str, quantity: int) -> None:
    """
    Make the shopper a price, or ask where it should go if that is not known. Stock, limits and price decide as ever.

    :raises NotInView: if the drop has no such SKU.
    :raises CannotQuote: if the shopper could not hold so many right now.
    :raises NotSpeaking: if it is not this person who has taken over, or they were quiet for too long.
    """

    def read(thread: Thread, now: datetime) -> events.Event:
        facts = facts_of(thread=thread, state=read_state(thread.state), wanted_drop="", now=now)
        _insist_on_room(facts, sku, quantity)
        return events.HumanQuoted(who=who, sku=sku, quantity=quantity)

    _do_as_speaker(thread_id, form, who, "human_quoted", read)


def hold(*, thread_id: int, form: UUID, who: str, actor: str) -> None:
    """
    Hold for the shopper what the price in view says. It is their hold: their limits count, and they alone pay or let it go.

    `actor` is who did it, as the record of the hold names them. If they leave it to lapse, they need not wait for the next.

    :raises CannotHold: if there is no price in view that is still good, or they hold that already.
    :raises NotSpeaking: if it is not this person who has taken over, or they were quiet for too long.
    """

    def read(thread: Thread, now: datetime) -> events.Event:
        state = read_state(thread.state)
        if state.quote is None or state.quote.is_taken or now >= state.quote.valid_until:
            raise CannotHold("There is no price in view that is still good. Make one first.")
        facts = facts_of(thread=thread, state=state, wanted_drop="", now=now)
        if facts.live_hold_of(state.quote.sku):
            raise CannotHold("They hold that already.")
        return events.HumanHeld(who=who, quote=state.quote.ref, actor=actor)

    _do_as_speaker(thread_id, form, who, "human_held", read)


def excuse(*, thread_id: int, form: UUID, who: str) -> None:
    """Take a thread off the list of those that wait: somebody looked, and nobody is needed."""
    _do(thread_id, form, "human_excused", lambda _thread, _now: events.HumanExcused(who=who))


def speaker_of(*, thread: Thread, now: datetime) -> Human | None:
    """Return who speaks in a thread instead of the assistant, true at `now` whether or not anybody noticed."""
    return read_state(thread.state).human_at(now)


def clean(text: str) -> str:
    """Return a text as it is kept: plain, with line breaks, and without characters that nobody sees."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (letter for letter in lines if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs"))
    return "".join(letter for letter in kept if letter not in _TURNS).strip()


def _do_as_speaker(
    thread_id: int, form: UUID, who: str, kind: str, read: Callable[[Thread, datetime], events.Event]
) -> None:
    def insist(thread: Thread, now: datetime) -> events.Event:
        human = speaker_of(thread=thread, now=now)
        if human is None:
            raise NotSpeaking("The assistant speaks here. Take over first; nothing was sent.")
        if human.who != who:
            raise NotSpeaking("Somebody else has taken over; nothing was sent.", who=human.who, since=human.since)
        return read(thread, now)

    _do(thread_id, form, kind, insist)


def _do(thread_id: int, form: UUID, kind: str, read: Callable[[Thread, datetime], events.Event]) -> None:
    threads.consider(thread_id=thread_id, event_id=f"office:{form}", kind=kind, read=read)


def _insist_on_product(thread: Thread, now: datetime, handle: str) -> None:
    drop = drop_in_view(creator=thread.creator, wanted=read_state(thread.state).drop, now=now)
    if drop is None or not DropSku.objects.filter(drop=drop, sku__product__handle=handle).exists():
        raise NotInView("The drop in view has no such product.")


def _insist_on_room(facts: Facts, sku: str, quantity: int) -> None:
    drop, variant = facts.drop, facts.variant(sku)
    if drop is None or variant is None:
        raise NotInView("The drop in view has no such SKU.")
    if not drop.is_open:
        raise CannotQuote(f"{drop.title} is {drop.state}, so there is no price to make.")
    if facts.live_hold_of(sku):
        raise CannotQuote(f"They hold {variant.title} already.")
    most = max(0, min(variant.left, drop.limit - facts.shopper.taken))
    if not 1 <= quantity <= most:
        raise CannotQuote(f"They can have {most} {variant.title} right now, and not {quantity}.", most=most)
