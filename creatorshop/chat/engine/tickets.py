"""
The hold as a ticket that is kept true in place, and what is said when it changes.

Nothing here trusts an announcement: whatever a hold turned into is read from the facts and compared with what the
ticket shows. So a piece of news that was lost is told at the next event, and one that came twice is told once.
"""

from __future__ import annotations

from typing import Literal

from creatorshop.chat.bodies import TITLE, Action, CheckoutBody, HoldBody
from creatorshop.chat.engine import orders
from creatorshop.chat.engine.commands import ExtendHold, ReleaseHold
from creatorshop.chat.engine.events import (
    ExtendRefused,
    PaymentFailed,
    RefundCameBack,
    Refunded,
    ReleaseRefused,
)
from creatorshop.chat.engine.facts import HoldFacts
from creatorshop.chat.engine.offers import offer_help, offer_instead, wait_option
from creatorshop.chat.engine.states import KEPT_TICKETS, Ticket
from creatorshop.chat.engine.turns import ENDING, Pen, clip, with_buttons

Shown = Literal["active", "extended", "paying", "expired", "converted", "released"]


def follow(pen: Pen) -> None:
    """Bring every ticket up to date, and give one to a live hold that has none."""
    for hold in sorted(pen.facts.shopper.holds, key=lambda hold: (hold.created_at, hold.ref)):
        ticket = pen.state.ticket(hold.ref)
        if ticket is None:
            if hold.is_live:
                _begin(pen, hold)
        elif (ticket.state, ticket.expires_at) != (hold.state, hold.expires_at):
            _move(pen, ticket, hold)
        elif hold.state == "late_refund" and hold.refunded_at and not ticket.is_refund_told:
            _tell_refund(pen, hold)


def say_again(pen: Pen) -> None:
    """Write the tickets of live holds anew, in place."""
    for hold in pen.facts.shopper.holds:
        if hold.is_live and pen.state.ticket(hold.ref):
            _show(pen, hold)


def tell_endings(pen: Pen) -> None:
    """Say once of each hold that it is about to end."""
    for ticket in pen.state.tickets:
        hold = pen.facts.hold(ticket.hold)
        if hold is None or hold.state != "held" or ticket.is_ending_told:
            continue
        if hold.expires_at - pen.facts.now > ENDING:
            continue
        _keep(pen, ticket.model_copy(update={"is_ending_told": True}))
        voice = pen.voice
        words = voice.text("hold_ending", title=hold.title, time=voice.second(hold.expires_at))
        actions = [_pay_button(pen, hold)]
        if hold.can_extend:
            actions.append(pen.button(voice.text("b_more_time"), "extend", hold=hold.ref))
        actions.append(pen.button(voice.text("b_release"), "release", hold=hold.ref, style="primary"))
        pen.notice("hold_ending", words, *actions)


def show_again(pen: Pen, ref: str) -> None:
    """Answer a second wish for what is held already. The ticket stays the only one: two would soon disagree."""
    hold, voice = pen.facts.hold(ref), pen.voice
    if hold is None or not hold.is_live:
        tell_over(pen, ref)
        return
    actions = [_pay_button(pen, hold)]
    if hold.state == "held":
        actions.append(pen.button(voice.text("b_release"), "release", hold=hold.ref, style="primary"))
        if hold.can_extend:
            actions.append(pen.button(voice.text("b_more_time"), "extend", hold=hold.ref))
    words = voice.text("already_holding", title=hold.title, time=voice.second(hold.expires_at))
    pen.notice("already_holding", words, *actions)


def pay(pen: Pen, ref: str) -> None:
    """Open the checkout sheet of a live hold."""
    hold = pen.facts.hold(ref)
    if hold is None or not hold.is_live:
        tell_over(pen, ref)
        return
    voice = pen.voice
    amount = voice.money(hold.total_minor, hold.currency)
    body = CheckoutBody(
        provider=pen.facts.provider or "none",
        url=hold.checkout_url,
        amount=amount,
        hold=hold.ref,
        is_test=pen.facts.is_test_payment,
    )
    words = voice.text("checkout", total=amount.text, title=hold.title, url=hold.checkout_url)
    pen.say(body, words, pin=f"checkout:{hold.ref}", expires_at=hold.expires_at)


def release(pen: Pen, ref: str) -> None:
    hold = pen.facts.hold(ref)
    if hold is None or not hold.is_live:
        tell_over(pen, ref)
    else:
        pen.order(ReleaseHold(hold=ref))


def extend(pen: Pen, ref: str) -> None:
    hold = pen.facts.hold(ref)
    if hold is None or not hold.is_live:
        tell_over(pen, ref)
    elif not hold.can_extend:
        _tell_no_extension(pen, hold)
    else:
        pen.order(ExtendHold(hold=ref))


def extended(pen: Pen, ref: str) -> None:
    hold = pen.facts.hold(ref)
    if hold and hold.is_live:
        words = pen.voice.text("hold_extended", time=pen.voice.second(hold.expires_at))
        pen.notice("hold_extended", words, _pay_button(pen, hold))


def extend_refused(pen: Pen, event: ExtendRefused) -> None:
    hold = pen.facts.hold(event.hold)
    if hold is None or not hold.is_live:
        tell_over(pen, event.hold)
    else:
        _tell_no_extension(pen, hold)


def release_refused(pen: Pen, event: ReleaseRefused) -> None:
    hold = pen.facts.hold(event.hold)
    if hold is None or not hold.is_live:
        tell_over(pen, event.hold)
        return
    words = pen.voice.text("release_refused", time=pen.voice.second(hold.expires_at))
    pen.notice("release_refused", words, _pay_button(pen, hold), level="warn")


def released(pen: Pen, ref: str) -> None:
    """Nothing to add if the ticket has been revised; else say what is true."""
    ticket = pen.state.ticket(ref)
    if ticket is None or ticket.is_live:
        tell_over(pen, ref)


def payment_failed(pen: Pen, event: PaymentFailed) -> None:
    """Say that a payment did not go through, and how long the hold still runs."""
    hold, voice = pen.facts.hold(event.hold), pen.voice
    if hold and hold.is_live:
        key = "payment_stopped" if event.is_cancelled else "payment_failed"
        words = voice.text(key, time=voice.second(hold.expires_at))
        if event.reason.endswith(".") and not event.is_cancelled:
            # A sentence of whoever said no: the bank, or we ourselves when a card is at its limit.
            reason_key = "payment_failed_because" if voice.is_english else "payment_refused"
            words = voice.text(reason_key, reason=event.reason, time=voice.second(hold.expires_at))
        pay_button = _pay_button(pen, hold, "b_retry")
        release_button = pen.button(voice.text("b_release"), "release", hold=hold.ref, style="primary")
        pen.notice(key, words, pay_button, release_button, level="warn" if event.is_cancelled else "bad")
    elif hold and hold.state != "confirmed" and not event.is_cancelled:
        again = pen.button(voice.text("b_again"), "pick", sku=hold.sku, quantity=hold.quantity)
        pen.notice("payment_failed", voice.text("payment_failed_late"), again, level="bad")


def refunded(pen: Pen, event: Refunded) -> None:
    """Say that money went back, unless the ticket's own story told it."""
    hold, voice = pen.facts.hold(event.hold), pen.voice
    if hold and hold.state == "late_refund" and pen.state.ticket(hold.ref):
        return
    part, time = voice.money(event.amount_minor, event.currency).text, voice.time(event.at)
    if event.amount_minor < event.paid_minor:
        total = voice.money(event.paid_minor, event.currency).text
        offer_help(pen, voice.text("refund_sent_part", part=part, total=total, time=time))
    else:
        offer_help(pen, voice.text("refund_sent", total=part, time=time))


def refund_came_back(pen: Pen, event: RefundCameBack) -> None:
    """Take back that money is on its way, and say who owes it; the next time that it is sent is told again."""
    voice, order, ticket = pen.voice, pen.facts.order_of_hold(event.hold), pen.state.ticket(event.hold)
    if ticket:
        _keep(pen, ticket.model_copy(update={"is_refund_told": False}))
    total = voice.money(event.amount_minor, event.currency).text
    words = voice.text("refund_came_back", total=total, creator=pen.facts.creator.name)
    links = [pen.link(voice.text("b_open_order"), order.url)] if order else []
    pen.notice("refund_came_back", words, *links, level="warn")


def tell_over(pen: Pen, ref: str) -> None:
    """Answer a button of a hold that is over by what is true now."""
    hold, voice = pen.facts.hold(ref), pen.voice
    order = pen.facts.order_of_hold(ref)
    if ref in pen.told_holds:
        return
    if order:
        orders.tell(pen, order)
    elif hold:
        offer_instead(pen, voice.text("hold_gone"), hold.sku, first=_again_options(pen, hold))
    else:
        offer_help(pen, voice.text("hold_gone"))


def _begin(pen: Pen, hold: HoldFacts) -> None:
    _keep(pen, Ticket(hold=hold.ref, state=hold.state, expires_at=hold.expires_at))
    _show(pen, hold)


def _move(pen: Pen, ticket: Ticket, hold: HoldFacts) -> None:
    is_told = ticket.is_ending_told and hold.expires_at <= ticket.expires_at
    moved = ticket.model_copy(update={"state": hold.state, "expires_at": hold.expires_at, "is_ending_told": is_told})
    _keep(pen, moved)
    _show(pen, hold)
    if ticket.state != hold.state:
        _tell_change(pen, ticket, hold)
        if not hold.is_live:
            pen.told_holds.add(hold.ref)


def _tell_change(pen: Pen, ticket: Ticket, hold: HoldFacts) -> None:
    voice = pen.voice
    match hold.state:
        case "expired":
            words = voice.text("hold_expired_paying" if ticket.state == "paying" else "hold_expired")
            offer_instead(pen, words, hold.sku, first=_again_options(pen, hold))
        case "released":
            offer_instead(pen, voice.text("hold_released"), hold.sku, first=_again_options(pen, hold))
        case "revoked":
            offer_instead(pen, voice.text("hold_revoked"), hold.sku)
        case "confirmed":
            order = pen.facts.order_of_hold(hold.ref)
            if order:
                orders.paid(pen, order, is_late=hold.is_late)
        case "late_refund":
            _tell_refund(pen, hold)


def _tell_refund(pen: Pen, hold: HoldFacts) -> None:
    voice = pen.voice
    ticket = pen.state.ticket(hold.ref)
    words = voice.text("paid_late_refunding" if hold.is_charged else "paid_late_let_go")
    if hold.refunded_at:
        words = voice.text("paid_late_refunded", time=voice.time(hold.refunded_at))
        if ticket:
            _keep(pen, ticket.model_copy(update={"is_refund_told": True}))
    offer_instead(pen, words, hold.sku, first=wait_option(pen, hold.sku, hold.quantity, label="b_front_of_line"))


def _tell_no_extension(pen: Pen, hold: HoldFacts) -> None:
    voice = pen.voice
    key = "extension_used" if hold.is_extended else "cannot_extend"
    pen.notice("cannot_extend", voice.text(key, time=voice.second(hold.expires_at)), _pay_button(pen, hold))


def _show(pen: Pen, hold: HoldFacts) -> None:
    """Write or revise the ticket."""
    voice = pen.voice
    total = voice.money(hold.total_minor, hold.currency)
    actions: list[Action] = []
    if hold.is_live:
        actions.append(_pay_button(pen, hold))
    if hold.state == "held":
        # As heavy as the button that pays: to let go is no lesser choice.
        actions.append(pen.button(voice.text("b_release"), "release", hold=hold.ref, style="primary"))
        if hold.can_extend:
            actions.append(pen.button(voice.text("b_more_time"), "extend", hold=hold.ref))
    body = HoldBody(
        hold=hold.ref,
        title=clip(hold.title, TITLE),
        quantity=hold.quantity,
        total=total,
        expires_at=hold.expires_at,
        server_time=pen.facts.now,
        starts_at=hold.created_at,
        state=_shown(hold),
        actions=tuple(actions),
    )
    expires_at = hold.expires_at if hold.is_live else None
    pen.say(body, with_buttons(_words(pen, hold), actions), pin=_pin(hold.ref), expires_at=expires_at)


def _shown(hold: HoldFacts) -> Shown:
    match hold.state:
        case "held":
            return "extended" if hold.is_extended else "active"
        case "paying":
            return "paying"
        case "confirmed":
            return "converted"
        case "released" | "revoked":
            return "released"
        case _:
            return "expired"


def _words(pen: Pen, hold: HoldFacts) -> str:
    voice = pen.voice
    time = voice.second(hold.expires_at)
    match hold.state:
        case "held" if hold.is_offer and not hold.is_extended:
            variant = pen.facts.variant(hold.sku)
            item = variant.name if variant else hold.title
            return voice.text(
                "offered" if hold.quantity == 1 else "offered_many", n=hold.quantity, item=item, time=time
            )
        case "held" if hold.quantity > 1:
            return voice.text("held_many", n=hold.quantity, title=hold.title, time=time)
        case "held":
            return voice.text("held", title=hold.title, time=time)
        case "paying":
            return voice.text("paying", title=hold.title, time=time)
        case "confirmed":
            return voice.text("paid", title=hold.title)
        case "released":
            return voice.text("hold_released")
        case "revoked":
            return voice.text("hold_revoked")
        case "late_refund":
            return voice.text("paid_late_refunding" if hold.is_charged else "paid_late_let_go")
        case _:
            return voice.text("hold_over")


def _pay_button(pen: Pen, hold: HoldFacts, label: str = "b_pay") -> Action:
    total = pen.voice.money(hold.total_minor, hold.currency).text
    words = pen.voice.text(label, total=total)
    if len(words) > 20:
        words = pen.voice.text("b_pay_plain")
    token = pen.tap("pay", hold=hold.ref)
    return Action(kind="pay", label=words, token=token, url=hold.checkout_url, style="primary")


def _again_options(pen: Pen, hold: HoldFacts) -> list:
    variant = pen.facts.variant(hold.sku)
    drop = pen.facts.drop
    if variant is None or drop is None or not drop.is_open:
        return []
    if variant.left < hold.quantity:
        return wait_option(pen, hold.sku, hold.quantity)
    return [pen.option(pen.voice.text("b_again"), "pick", sku=hold.sku, quantity=hold.quantity)]


def _keep(pen: Pen, ticket: Ticket) -> None:
    others = [kept for kept in pen.state.tickets if kept.hold != ticket.hold]
    # A live ticket is never forgotten before one that is over.
    others.sort(key=lambda kept: kept.is_live)
    pen.remember(tickets=(*others[-(KEPT_TICKETS - 1) :], ticket))


def _pin(ref: str) -> str:
    return f"hold:{ref}"
