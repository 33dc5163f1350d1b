"""
Accepting a quote: the one transaction that takes limit slots, units and a delivery slot, or nothing at all.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction

from drops.audience.models import Shopper
from drops.errors import Invalid, NotFound, Refused
from drops.events import announce, stock_changed
from drops.idempotency import StillRunning
from drops.sales import accepting
from drops.sales.delivery import delivery_method
from drops.sales.models import Payment, PaymentState, Quote
from drops.sales.payment import payment_provider
from drops.sales.settling import drop_payments_never_begun, settle
from drops.schedule.models import Drop, DropState
from drops.stock import holds, limits, resync
from drops.stock.models import LIVE_STATES, Hold, HoldState

_OVER = [DropState.CLOSED, DropState.DRAINED, DropState.SETTLED]


class QuoteNotFound(NotFound):
    code = "quote_not_found"


class QuoteExpired(Refused):
    code = "quote_expired"


class QuoteChanged(Refused):
    """The accepted hash is not that of the quote: what was seen is not what would be charged."""

    code = "quote_changed"


class AlreadyHolding(Refused):
    code = "already_holding"


class QuoteUsed(Refused):
    """The quote was accepted before, under another key."""

    code = "quote_used"


class NotYetOpen(Refused):
    code = "not_yet_open"


class DropPaused(Refused):
    code = "drop_paused"


class DropClosed(Refused):
    code = "drop_closed"


class PaymentRuns(Refused):
    """A payment is on its way and could not be stopped."""

    code = "payment_runs"


class KeyMissing(Invalid):
    code = "idempotency_key_required"
    status = 400


def place_hold(*, shopper: Shopper, quote_ref: str, quote_hash: str, idempotency_key: str) -> Hold:
    """
    Promise the quoted units to a shopper for the drop's hold minutes, frozen at the quoted terms.

    The same key gives the same hold, however often it is asked.

    :raises KeyMissing: without a key.
    :raises QuoteNotFound, QuoteExpired, QuoteChanged, QuoteUsed: if the quote is not theirs, old, another, or spent.
    :raises NotYetOpen, DropPaused, DropClosed: if the drop does not sell now.
    :raises LimitReached: if the shopper has as many as one may.
    :raises AlreadyHolding: if they hold this SKU already.
    :raises Busy, OnlySomeLeft, HeldByOthers, SoldOut: if the units are not to be had, and why.
    :raises DeliveryGone: if the delivery slot filled up meanwhile.
    """
    if not idempotency_key:
        raise KeyMissing("Send an Idempotency-Key, so that a repeat cannot hold twice.")
    wish = accepting.Wish(shopper, idempotency_key, {"quote": quote_ref, "hash": quote_hash})
    try:
        quote = _quote(shopper, quote_ref, quote_hash)
    except (QuoteChanged, QuoteNotFound):
        # A repeat gets its answer, and a reused key is told so, before anything else.
        answered = wish.answered()
        if answered is None:
            raise
        return hold_of(ref=answered, shopper=shopper)
    if quote.drop_sku.shortfall:
        # Units that lapsed unseen are to leave the drop, not to be claimed; committed before the claim looks.
        resync.take_out_returned(drop_sku_id=quote.drop_sku_id)

    def attempt() -> Hold:
        with transaction.atomic(durable=True):
            outcome = _accept(quote, wish)
            hold = accepting.placed_hold(quote=quote, wish=wish, outcome=outcome)
            holds.expire_overtaken(hold_ids=set(outcome.previous_hold_ids or ()), now=outcome.at)
            announce(stock_changed, drop_id=quote.drop_sku.drop_id)
            delivery_method(quote.delivery_method).reserve(hold=hold, option=quote.delivery_option)
        return hold

    try:
        return _try_to_claim(attempt, quote)
    except accepting.Answered:
        answered = wish.answered()
        if answered is None:
            raise StillRunning("The same request is being answered right now.", key=idempotency_key) from None
        return hold_of(ref=answered, shopper=shopper)


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
    :raises HoldExpired, HoldClosed: if it no longer runs.
    :raises DropClosed: if the drop has closed, which ends extensions but not payments.
    """
    hold_of(ref=hold_ref, shopper=shopper)
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=hold_ref)
        if hold.drop_sku.drop.state_at(now) in _OVER:
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
        event = payment_provider(payment.provider).cancel(payment=payment)
        settle(provider=payment.provider, event=event)
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=hold_ref)
        if hold.state_at(now) not in LIVE_STATES:
            return hold
        if Payment.objects.filter(hold=hold, state=PaymentState.STARTED).exists():
            raise PaymentRuns("A payment for this hold is on its way.")
        holds.close(hold=hold, state=HoldState.RELEASED, now=now, actor="shopper", reason="let go")
        delivery_method(hold.delivery_method).release(hold=hold)
    return hold


def _keep_delivery(hold: Hold) -> None:
    delivery_method(hold.delivery_method).reserve(hold=hold, option=hold.delivery_option)


def _quote(shopper: Shopper, ref: str, hash_seen: str) -> Quote:
    quote = (
        Quote.objects.select_related("drop_sku__drop__creator", "drop_sku__sku__product")
        .filter(ref=ref, shopper=shopper)
        .first()
    )
    if quote is None:
        raise QuoteNotFound("There is no such quote.")
    if quote.hash != hash_seen:
        raise QuoteChanged(
            "The price changed while you read. Please look at the new total.", total_minor=quote.total_minor
        )
    return quote


def _accept(quote: Quote, wish: accepting.Wish) -> accepting.Outcome:
    """
    Place the hold, or say why not.

    A refusal that was found by looking only has written nothing and locked nothing.
    """
    outcome = accepting.accept(quote=quote, wish=wish)
    if outcome.word == "own_stale":
        holds.bound_waiting()
        holds.close_own_expired(shopper_id=wish.shopper.pk, drop_sku_id=quote.drop_sku_id, now=outcome.at)
        outcome = accepting.accept(quote=quote, wish=wish)
    match outcome.word:
        case "placed":
            return outcome
        case "answered" | "in_flight":
            raise accepting.Answered
        case "limit" | "limit_taken":
            limit, left = quote.drop_sku.drop.account_limit, outcome.places_left or 0
            raise limits.limit_reached(limit=limit, left=left, asked=quote.quantity)
        case "not_on_sale":
            _refuse_unless_on_sale(quote.drop_sku.drop, outcome.at)
        case "quote_used":
            raise _quote_used()
        case "quote_stale":
            raise QuoteExpired(
                "This price was good for two minutes. Please ask for it again.", valid_until=quote.valid_until
            )
        case "holding":
            _refuse_if_holding(wish.shopper, quote)
    # Too few units, or what was in the way has gone between two looks: the caller finds out which.
    raise holds.UnitsShort


def _refuse_unless_on_sale(drop: Drop, now: datetime) -> None:
    fresh = Drop.objects.get(pk=drop.pk)
    state = fresh.state_at(now)
    if state == DropState.SCHEDULED or state == DropState.DRAFT:
        raise NotYetOpen(f"{fresh.title} is not open yet.", opens_at=fresh.opens_at, time_zone=fresh.time_zone)
    if state == DropState.PAUSED:
        reason = f" {fresh.pause_reason}" if fresh.pause_reason else ""
        raise DropPaused(f"The creator paused the drop.{reason}", paused_at=fresh.paused_at, reason=fresh.pause_reason)
    if state != DropState.OPEN:
        raise DropClosed(f"{fresh.title} has closed.", closed_at=fresh.closed_at or fresh.closes_at)


def _refuse_if_holding(shopper: Shopper, quote: Quote) -> None:
    live = Hold.objects.filter(shopper=shopper, drop_sku=quote.drop_sku, state__in=LIVE_STATES).order_by("pk").first()
    if live is not None:
        raise AlreadyHolding(f"You hold {quote.drop_sku.sku} already.", hold=live.ref, expires_at=live.expires_at)


def _quote_used() -> QuoteUsed:
    return QuoteUsed("This price was accepted already. Please ask for it again.")


def _try_to_claim(attempt: Callable[[], Hold], quote: Quote) -> Hold:
    for number in range(holds.ATTEMPTS):
        try:
            return attempt()
        except holds.UnitsShort:
            reason = holds.explain_shortage(drop_sku=quote.drop_sku, quantity=quote.quantity)
            if reason is not None:
                raise reason from None
            holds.wait_before(number)
        except OperationalError as error:
            # A lock that took too long or a deadlock that PostgreSQL broke up: nothing was taken, so "busy" is true.
            if getattr(error.__cause__, "sqlstate", None) not in ("55P03", "40P01"):
                raise
            raise holds.busy() from error
        except IntegrityError as error:
            # Two of the shopper's own devices at once: the constraints let one through, and say which rule it was.
            if "one_live_hold_per_shopper_and_sku" in str(error):
                raise AlreadyHolding(f"You hold {quote.drop_sku.sku} already.") from error
            if "quote_ref" in str(error):
                raise _quote_used() from error
            raise
    raise holds.busy()
