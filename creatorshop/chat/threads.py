"""
Receive, respond, run: how an event becomes an answer, in steps that a crash between them cannot break.

1. One short transaction locks the thread's row, stores the event under its unique id, lets the engine respond, and
   stores the new state, the messages with their numbers, and the commands.
2. Each command is run in a transaction of its own service, under its own key, by whoever took its lease.
3. Its result is received like any event, under an id made from the command's key.

Two taps at once wait for each other at step 1. A repeat of an event is answered as before. `heal` does steps 2 and 3
for whatever was left behind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.dispatch import Signal

from creatorshop.chat import inbound, transcripts
from creatorshop.chat.actions import ButtonUnknown, button_of
from creatorshop.chat.engine import commands, events, respond
from creatorshop.chat.engine.states import read_state
from creatorshop.chat.facts import facts_of
from creatorshop.chat.models import Command, CommandState, Thread, ThreadEvent
from creatorshop.chat.running import run
from drops.audience.models import Shopper
from drops.clock import DATABASE_NOW, database_now
from drops.errors import NotFound
from drops.events import announce
from drops.schedule.models import Drop

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)  # longer than any command takes
ATTEMPTS = 5  # then the shopper is told that something went wrong
ROUNDS = 12  # commands that one event may lead to before the sweep goes on with them
HEALED_AT_ONCE = 200

thread_moved = Signal()  # thread_id: int, seq: int


class ThreadNotFound(NotFound):
    code = "thread_not_found"


@dataclass(frozen=True)
class Receipt:
    """Whether an event was taken in, or why not."""

    acked: bool
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Stands:
    """A thread's newest number, when it speaks by itself, and the time of that."""

    seq: int
    wakes_at: datetime | None
    now: datetime

    @property
    def is_due(self) -> bool:
        return self.wakes_at is not None and self.wakes_at <= self.now


def thread_of(shopper: Shopper) -> Thread:
    """Return a shopper's thread, and begin it if there is none."""
    with suppress(Thread.DoesNotExist):
        return Thread.objects.get(shopper=shopper)
    try:
        with transaction.atomic():
            return Thread.objects.create(shopper=shopper, creator_id=shopper.creator_id)
    except IntegrityError:
        return Thread.objects.get(shopper=shopper)


def receive(*, thread_id: int, event: inbound.SaidEvent) -> Receipt:
    """
    Take in what a client sent, answer it, and run what the answer asks for. A repeat is answered as it was before.

    :raises ThreadNotFound: if there is no such thread.
    """
    receipt = _take_in(thread_id, event_id=str(event.id), kind=event.kind, read=lambda thread: _meaning(thread, event))
    if receipt.acked:
        run_commands(thread_id=thread_id)
    return receipt


def tell(*, thread_id: int, event_id: str, event: events.Event) -> None:
    """
    Take in news from the shop, once under its id.

    :raises ThreadNotFound: if there is no such thread.
    """
    _take_in(thread_id, event_id=event_id, kind=event.kind, read=lambda _thread: event)
    run_commands(thread_id=thread_id)


def consider(*, thread_id: int, event_id: str, kind: str, read: Callable[[Thread, datetime], events.Event]) -> None:
    """
    Take in what `read` makes of the locked thread, once under its id. What `read` raises goes on, and nothing has changed.

    :raises ThreadNotFound: if there is no such thread.
    """
    _take_in(thread_id, event_id=event_id, kind=kind, read=lambda thread: read(thread, database_now()))
    run_commands(thread_id=thread_id)


def look_again(*, thread_id: int) -> None:
    """
    Let a thread notice what has changed about its holds, orders and drop; silent when nothing has.

    :raises ThreadNotFound: if there is no such thread.
    """
    tell(thread_id=thread_id, event_id="", event=events.Woken())


def stands_of(*, thread_id: int) -> Stands:
    """
    Say how far a thread has come, after letting it say what is due by its own clock, like a hold's end.

    One question when nothing is due: it is asked at every word, and by everybody who comes back.
    """
    stands = _stands(thread_id)
    if not stands.is_due:
        return stands
    look_again(thread_id=thread_id)
    return _stands(thread_id)


def wake_if_due(*, thread_id: int) -> bool:
    """Let a thread say what is due by its own clock; True if it was due."""
    is_due = _stands(thread_id).is_due
    if is_due:
        look_again(thread_id=thread_id)
    return is_due


def messages_since(*, thread_id: int, seq: int) -> list[dict[str, Any]]:
    """Return what was written after a number, each message in its latest revision, in the order of the numbers."""
    return transcripts.messages_since(thread_id=thread_id, seq=seq)


def _stands(thread_id: int) -> Stands:
    read = Thread.objects.annotate(now=DATABASE_NOW).values_list("seq", "wakes_at", "now")
    return Stands(*read.get(pk=thread_id))


def current_seq(thread_id: int) -> int:
    """
    Return the number of a thread's newest message, 0 if there is none.

    :raises ThreadNotFound: if there is no such thread.
    """
    seq = Thread.objects.filter(pk=thread_id).values_list("seq", flat=True).first()
    if seq is None:
        raise ThreadNotFound("There is no such thread.")
    return seq


def run_commands(*, thread_id: int) -> int:
    """Run a thread's commands, and those that their results lead to; return how many were run here."""
    for number in range(ROUNDS):
        command = _lease(thread_id)
        if command is None:
            return number
        _run(command)
    return ROUNDS


def heal() -> int:
    """
    Run commands that were left without a result, and wake the threads whose time has come; return how many.

    The newest first: when a whole drop's holds lapse, a hundred thousand absent shoppers must not stand in line before the
    news of somebody who is looking. Who comes back hears at once what is due (`wake_if_due`).
    """
    now = database_now()
    left = Command.objects.filter(_runnable(now)).order_by("created_at", "pk").values_list("thread_id", flat=True)
    due = Thread.objects.filter(wakes_at__lte=now).order_by("-wakes_at", "-pk").values_list("pk", flat=True)
    healed = 0
    for thread_id in dict.fromkeys(left[:HEALED_AT_ONCE]):
        healed += _safely(run_commands, thread_id)
    for thread_id in list(due[:HEALED_AT_ONCE]):
        healed += _safely(wake_if_due, thread_id)
    return healed


def _take_in(thread_id: int, *, event_id: str, kind: str, read: Callable[[Thread], events.Event]) -> Receipt:
    """Store an event and its answer, unless its id was stored before. An event without an id is not kept itself."""
    with transaction.atomic(durable=True):
        thread = (
            Thread.objects.select_for_update(no_key=True, of=("self",))
            .select_related("shopper", "creator")
            .filter(pk=thread_id)
            .first()
        )
        if thread is None:
            raise ThreadNotFound("There is no such thread.")
        earlier = ThreadEvent.objects.filter(thread=thread, event_id=event_id).first() if event_id else None
        if earlier is not None:
            return _receipt_of(earlier)
        now = database_now()
        stored = ThreadEvent(
            thread=thread, event_id=event_id, kind=kind, body={}, first_seq=thread.seq + 1, received_at=now
        )
        try:
            event = read(thread)
        except ButtonUnknown as refusal:
            stored.refusal = {"code": refusal.code, "message": refusal.message}
        else:
            stored.body = event.model_dump(mode="json")
            _answer(thread, event, now)
        stored.last_seq = thread.seq
        if event_id:
            stored.save(force_insert=True)
        if stored.last_seq >= stored.first_seq:
            announce(thread_moved, thread_id=thread.pk, seq=thread.seq)
    return _receipt_of(stored)


def _receipt_of(stored: ThreadEvent) -> Receipt:
    if stored.refusal:
        return Receipt(acked=False, **stored.refusal)
    return Receipt(acked=True)


def _answer(thread: Thread, event: events.Event, now: datetime) -> None:
    state = read_state(thread.state)
    wanted = event.drop if isinstance(event, events.Opened | events.ReminderDue) else ""
    has_come = isinstance(event, events.Opened)
    facts = facts_of(thread=thread, state=state, wanted_drop=wanted, now=now, has_come=has_come)
    turn = respond(state, event, facts)
    locale = turn.state.locale_for(thread.shopper.locale)
    transcripts.write(thread=thread, drafts=turn.messages, locale=locale, now=now)
    Command.objects.bulk_create(
        Command(thread=thread, name=command.name, args=command.model_dump(mode="json"), created_at=now)
        for command in turn.commands
    )
    thread.state = turn.state.model_dump(mode="json")
    thread.wakes_at = turn.wake_at
    thread.helper = turn.state.human.who if turn.state.human else ""
    thread.waits_since = turn.state.wanted.at if turn.state.wanted else None
    thread.waits_why = turn.state.wanted.why if turn.state.wanted else ""
    if turn.state.drop != state.drop:
        thread.drop = Drop.objects.filter(ref=turn.state.drop).first()
    if turn.messages:
        thread.moved_at = now
    thread.save(update_fields=["state", "seq", "wakes_at", "drop", "moved_at", "helper", "waits_since", "waits_why"])


def _meaning(thread: Thread, event: inbound.SaidEvent) -> events.Event:
    """
    Return what a client's event means to the engine: a token becomes what its button does.

    :raises ButtonUnknown: if a token is not one of this thread's.
    """
    match event:
        case inbound.OpenedEvent():
            return events.Opened(
                drop=event.context.drop or "", sku=event.context.sku or "", locale=event.context.locale or ""
            )
        case inbound.TextEvent():
            return events.Typed(id=str(event.id), text=event.text)
        case inbound.FormEvent():
            _, tap = button_of(thread_id=thread.pk, token=event.token)
            return events.Submitted(name=tap["name"], args=tap["args"], values=event.values)
        case inbound.ActionEvent():
            message, tap = button_of(thread_id=thread.pk, token=event.token)
            is_old = transcripts.is_superseded(message)
            return events.Tapped(name=tap["name"], args=tap["args"], is_old=is_old)


def _runnable(now: datetime) -> Q:
    return Q(state=CommandState.PENDING) | Q(state=CommandState.RUNNING, leased_until__lte=now)


def _lease(thread_id: int) -> Command | None:
    """Take a thread's oldest command that nobody is running."""
    now = database_now()
    waiting = Command.objects.filter(_runnable(now), thread_id=thread_id).order_by("created_at", "pk")
    for command in waiting.select_related("thread__shopper", "thread__creator"):
        taken = Command.objects.filter(_runnable(now), pk=command.pk).update(
            state=CommandState.RUNNING, leased_until=now + LEASE, attempts=command.attempts + 1
        )
        if taken == 1:
            command.attempts += 1
            return command
    return None


def _run(command: Command) -> None:
    """Run a leased command and take its result in; both are harmless when they happen twice."""
    try:
        result = run(thread=command.thread, command=commands.read_command(command.args), key=command.key)
    except Exception:
        logger.exception("Unable to run command %s", command.key)
        if command.attempts < ATTEMPTS:
            return
        result = events.CommandFailed(name=command.name)
    _finish(command, result)


def _finish(command: Command, result: events.Event) -> None:
    def read(_thread: Thread) -> events.Event:
        Command.objects.filter(pk=command.pk).update(
            state=CommandState.DONE, result=result.model_dump(mode="json"), leased_until=None
        )
        return result

    _take_in(command.thread_id, event_id=f"command:{command.key}", kind=result.kind, read=read)


def _safely(work: Callable[..., int], thread_id: int) -> int:
    """Keep one thread's trouble from the others."""
    try:
        return int(work(thread_id=thread_id))
    except Exception:
        logger.exception("Unable to heal thread %s", thread_id)
        return 0
