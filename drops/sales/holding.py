"""
A shopper's hold from the outside: placed, given more time, let go.
"""

from datetime import timedelta

from django.db import transaction

from drops.audience.models import Shopper
from drops.errors import Invalid, Refused, ShopError
from drops.sales import admission, attempts
from drops.sales.accepting import Wish
from drops.sales.delivery import delivery_method
from drops.sales.models import Payment, PaymentState
from drops.sales.refusals import DropClosed
from drops.sales.settling import drop_payments_never_begun, settle_answer
from drops.schedule.models import DropState
from drops.stock import holds
from drops.stock.models import LIVE_STATES, Hold, HoldSource, HoldState

LONGEST_ACTOR = 60
OVER = [DropState.CLOSED, DropState.DRAINED, DropState.SETTLED]


class PaymentRuns(Refused):
    """A payment is on its way and could not be stopped."""

    code = "payment_runs"


class KeyMissing(Invalid):
    code = "idempotency_key_required"
    status = 400


def place_hold(
    *,
    shopper: Shopper,
    quote_ref: str,
    quote_hash: str,
    idempotency_key: str,
    source: HoldSource = HoldSource.DIRECT,
    lasts: timedelta | None = None,
) -> Hold:
    """
    Promise the quoted units to a shopper for the drop's hold minutes (or as long as told), frozen at the quoted terms.

    The same key gives the same hold, however often it is asked.

    :raises KeyMissing: without a key.
    :raises QuoteNotFound, QuoteExpired, QuoteChanged, QuoteUsed: if the quote is not theirs, old, another, or spent.
    :raises NotYetOpen, DropPaused, DropClosed: if the drop does not sell now.
    :raises NotEligible: if members are first in the drop, and the shopper is none and was not invited.
    :raises LimitReached: if the shopper has as many as one may.
    :raises AlreadyHolding: if they hold this SKU already.
    :raises Blocked, StepUpRequired, SlowDown: if the shopper may not have it, or not yet, for what is thought of the wish.
    :raises CoolingDown: if they abandoned holds of this drop.
    :raises Busy, OnlySomeLeft, HeldByOthers, SoldOut: if the units are not to be had, and why.
    :raises DeliveryGone: if the delivery slot filled up meanwhile.
    """
    return _admitted(Wish(shopper.ref, quote_ref, quote_hash, idempotency_key, source, lasts))


def place_hold_for_them(*, shopper: Shopper, quote_ref: str, quote_hash: str, idempotency_key: str, actor: str) -> Hold:
    """
    Promise the quoted units to a shopper as one of the creator's people asks, by the rules of `place_hold` and with its refusals.

    The first step on record names who asked. Left to lapse, it makes the shopper wait for no other, unless they took it up
    (drops/risk/cooldowns.py).
    """
    wish = Wish(shopper.ref, quote_ref, quote_hash, idempotency_key, HoldSource.HELPER, actor=actor[:LONGEST_ACTOR])
    return _admitted(wish)


def hold_of(*, ref: str, shopper: Shopper) -> Hold:
    """
    Return a shopper's own hold.

    :raises HoldNotFound: if there is none, or it is somebody else's.
    """
    found = (
        Hold.objects.select_related("drop_sku__drop__creator", "drop_sku__sku__product", "shopper")
        .filter(ref=ref, shopper=shopper)
        .first()
    )
    if found is None:
        raise holds.HoldNotFound("There is no such hold.")
    return found


def extend_hold(*, hold_ref: str, shopper: Shopper) -> Hold:
    """
    Give a hold its one extension of two minutes, never past its hard deadline.

    :raises HoldNotFound: if it is not the shopper's.
    :raises ExtensionUsed: if it had its extension.
    :raises OthersWait: if somebody waits for the SKU.
    :raises HoldExpired, HoldClosed: if it no longer runs.
    :raises DropClosed: if the drop has closed, which ends extensions but not payments.
    """
    hold_of(ref=hold_ref, shopper=shopper)
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=hold_ref)
        if hold.drop_sku.drop.state_at(now) in OVER:
            raise DropClosed("The drop has closed; your hold runs to its end and can still be paid.")
        holds.extend(hold=hold, now=now)
        _keep_delivery(hold)
    return hold


def release_hold(*, hold_ref: str, shopper: Shopper) -> Hold:
    """
    Let a hold go: units, places and slot are free again at once.

    A payment on its way is stopped at its provider first, outside of any transaction; if it went through meanwhile
    the hold is paid and stays. Releasing what has ended already changes nothing.

    :raises HoldNotFound: if it is not the shopper's.
    :raises PaymentRuns: if a payment is on its way and could not be stopped.
    :raises Unreachable: if the provider does not answer; nothing is released then.
    """
    hold = hold_of(ref=hold_ref, shopper=shopper)
    drop_payments_never_begun(hold_id=hold.pk)
    for payment in Payment.objects.filter(hold=hold, state=PaymentState.STARTED).order_by("number"):
        settle_answer(payment=payment, event=attempts.void(payment=payment))
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=hold_ref)
        if hold.state_at(now) not in LIVE_STATES:
            return hold
        if Payment.objects.filter(hold=hold, state=PaymentState.STARTED).exists():
            raise PaymentRuns("A payment for this hold is on its way.")
        holds.close(hold=hold, state=HoldState.RELEASED, now=now, actor="shopper", reason="let go")
        delivery_method(hold.delivery_method).release(hold=hold)
    return hold


def _admitted(wish: Wish) -> Hold:
    if not wish.key:
        raise KeyMissing("Send an Idempotency-Key, so that a repeat cannot hold twice.")
    [answer] = admission.admit([wish])
    if isinstance(answer, ShopError):
        raise answer
    return answer


def _keep_delivery(hold: Hold) -> None:
    delivery_method(hold.delivery_method).reserve(hold=hold, option=hold.delivery_option)
