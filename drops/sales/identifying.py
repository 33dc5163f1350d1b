"""
What is known of a shopper only once they pay: a telephone, the card, where the parcel goes (stock.md R4).
"""

from datetime import datetime

from drops.audience.identities import key_of
from drops.sales.addresses import address_line
from drops.sales.models import Payment, PaymentState
from drops.stock import limits
from drops.stock.limits import Identified
from drops.stock.models import Hold, LimitKind


def card_key(*, provider: str, fingerprint: str) -> str:
    """Return a card as the database keeps it; providers number cards each in their own way."""
    return key_of(identity=f"card:{provider}:{fingerprint}")


def identities_of(*, payment: Payment, hold: Hold) -> list[Identified]:
    """Return what a payment tells about who pays, beyond what was known when the hold was placed."""
    found = []
    if payment.phone:
        found.append(Identified(LimitKind.PHONE, key_of(identity=payment.phone)))
    if payment.card_key:
        found.append(Identified(LimitKind.CARD, payment.card_key))
    line = "" if hold.delivery_method == "pickup" else address_line(payment.address)
    if line:
        found.append(Identified(LimitKind.ADDRESS, key_of(identity=f"address:{line}")))
    return found


def count_payment(*, hold: Hold, payment: Payment, free_at: datetime) -> None:
    """
    Take places of what a payment tells, for a locked hold; what only an earlier try told is given back.

    :raises LimitReached: if somebody has them already; the caller's transaction has to roll back.
    """
    limits.take_places(hold=hold, identities=identities_of(payment=payment, hold=hold), free_at=free_at)
    running = Payment.objects.filter(hold=hold, state=PaymentState.STARTED)
    told = [one for each in running for one in identities_of(payment=each, hold=hold)]
    limits.give_other_places_back(hold=hold, but=[*limits.counted_by(hold=hold), *told])
