"""
What the engine answers with, and the pen it writes it with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from creatorshop.chat.bodies import (
    LABEL,
    Action,
    Body,
    ChoicesBody,
    NoticeBody,
    Option,
    TextBody,
)
from creatorshop.chat.engine import return_windows
from creatorshop.chat.engine.commands import Command
from creatorshop.chat.engine.facts import Facts
from creatorshop.chat.engine.states import Pin, State
from creatorshop.chat.engine.voice import Voice
from creatorshop.chat.messages import Speaker

ENDING = timedelta(minutes=2)  # a hold's end is said this long before it comes
PINS_KEPT = 24
PROMPT, NOTICE, WORDS = 1000, 2000, 8000  # characters; what is longer is cut, and not a reason to say nothing


@dataclass(frozen=True)
class Tap:
    """What a button does, known to the server alone."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A message before it is numbered and its buttons are signed: the token "#2" stands for the third tap."""

    id: str
    revision: int
    speaker: Speaker
    body: Body
    fallback_text: str
    taps: tuple[Tap, ...] = ()
    expires_at: datetime | None = None
    by: str = ""  # the name of the human who says it


@dataclass(frozen=True)
class Turn:
    state: State
    messages: tuple[Draft, ...] = ()
    commands: tuple[Command, ...] = ()
    wake_at: datetime | None = None


class Pen:
    """Collects what one Turn says and wants done; `state` is replaced, never changed."""

    def __init__(self, state: State, facts: Facts) -> None:
        self.state = state
        self.facts = facts
        self.voice = self._voice()
        self.messages: list[Draft] = []
        self.commands: list[Command] = []
        # What this Turn has said already, so that no answer to the event repeats it.
        self.has_told_drop = False
        self.told_holds: set[str] = set()
        self._taps: list[Tap] = []

    # State and commands
    def remember(self, **changes: object) -> None:
        self.state = self.state.model_copy(update=changes)

    def speak(self, language: str) -> None:
        """Go on in another language, in this Turn and after it."""
        self.remember(language=language)
        self.voice = self._voice()

    def order(self, command: Command) -> None:
        self.commands.append(command)

    # Buttons
    def tap(self, name: str, **args: object) -> str:
        """Return the token of a button in the message that is written next."""
        self._taps.append(Tap(name, args))
        return f"#{len(self._taps) - 1}"

    def button(self, label: str, name: str, *, style: str = "quiet", **args: object) -> Action:
        return Action.model_validate(
            {"kind": "callback", "label": clip(label, LABEL), "token": self.tap(name, **args), "style": style}
        )

    def link(self, label: str, url: str) -> Action:
        return Action(kind="url", label=clip(label, LABEL), url=url)

    def option(self, label: str, name: str, **args: object) -> Option:
        return Option(label=clip(label, LABEL), token=self.tap(name, **args))

    # Messages
    def say(
        self,
        body: Body,
        words: str,
        *,
        pin: str = "",
        expires_at: datetime | None = None,
        speaker: Speaker = "bot",
        by: str = "",
        message_id: str = "",
    ) -> None:
        """Write a message; one that carries a pin replaces the earlier message of that pin in place."""
        known = self.state.pins.get(pin) if pin else None
        if known:
            place = Pin(id=known.id, revision=known.revision + 1)
        else:
            place = Pin(id=message_id or f"m_{self.state.said + 1}", revision=1)
            self.remember(said=self.state.said + 1)
        if pin:
            others = {key: value for key, value in self.state.pins.items() if key != pin}
            kept = dict(list(others.items())[-(PINS_KEPT - 1) :])
            self.remember(pins={**kept, pin: place})
        self.messages.append(
            Draft(
                id=place.id,
                revision=place.revision,
                speaker=speaker,
                body=body,
                fallback_text=clip(words, WORDS),
                taps=tuple(self._taps),
                expires_at=expires_at,
                by=by,
            )
        )
        self._taps = []

    def unpin(self, pin: str) -> None:
        """Leave a message as it is, so that the next one under its pin is a new one."""
        self.remember(pins={key: value for key, value in self.state.pins.items() if key != pin})

    def text(self, words: str) -> None:
        self.say(TextBody(text=words), words)

    def notice(
        self, code: str, words: str, *actions: Action, level: str = "info", pin: str = "", speaker: Speaker = "bot"
    ) -> None:
        text = clip(words, NOTICE)
        body = NoticeBody.model_validate({"level": level, "code": code, "text": text, "actions": actions})
        self.say(body, with_buttons(words, actions), pin=pin, speaker=speaker)

    def choices(self, prompt: str, options: Iterable[Option], *, style: str = "buttons") -> None:
        listed = tuple(options)
        body = ChoicesBody.model_validate({"prompt": clip(prompt, PROMPT), "style": style, "options": listed})
        self.say(body, with_options(prompt, listed))

    def turn(self) -> Turn:
        return Turn(
            state=self.state,
            messages=tuple(self.messages),
            commands=tuple(self.commands),
            wake_at=self._wake_at(),
        )

    def _voice(self) -> Voice:
        return Voice(locale=self.state.locale_for(self.facts.locale), zone=self.facts.zone, now=self.facts.now)

    def _wake_at(self) -> datetime | None:
        moments: list[datetime] = []
        for ticket in self.state.tickets:
            if ticket.is_live:
                is_told = ticket.is_ending_told or ticket.state == "paying"
                moments.append(ticket.expires_at if is_told else ticket.expires_at - ENDING)
        for order in self.facts.shopper.orders:
            reminder = return_windows.moment_of(self.state, self.facts, order)
            if reminder:
                moments.append(reminder)
        if self.state.later:
            moments.append(self.state.later.at)
        if self.state.human:
            moments.append(self.state.human.quiet_at)
        gifts = [order.gift for order in self.facts.shopper.orders if order.gift]
        moments += [gift.until for gift in gifts if gift.state == "open"]
        drop = self.facts.drop
        if drop and drop.state == "scheduled" and self.state.drop == drop.ref and not self.state.is_quiet:
            moments.append(drop.opens_at)
        if not moments:
            return None
        # What should have happened by now is asked for again soon, but not at once: the clock's tasks may be on it.
        return max(min(moments), self.facts.now + timedelta(seconds=2))


def clip(text: str, length: int) -> str:
    """Return a text that fits, with an ellipsis where it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def with_buttons(words: str, actions: Iterable[Action]) -> str:
    """Return a text that also names its buttons, and where their links lead."""
    named = [f"{action.label}: {action.url}" if action.url else action.label for action in actions]
    return f"{words} [{'] ['.join(named)}]" if named else words


def with_options(prompt: str, options: Iterable[Option]) -> str:
    """Return a prompt that also lists its options."""
    lines = []
    for option in options:
        more = f": {option.desc}" if option.desc else ""
        why = f" ({option.disabled_reason})" if option.disabled_reason not in (None, option.desc) else ""
        lines.append(f"- {option.label}{more}{why}")
    return "\n".join([*([prompt] if prompt else []), *lines])
