"""
"Tell me when it opens", in the chat: asking for it, what is said when the time has come, and how to reach those who are away.

No address is typed here: the widget stands on other people's pages. A button leads to a page of our own.
"""

from __future__ import annotations

from creatorshop.chat.bodies import Action
from creatorshop.chat.engine.commands import Remind, StopReminding
from creatorshop.chat.engine.events import ReminderDue, ReminderRefused, ReminderSet, ReminderStopped
from creatorshop.chat.engine.turns import Pen


def remind_button(pen: Pen, drop: str) -> list[Action]:
    """Return the button that asks for it, unless they will be told of this drop already."""
    if drop in pen.facts.shopper.reminded:
        return []
    return [pen.button(pen.voice.text("b_remind"), "remind", drop=drop)]


def wanted(pen: Pen, drop: str) -> None:
    pen.order(Remind(drop=drop))


def unwanted(pen: Pen, drop: str) -> None:
    pen.order(StopReminding(drop=drop))


def noted(pen: Pen, event: ReminderSet) -> None:
    """Promise it, and lead to where they can say how to reach them when they are away."""
    voice = pen.voice
    never_mind = pen.button(voice.text("b_never_mind"), "stop_reminding", drop=event.drop)
    if event.is_reachable:
        pen.notice("reminder_set", voice.text("reminder_set_away", title=event.title), never_mind)
        return
    away = pen.link(voice.text("b_remind_away"), event.url)
    pen.notice("reminder_set", voice.text("reminder_set", title=event.title), away, never_mind)


def refused(pen: Pen, event: ReminderRefused) -> None:
    """Say that there is no opening to be told of any more, with what there is instead."""
    shelf = pen.button(pen.voice.text("b_shelf"), "shelf", style="primary")
    pen.notice("reminder_refused", pen.voice.text("reminder_refused"), shelf)


def stopped(pen: Pen, event: ReminderStopped) -> None:
    shop = pen.link(pen.voice.text("b_shop"), pen.facts.creator.url)
    pen.notice("reminder_stopped", pen.voice.text("reminder_stopped", title=event.title), shop)


def due(pen: Pen, event: ReminderDue) -> None:
    """
    Say what they asked to be told: soon, or now.

    Nothing that is not so: the drop may have moved between the sender's look and ours. And not what has just been said,
    or was before: a thread with the drop in view tells its opening by itself.
    """
    drop, voice = pen.facts.drop, pen.voice
    if drop is None or drop.ref != event.drop:
        return
    see = pen.link(voice.text("b_see"), drop.url)
    moment = voice.moment(drop.opens_at, drop.zone)
    if event.moment == "before" and drop.state == "scheduled" and drop.opens_at > pen.facts.now:
        stop = pen.button(voice.text("b_stop_reminding"), "stop_reminding", drop=drop.ref)
        words = voice.text("not_yet_open", title=drop.title, moment=moment, span=voice.span(drop.opens_at))
        pen.notice("reminder_before", words, see, stop)
    elif event.moment == "opening" and drop.is_open and pen.state.drop != drop.ref:
        closes = voice.moment(drop.closes_at, drop.zone)
        pen.notice("reminder_opening", voice.text("drop_opened", title=drop.title, moment=closes), see)
