"""
Every call to a payment provider that changes something: written down first, with its idempotency key, and its answer noted.

Two kinds of call are told apart by `next_try_at`. One that somebody waits for is made once, and whoever asked decides
what follows. One that is *owed* was written in the transaction that made it necessary; it is made after the commit and,
if that fails or nobody lives to do it, again by a periodic task until the provider has answered. Its key makes every
repeat harmless.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import F

from drops.clock import database_now
from drops.errors import Refused, ShopError, Unreachable
from drops.sales.models import AttemptKind, AttemptState, Payment, PaymentAttempt, Refund
from drops.sales.payment import ProviderEvent, Started, TransferOrder, payment_provider

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

SHORTEST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
_ERROR, _SUBJECT = 200, 120  # what the columns take


class NotDue(Refused):
    """The call is owed and its time has not come, or somebody else is making it this instant."""

    code = "attempt_not_due"


def owe(*, kind: AttemptKind, payment: Payment, subject: str, at: datetime) -> PaymentAttempt:
    """Write down, in the transaction that made it necessary, that a payment has to be captured or voided. Once each."""
    attempt, _ = PaymentAttempt.objects.get_or_create(
        key=f"{kind}:{payment.ref}",
        defaults={"kind": kind, "payment": payment, "subject": subject[:_SUBJECT], "created_at": at},
    )
    PaymentAttempt.objects.filter(pk=attempt.pk).update(
        state=AttemptState.OPEN, next_try_at=at, closed_at=None, subject=subject[:_SUBJECT]
    )
    return attempt


def settle_owed(*, payment: Payment, kind: AttemptKind, state: AttemptState, at: datetime) -> None:
    """Close what was owed of a kind, in the transaction that takes its outcome in."""
    owed = PaymentAttempt.objects.filter(payment=payment, kind=kind, next_try_at__isnull=False)
    owed.update(state=state, next_try_at=None, closed_at=at)


def is_to_be_stopped(*, payment: Payment) -> bool:
    """Say whether a void of the payment is owed."""
    return PaymentAttempt.objects.filter(payment=payment, kind=AttemptKind.VOID, next_try_at__isnull=False).exists()


def forget_stop(*, payment: Payment, at: datetime) -> None:
    """Drop a void that was owed and is not wanted any more; one that was never made leaves no row behind."""
    owed = PaymentAttempt.objects.filter(payment=payment, kind=AttemptKind.VOID, next_try_at__isnull=False)
    owed.filter(tries=0).delete()
    owed.update(state=AttemptState.DONE, next_try_at=None, closed_at=at, subject="not needed: another card paid")


def due(*, now: datetime, payment: Payment | None = None) -> list[PaymentAttempt]:
    """Return the captures and voids that are owed and whose time has come, oldest first, at most 500."""
    rows = PaymentAttempt.objects.select_related("payment__hold").filter(
        next_try_at__lte=now, kind__in=[AttemptKind.CAPTURE, AttemptKind.VOID]
    )
    if payment is not None:
        rows = rows.filter(payment=payment)
    return list(rows.order_by("next_try_at", "pk")[:500])


def authorise(*, payment: Payment, return_url: str) -> Started:
    """
    Have a payment begun at its provider.

    :raises Unreachable: if the provider does not answer.
    """
    port = payment_provider(payment.provider)
    return _perform(
        PaymentAttempt(kind=AttemptKind.AUTHORISE, key=f"authorise:{payment.ref}", payment=payment),
        lambda: port.authorise(payment=payment, return_url=return_url),
    )


def void(*, payment: Payment) -> ProviderEvent:
    """
    Have a payment stopped that somebody does not want any more, and return how it stands.

    :raises Unreachable: if the provider does not answer.
    """
    port, key = payment_provider(payment.provider), f"void:{payment.ref}"
    return _perform(
        PaymentAttempt(kind=AttemptKind.VOID, key=key, payment=payment),
        lambda: port.void(payment=payment, key=key),
    )


def carry_out(*, attempt: PaymentAttempt) -> ProviderEvent:
    """
    Make an owed capture or void, and return how the payment stands. The attempt stays owed until that is taken in.

    :raises NotDue: if somebody else makes it this instant.
    :raises Unreachable: if the provider does not answer; it is tried again later.
    """
    payment = attempt.payment
    assert payment is not None, "captures and voids are of a payment"
    port = payment_provider(payment.provider)
    ask = port.capture if attempt.kind == AttemptKind.CAPTURE else port.void
    _insist_on_no_transaction()
    _claim(attempt)
    return _ask(attempt, lambda: ask(payment=payment, key=attempt.key))


def look(*, attempt: PaymentAttempt) -> ProviderEvent:
    """
    Ask how a payment stands that is to be stopped, before that is done. It counts as a try, so that silence is waited for.

    :raises NotDue: if somebody else is at it this instant.
    :raises Unreachable: if the provider does not answer; it is tried again later.
    """
    payment = attempt.payment
    assert payment is not None, "captures and voids are of a payment"
    port = payment_provider(payment.provider)
    _insist_on_no_transaction()
    _claim(attempt)
    return _ask(attempt, lambda: port.fetch(payment=payment))


def rest(*, attempt: PaymentAttempt, until: datetime) -> None:
    """Let an owed call that was looked into wait until an instant."""
    PaymentAttempt.objects.filter(pk=attempt.pk, next_try_at__isnull=False).update(next_try_at=until)
    attempt.refresh_from_db()


def refund(*, refund: Refund) -> None:
    """
    Have money sent back. It is owed until it went: a refusal is tried again too, once an hour in the end.

    :raises NotDue: if it was tried a moment ago.
    :raises Unreachable: if the provider does not answer.
    :raises Refused: if it says no.
    :raises RefundFailed: if it took it on, and the money came back.
    """
    port = payment_provider(refund.payment.provider)
    attempt = PaymentAttempt(
        kind=AttemptKind.REFUND,
        key=refund.sending_key,
        payment=refund.payment,
        refund=refund,
        subject=refund.reason,
        next_try_at=database_now(),
    )
    _perform(attempt, lambda: port.refund(refund=refund))


def fetch_refund(*, refund: Refund) -> ProviderEvent:
    """
    Ask how a refund stands that was sent. That changes nothing, so nothing is written down.

    :raises Unreachable: if the provider does not answer.
    """
    _insist_on_no_transaction()
    return payment_provider(refund.payment.provider).fetch_refund(refund=refund)


def close_refund(*, refund: Refund, reason: str, at: datetime) -> None:
    """Close the call that sent a refund which came back: under its key nothing more is to be had."""
    owed = PaymentAttempt.objects.filter(key=refund.sending_key, next_try_at__isnull=False)
    owed.update(state=AttemptState.REFUSED, next_try_at=None, closed_at=at, last_error=reason[:_ERROR])


def transfer(*, provider: str, order: TransferOrder) -> str:
    """
    Have money sent to a payee, and return the provider's ref of that.

    :raises Unreachable: if the provider does not answer.
    :raises TransferRefused: if it says no.
    """
    port = payment_provider(provider)
    subject = f"{order.account} {order.group}".strip()
    return _perform(
        PaymentAttempt(kind=AttemptKind.TRANSFER, key=order.key, subject=subject[:_SUBJECT]),
        lambda: port.transfer(order=order),
    )


def reverse(*, provider: str, transfer_ref: str, amount_minor: int, key: str) -> str:
    """
    Have a transfer or a part of it taken back, and return the provider's ref of that.

    :raises Unreachable: if the provider does not answer.
    :raises TransferRefused: if it says no.
    """
    port = payment_provider(provider)
    return _perform(
        PaymentAttempt(kind=AttemptKind.REVERSE, key=key, subject=transfer_ref[:_SUBJECT]),
        lambda: port.reverse(transfer_ref=transfer_ref, amount_minor=amount_minor, key=key),
    )


def fetch(*, payment: Payment) -> ProviderEvent:
    """
    Ask how a payment stands. That changes nothing, so nothing is written down.

    :raises Unreachable: if the provider does not answer.
    """
    _insist_on_no_transaction()
    return payment_provider(payment.provider).fetch(payment=payment)


def _perform(attempt: PaymentAttempt, ask: Callable[[], Answer]) -> Answer:
    _insist_on_no_transaction()
    is_owed, now = attempt.next_try_at is not None, database_now()
    attempt.created_at = now
    known, _ = PaymentAttempt.objects.get_or_create(
        key=attempt.key,
        defaults={
            name: getattr(attempt, name)
            for name in ("kind", "payment", "refund", "subject", "next_try_at", "created_at")
        },
    )
    rows = PaymentAttempt.objects.filter(pk=known.pk)
    if is_owed:
        # Answered before, and whoever asked died before writing that down: asked once more, which changes nothing there.
        rows.filter(state=AttemptState.DONE).update(state=AttemptState.OPEN, next_try_at=now, closed_at=None)
        _claim(known)
    else:
        rows.update(tries=F("tries") + 1, state=AttemptState.OPEN, closed_at=None, last_error="")
    answer = _ask(known, ask)
    rows.update(state=AttemptState.DONE, closed_at=database_now(), next_try_at=None, last_error="")
    return answer


def _insist_on_no_transaction() -> None:
    # A provider answers in its own time, and what it did cannot be rolled back. `durable` raises inside a transaction;
    # that there is nothing in the block is the point.
    with transaction.atomic(durable=True):
        pass


def _claim(attempt: PaymentAttempt) -> None:
    """Take an owed attempt before it is made: a second worker finds it not due, and a crash means a later try, never none."""
    now, tries = database_now(), attempt.tries + 1
    taken = PaymentAttempt.objects.filter(pk=attempt.pk, tries=attempt.tries, next_try_at__lte=now).update(
        tries=tries, next_try_at=now + pause_after(tries)
    )
    if taken != 1:
        raise NotDue("This was tried a moment ago.", key=attempt.key)


def _ask(attempt: PaymentAttempt, ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except ShopError as refusal:
        _note_no(attempt, refusal)
        raise


def _note_no(attempt: PaymentAttempt, refusal: ShopError) -> None:
    is_silence = isinstance(refusal, Unreachable)
    logger.info("Attempt %s: %s", attempt.key, refusal.code)
    rows = PaymentAttempt.objects.filter(pk=attempt.pk)
    rows.update(
        state=AttemptState.UNANSWERED if is_silence else AttemptState.REFUSED,
        last_error=f"{refusal.code}: {refusal.message}"[:_ERROR],
    )
    rows.filter(next_try_at__isnull=True).update(closed_at=database_now())


def pause_after(tries: int) -> timedelta:
    """Return how long an owed call rests after so many tries."""
    return min(SHORTEST_PAUSE * int(2 ** min(tries - 1, 10)), LONGEST_PAUSE)
