"""
Being the bank: what a person would do on each provider's own page.
"""

from creatorshop.adapters.testpay import cards, charges
from drops.clock import database_now
from drops.sales.models import Payment, PaymentAttempt
from drops.sales.payment import Outcome, payment_provider
from tests.doubles import InMemoryProvider
from tests.stripe import bank


def let_pauses_pass() -> None:
    """Make everything that is owed to a provider due, as if it had been waited for."""
    PaymentAttempt.objects.filter(next_try_at__isnull=False).update(next_try_at=database_now())


def approve_payment(payment: Payment) -> None:
    """Let the money arrive, at whichever provider the payment is."""
    if payment.provider == "memory":
        InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    elif payment.provider == "stripe":
        bank.authorise(payment.provider_ref)
        bank.capture(payment.provider_ref)
    else:
        charges.approve(charge=charges.charge_of(payment_ref=payment.ref))


def pay_with_card(payment: Payment, *, card: str) -> None:
    """Hold a named card up, at whichever provider the payment is; the shop may say no to it."""
    if payment.provider == "memory":
        InMemoryProvider().charge(payment=payment, card=card)
        return
    if payment.provider == "stripe":
        bank.authorise(payment.provider_ref, card=card)
        # Hearing of it, the provider asks the shop about the card; what comes of it is for the shop to fetch.
        body = bank.webhook("payment_intent.amount_capturable_updated", {"id": payment.provider_ref})
        payment_provider("stripe").read_webhook(body=body, headers=bank.signed(body))
        return
    charge = charges.charge_of(payment_ref=payment.ref)
    if cards.is_admitted(charge=charge, card=cards.card_of(card)):
        charges.approve(charge=charge)


def decline_payment(payment: Payment) -> None:
    """Let the bank say no."""
    if payment.provider == "memory":
        InMemoryProvider.outcomes[payment.ref] = Outcome.FAILED
    elif payment.provider == "stripe":
        bank.decline(payment.provider_ref)
    else:
        charges.decline(charge=charges.charge_of(payment_ref=payment.ref))
