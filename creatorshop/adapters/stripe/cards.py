"""
The card of an authorised payment: the shop is asked about it once, before anything is captured.
"""

import stripe

from creatorshop.adapters.stripe.intents import event_of, fingerprint_of, stop
from creatorshop.adapters.stripe.models import StripePayment
from drops.clock import database_now
from drops.errors import ShopError
from drops.sales.checkout import admit_card
from drops.sales.models import Payment
from drops.sales.payment import Outcome, ProviderEvent


def judged(*, payment: Payment, intent: stripe.PaymentIntent) -> ProviderEvent:
    """
    Return what an intent says, once the shop has said whether its card may be charged.

    A card that it does not want frees the money again: a decline, with the shop's own sentence as its reason.

    :raises Unreachable: if Stripe does not answer while the money is freed; whoever asks next tries again.
    """
    event = told(payment=payment, intent=intent)
    if event.outcome != Outcome.AUTHORISED:
        return event
    if _refusal_of(payment) or _ask_shop(payment, fingerprint_of(intent)):
        stopped = stop(intent_ref=intent.id, key=f"unwanted-card:{payment.ref}")
        return told(payment=payment, intent=stopped)
    return event


def told(*, payment: Payment, intent: stripe.PaymentIntent) -> ProviderEvent:
    """Return what an intent says, with the shop's own reason if it was stopped for its card."""
    return event_of(intent, refusal=_refusal_of(payment))


def _refusal_of(payment: Payment) -> str:
    row = StripePayment.objects.filter(payment_ref=payment.ref).first()
    return row.refusal if row else ""


def _ask_shop(payment: Payment, fingerprint: str) -> str:
    """Return why the shop does not want this card, or nothing."""
    row, _ = StripePayment.objects.get_or_create(payment_ref=payment.ref)
    if row.admitted_at is not None or not fingerprint:
        return ""
    try:
        admit_card(payment_ref=payment.ref, fingerprint=fingerprint)
    except ShopError as refusal:
        _note_refusal(row, refusal.message[:200])
    else:
        StripePayment.objects.filter(pk=row.pk, admitted_at=None, refusal="").update(admitted_at=database_now())
    row.refresh_from_db()
    return row.refusal


def _note_refusal(row: StripePayment, reason: str) -> None:
    # Two may ask at once, by webhook and by the way back. Whoever is second and late finds a hold that the first has
    # confirmed, and is told no: that must not undo the yes.
    StripePayment.objects.filter(pk=row.pk, admitted_at=None, refusal="").update(refusal=reason)
