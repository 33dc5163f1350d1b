"""
What a shopper and their bank decide of a charge. It behaves like a real one: what is decided stays decided.
"""

from datetime import datetime, timedelta

from django.db import transaction

from creatorshop.adapters.testpay.events import report
from creatorshop.adapters.testpay.fees import fee_on
from creatorshop.adapters.testpay.models import ChargeState, TestCharge
from drops.clock import database_now
from drops.errors import NotFound, Refused
from drops.sales.models import Payment

# A late approval arrives this long after the hold has ended and its units are free for others.
LATE_BY = timedelta(seconds=8)
AT_ONCE = "taken at once"  # in the place of a capture's key
DECLINED_WITH = "Your bank said no."
NOT_CONFIRMED = "Your bank could not tell that it was you."
REASONS = {
    "declined": DECLINED_WITH,
    "insufficient": "There is not enough money on the card.",
    "expired": "The card has expired.",
    "blocked": "The card is blocked.",
}
OPEN_STATES = (ChargeState.PENDING, ChargeState.CHALLENGED)
_REASON = 80  # what the column takes


class ChargeUnknown(NotFound):
    code = "charge_unknown"


class KeyTaken(Refused):
    """The same idempotency key came with another request."""

    code = "key_taken"


class AlreadyDecided(Refused):
    """The charge was approved, declined or cancelled before."""

    code = "charge_decided"


def begin_charge(*, payment: Payment, return_url: str) -> TestCharge:
    """
    Return the charge of a payment, made at the first call; a later one may only say another way back.

    :raises KeyTaken: if the payment's ref was used for another amount.
    """
    charge, _ = TestCharge.objects.get_or_create(
        payment_ref=payment.ref,
        defaults={
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "return_url": return_url,
            "created_at": database_now(),
        },
    )
    if (charge.amount_minor, charge.currency) != (payment.amount_minor, payment.currency):
        raise KeyTaken("This payment was begun with another amount.", payment=payment.ref)
    if charge.return_url != return_url:
        charge.return_url = return_url
        charge.save(update_fields=["return_url"])
    return charge


def charge_of(*, payment_ref: str) -> TestCharge:
    """
    Return the charge of a payment.

    :raises ChargeUnknown: if there is none.
    """
    charge = TestCharge.objects.filter(payment_ref=payment_ref).first()
    if charge is None:
        raise ChargeUnknown("There is no such test payment.")
    return charge


def approve(*, charge: TestCharge, card: str = "", is_taken: bool = False) -> None:
    """
    Reserve the money at once, or take it at once, as some ways to pay do: nobody has to capture it, or can let it go.

    :raises AlreadyDecided: if something else was decided before.
    """
    _decide(charge, ChargeState.CAPTURED if is_taken else ChargeState.AUTHORISED, card=card, is_taken=is_taken)


def challenge(*, charge: TestCharge, card: str = "") -> None:
    """
    Let the bank ask whether it is really the shopper.

    :raises AlreadyDecided: if something else was decided before.
    """
    _decide(charge, ChargeState.CHALLENGED, card=card)


def approve_late(*, charge: TestCharge, card: str = "", is_taken: bool = False) -> datetime:
    """
    Reserve the money, or take it, a few seconds after the hold has ended, and return when; until then the bank is "still busy".

    :raises AlreadyDecided: if something else was decided before.
    """
    hold = Payment.objects.select_related("hold").get(ref=charge.payment_ref).hold
    arrives_at = max(hold.expires_at, database_now()) + LATE_BY
    _decide(charge, ChargeState.APPROVED, card=card, arrives_at=arrives_at, is_taken=is_taken)
    return arrives_at


def decline(*, charge: TestCharge, reason: str = DECLINED_WITH, card: str = "") -> None:
    """
    Say no, as a bank does, or for the reason that the shop gave when it was asked about the card.

    :raises AlreadyDecided: if something else was decided before.
    """
    _decide(charge, ChargeState.DECLINED, card=card, reason=reason[:_REASON])


def _decide(
    charge: TestCharge,
    state: ChargeState,
    *,
    card: str = "",
    arrives_at: datetime | None = None,
    reason: str = "",
    is_taken: bool = False,
) -> None:
    now = database_now()
    taken = {"capture_key": AT_ONCE, "fee_minor": fee_on(charge.amount_minor)} if is_taken else {}
    with transaction.atomic():
        decided = TestCharge.objects.filter(pk=charge.pk, state__in=OPEN_STATES).update(
            state=state, decided_at=now, arrives_at=arrives_at, reason=reason, card=card or charge.card, **taken
        )
        charge.refresh_from_db()
        if decided != 1:
            raise AlreadyDecided("This payment was decided before.", state=charge.state)
        report(charge=charge, at=arrives_at or now)
