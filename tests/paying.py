"""
Being the bank: what a person would do on each provider's own page. A provider's tests add their own bank to BANKS.
"""

from abc import ABC, abstractmethod

from creatorshop.adapters.testpay import cards, charges, takings
from creatorshop.adapters.testpay.models import TestRefund
from drops.clock import database_now
from drops.sales.models import Payment, PaymentAttempt
from drops.sales.payment import Outcome, payment_provider
from tests.doubles import InMemoryProvider
from tests.stripe import bank as stripe_bank
from tests.stripe.double import StripeDouble


class Bank(ABC):
    """What happens at a provider without the shop: the shopper and their bank."""

    @abstractmethod
    def approve(self, payment: Payment) -> None:
        """Reserve the money."""

    @abstractmethod
    def show_card(self, payment: Payment, card: str) -> None:
        """Hold a named card up; the shop may say no to it, or else the money is reserved."""

    @abstractmethod
    def decline(self, payment: Payment) -> None:
        """Say no."""

    @abstractmethod
    def challenge(self, payment: Payment) -> None:
        """Ask the shopper whether it is them."""

    @abstractmethod
    def confirm(self, payment: Payment) -> None:
        """Be told that it is."""

    @abstractmethod
    def return_refund(self, payment: Payment, key: str) -> None:
        """Send a refund back, days later."""

    @abstractmethod
    def times_refunded(self, key: str) -> int:
        """Say how often money went back under a key."""


class MemoryBank(Bank):
    def approve(self, payment: Payment) -> None:
        InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED

    def show_card(self, payment: Payment, card: str) -> None:
        InMemoryProvider().charge(payment=payment, card=card)

    def decline(self, payment: Payment) -> None:
        InMemoryProvider.outcomes[payment.ref] = Outcome.FAILED

    def challenge(self, payment: Payment) -> None:
        InMemoryProvider.outcomes[payment.ref] = Outcome.ACTION_NEEDED

    confirm = approve

    def return_refund(self, payment: Payment, key: str) -> None:
        InMemoryProvider.returned.add(key)

    def times_refunded(self, key: str) -> int:
        return InMemoryProvider.refunded.count(key)


class TestBank(Bank):
    __test__ = False

    def approve(self, payment: Payment) -> None:
        charges.approve(charge=charges.charge_of(payment_ref=payment.ref))

    def show_card(self, payment: Payment, card: str) -> None:
        charge = charges.charge_of(payment_ref=payment.ref)
        if cards.is_admitted(charge=charge, card=cards.card_of(card)):
            charges.approve(charge=charge, card=card)

    def decline(self, payment: Payment) -> None:
        charges.decline(charge=charges.charge_of(payment_ref=payment.ref))

    def challenge(self, payment: Payment) -> None:
        charges.challenge(charge=charges.charge_of(payment_ref=payment.ref))

    confirm = approve

    def return_refund(self, payment: Payment, key: str) -> None:
        takings.return_refund(ref=payment.ref)

    def times_refunded(self, key: str) -> int:
        return TestRefund.objects.filter(key=key).count()


class StripeBank(Bank):
    def approve(self, payment: Payment) -> None:
        stripe_bank.authorise(payment.provider_ref)

    def show_card(self, payment: Payment, card: str) -> None:
        stripe_bank.authorise(payment.provider_ref, card=card)
        # Hearing of it, the provider asks the shop about the card; what comes of it is for the shop to fetch.
        body = stripe_bank.webhook("payment_intent.amount_capturable_updated", {"id": payment.provider_ref})
        payment_provider("stripe").read_webhook(body=body, headers=stripe_bank.signed(body))

    def decline(self, payment: Payment) -> None:
        stripe_bank.decline(payment.provider_ref)

    def challenge(self, payment: Payment) -> None:
        stripe_bank.ask_for_more(payment.provider_ref)

    confirm = approve

    def return_refund(self, payment: Payment, key: str) -> None:
        stripe_bank.return_refund(key)

    def times_refunded(self, key: str) -> int:
        return [refund["metadata"]["refund"] for refund in StripeDouble.refunds].count(key)


BANKS: dict[str, Bank] = {"memory": MemoryBank(), "test": TestBank(), "stripe": StripeBank()}


def bank_of(payment: Payment) -> Bank:
    return BANKS[payment.provider]


def approve_payment(payment: Payment) -> None:
    """Let the money be reserved, at whichever provider the payment is."""
    bank_of(payment).approve(payment)


def pay_with_card(payment: Payment, *, card: str) -> None:
    """Hold a named card up, at whichever provider the payment is; the shop may say no to it."""
    bank_of(payment).show_card(payment, card)


def decline_payment(payment: Payment) -> None:
    """Let the bank say no."""
    bank_of(payment).decline(payment)


def let_pauses_pass() -> None:
    """Make everything that is owed to a provider due, as if it had been waited for."""
    PaymentAttempt.objects.filter(next_try_at__isnull=False).update(next_try_at=database_now())
