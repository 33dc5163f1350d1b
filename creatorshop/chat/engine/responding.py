"""
One event in, one Turn out. The same inputs give the same Turn: no database, no clock, no network.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from creatorshop.chat.bodies import StockProofBody
from creatorshop.chat.engine import (
    answers,
    choosing,
    deliveries,
    extras,
    follow_ons,
    giving,
    humans,
    members,
    orders,
    patience,
    quotes,
    ratings,
    refusals,
    reminders,
    returns,
    shelves,
    speaking,
    tickets,
    waiting,
)
from creatorshop.chat.engine.commands import NoteArrival, Rate
from creatorshop.chat.engine.events import (
    ArrivalNoted,
    CommandFailed,
    DeliveryLoaded,
    Event,
    ExtendRefused,
    FollowOnRefused,
    FollowOnTaken,
    FollowOnUndone,
    GiftMade,
    GiftRefused,
    GiftTakenBack,
    HoldExtended,
    HoldPlaced,
    HoldRefused,
    HoldReleased,
    HumanExcused,
    HumanHeld,
    HumanJoined,
    HumanLeft,
    HumanQuoted,
    HumanSaid,
    HumanShowed,
    JoinRefused,
    LeaveRefused,
    MembershipEnded,
    MembershipJoined,
    Opened,
    Paid,
    PaymentFailed,
    QuoteMade,
    QuoteRefused,
    Rated,
    RateRefused,
    RefundCameBack,
    Refunded,
    ReleaseRefused,
    ReminderDue,
    ReminderRefused,
    ReminderSet,
    ReminderStopped,
    ReturnMoved,
    StepUpPassed,
    Submitted,
    Tapped,
    Typed,
    WaitlistJoined,
    WaitlistLeft,
    WaitlistRefused,
    Woken,
)
from creatorshop.chat.engine.facts import Facts
from creatorshop.chat.engine.offers import offer_help, tell_next_drop
from creatorshop.chat.engine.states import State
from creatorshop.chat.engine.turns import Draft, Pen, Turn


def respond(state: State, event: Event, facts: Facts) -> Turn:
    """Return what is said and done about an event, and what is remembered of it."""
    pen = Pen(state, facts)
    humans.step_aside(pen, event)
    _follow_drop(pen, event)
    tickets.follow(pen)
    waiting.follow(pen)
    # Where a parcel is can wait for the assistant's return; that money went back cannot.
    orders.follow(pen, steps=orders.MONEY_STEPS if pen.state.human else orders.STEPS)
    if not pen.state.human:
        giving.follow(pen)
    _answer(pen, event)
    _leave_a_way_on(pen)
    return pen.turn()


def _answer(pen: Pen, event: Event) -> None:
    match event:
        case Opened():
            _open(pen, event)
        case Tapped():
            _tapped(pen, event)
        case Submitted():
            _submitted(pen, event)
        case Typed():
            answers.typed(pen, event)
        case HumanJoined():
            humans.joined(pen, event)
        case HumanSaid():
            humans.said(pen, event)
        case HumanShowed():
            humans.showed(pen, event)
        case HumanQuoted():
            humans.quoted(pen, event)
        case HumanHeld():
            humans.held(pen, event)
        case HumanExcused():
            humans.excused(pen)
        case HumanLeft():
            pass  # They stepped aside before anything else was said.
        case DeliveryLoaded():
            deliveries.loaded(pen, event)
        case QuoteMade():
            quotes.made(pen, event)
        case QuoteRefused():
            quotes.refused(pen, event)
        case HoldPlaced():
            quotes.hold_placed(pen, event)
        case HoldRefused():
            quotes.hold_refused(pen, event)
        case HoldReleased():
            tickets.released(pen, event.hold)
        case HoldExtended():
            tickets.extended(pen, event.hold)
        case ReleaseRefused():
            tickets.release_refused(pen, event)
        case ExtendRefused():
            tickets.extend_refused(pen, event)
        case WaitlistJoined() | WaitlistLeft():
            waiting.joined(pen)
        case WaitlistRefused():
            waiting.refused(pen, event)
        case LeaveRefused():
            waiting.leave_refused(pen, event)
        case ReminderSet():
            reminders.noted(pen, event)
        case ReminderRefused():
            reminders.refused(pen, event)
        case ReminderStopped():
            reminders.stopped(pen, event)
        case ArrivalNoted():
            orders.arrival_noted(pen, event)
        case Rated():
            ratings.rated(pen, event)
        case RateRefused():
            ratings.refused(pen, event)
        case FollowOnTaken():
            follow_ons.taken(pen, event)
        case FollowOnUndone():
            follow_ons.undone(pen, event)
        case FollowOnRefused():
            follow_ons.refused(pen, event)
        case ReminderDue():
            reminders.due(pen, event)
        case MembershipJoined():
            members.joined(pen, event)
        case JoinRefused():
            members.refused(pen, event)
        case MembershipEnded():
            members.ended(pen, event)
        case PaymentFailed():
            tickets.payment_failed(pen, event)
        case Paid():
            orders.paid_elsewhere(pen, event.order)
        case Refunded():
            tickets.refunded(pen, event)
        case RefundCameBack():
            tickets.refund_came_back(pen, event)
        case ReturnMoved():
            returns.moved(pen, event)
        case GiftMade():
            giving.made(pen, event.order)
        case GiftTakenBack():
            giving.taken_back(pen, event.order)
        case GiftRefused():
            giving.refused(pen, event)
        case CommandFailed():
            refusals.tell_unforeseen(pen, pen.state.sku)
        case StepUpPassed():
            patience.step_up_passed(pen)
        case Woken():
            tickets.tell_endings(pen)
            patience.look_at_the_clock(pen)


def _open(pen: Pen, event: Opened) -> None:
    """Greet once for each drop, and keep the shelf true after that."""
    speaking.follow_page(pen, event.locale)
    if pen.state.human:
        humans.look_at(pen, event)
        return
    facts, drop = pen.facts, pen.facts.drop
    creator = facts.creator
    if drop is None:
        if not pen.state.said:
            pen.text(creator.greeting or pen.voice.text("welcome", creator=creator.name))
            pen.text(pen.voice.text("nothing_on_sale", creator=creator.name))
            tell_next_drop(pen)
        return
    is_new = pen.state.drop != drop.ref
    if is_new:
        pen.remember(drop=drop.ref, drop_state=drop.state, sku="", quantity=1, quote=None, bought="")
        pen.unpin(shelves.SHELF)
        pen.unpin(shelves.BOUGHT)
        pen.text(creator.greeting or pen.voice.text("welcome", creator=creator.name))
        shelves.show_shelf(pen)
        if not drop.is_open:
            refusals.tell_not_open(pen)
        elif members.are_first(pen):
            members.tell_first(pen)
    shelves.tell_bought(pen)
    product = facts.product_of(event.sku) if event.sku else None
    if product and event.sku != pen.state.sku:
        pen.remember(sku=event.sku)
        if not is_new or len(facts.products) > 1:
            shelves.show_product(pen, product)


def _tapped(pen: Pen, event: Tapped) -> None:
    args: dict[str, Any] = event.args
    pen.remember(unsure=0)
    if humans.takes(pen, event):
        return
    match event.name:
        case "pick":
            choosing.pick(pen, args["sku"], args.get("quantity", 1), is_old=True)
        case "deliver":
            deliveries.take_way(pen, args["sku"], args["quantity"], args["method"], args["option"])
        case "ship":
            deliveries.ask_address(pen, args["sku"], args["quantity"])
        case "where":
            quotes.change_delivery(pen, args["sku"], args["quantity"])
        case "places":
            quotes.change_delivery(pen, args["sku"], args["quantity"], skip=args["skip"])
        case "quantity":
            choosing.ask_quantity(pen, args["sku"])
        case "accept":
            quotes.accept(pen, args["quote"], args["wish"])
        case "beside":
            extras.change(pen, args["extra"], args["wish"], is_wanted=args["is_wanted"])
        case "nothing_beside":
            extras.decline(pen)
            quotes.say_again(pen)
        case "pay":
            tickets.pay(pen, args["hold"])
        case "release":
            tickets.release(pen, args["hold"])
        case "keep":
            tickets.show_again(pen, args["hold"])
        case "extend":
            tickets.extend(pen, args["hold"])
        case "wait":
            waiting.ask(pen, args["sku"], args["quantity"])
        case "wait_for":
            waiting.ask_which(pen, args["handle"])
        case "leave_line":
            waiting.leave(pen, args["entry"])
        case "more":
            shelves.show_shelf(pen, args["offset"])
        case "more_variants":
            shelves.show_more_variants(pen, args["handle"], args["offset"])
        case "tell_me":
            patience.promise_to_tell(
                pen,
                datetime.fromisoformat(args["at"]),
                sku=args["sku"],
                quantity=args["quantity"],
                is_first=args.get("is_first", False),
            )
        case "join":
            members.join(pen, args["sku"], args["quantity"])
        case "leave_membership":
            members.leave(pen)
        case "give":
            giving.ask_message(pen, args["order"])
        case "take_back":
            giving.take_back(pen, args["order"])
        case "remind":
            reminders.wanted(pen, args["drop"])
        case "stop_reminding":
            reminders.unwanted(pen, args["drop"])
        case "arrived":
            pen.order(NoteArrival(order=args["order"]))
        case "rate":
            pen.order(Rate(order=args["order"], score=args["score"]))
        case "follow":
            follow_ons.take(pen, args["order"], args["choice"])
        case "unfollow":
            follow_ons.undo(pen, args["order"], args["choice"])
        case "no_follow":
            follow_ons.decline(pen, args["order"])
        case "never_mind":
            patience.forget(pen)
            offer_help(pen, pen.voice.text("never_mind"))
        case "shelf":
            pen.unpin(shelves.SHELF)
            shelves.show_shelf(pen)
            if pen.facts.drop is None or not pen.facts.drop.is_open:
                refusals.tell_not_open(pen)
        case "next_drop":
            tell_next_drop(pen)
        case "ask":
            answers.asked(pen, args["intent"], args.get("skus"))
        case _:
            # A button of a version that is gone.
            offer_help(pen, pen.voice.text("help"))


def _submitted(pen: Pen, event: Submitted) -> None:
    if event.name == "address":
        deliveries.take_address(pen, event.args["sku"], event.args["quantity"], event.values)
    elif event.name == "gift":
        giving.take_message(pen, event.args["order"], event.values)
    else:
        offer_help(pen, pen.voice.text("help"))


def _follow_drop(pen: Pen, event: Event) -> None:
    """Say what became of the drop in view since it was last spoken of, and keep the shelf true."""
    drop = pen.facts.drop
    if drop is None or pen.state.drop != drop.ref:
        return
    if pen.state.drop_state != drop.state and not pen.state.human:
        before = pen.state.drop_state
        pen.remember(drop_state=drop.state)
        if not pen.state.is_quiet or not isinstance(event, Woken):
            _tell_drop_change(pen, before)
            pen.has_told_drop = True
    shelves.refresh_shelf(pen)


def _tell_drop_change(pen: Pen, before: str) -> None:
    drop, voice = pen.facts.drop, pen.voice
    assert drop is not None
    if drop.is_open:
        until = voice.moment(drop.closes_at, drop.zone)
        key = "drop_resumed" if before == "paused" else "drop_opened"
        shelf = pen.button(voice.text("b_shelf"), "shelf", style="primary")
        pen.notice(key, voice.text(key, title=drop.title, moment=until), shelf)
    else:
        refusals.tell_not_open(pen)


def _leave_a_way_on(pen: Pen) -> None:
    """See to it that a Turn which says something also leaves something to do."""
    # A claim stands beside the shelf, and that leads on.
    said = [draft for draft in pen.messages if not isinstance(draft.body, StockProofBody)]
    if pen.state.human or not said or pen.commands or any(_leads_on(draft) for draft in said):
        return
    offer_help(pen, pen.voice.text("help"))


def _leads_on(draft: Draft) -> bool:
    urls = [draft.body] + list(getattr(draft.body, "actions", ()))
    return bool(draft.taps) or any(getattr(part, "url", "") or getattr(part, "order_url", "") for part in urls)
