import json
from collections.abc import Mapping

from django.conf import settings
from django.urls import reverse

from creatorshop.adapters.testpay import charges, takings, transfers
from creatorshop.adapters.testpay.events import event_of
from creatorshop.adapters.testpay.signatures import HEADER, insist_on_signature
from drops.clock import database_now
from drops.errors import Invalid, Unreachable
from drops.sales.models import Payment, Refund
from drops.sales.payment import Outcome, PaymentProvider, ProviderEvent, Started, TransferOrder


class TestPaymentsOff(Unreachable):
    """This shop takes real money only: nobody said ALLOW_TEST_PAYMENTS."""

    __test__ = False
    code = "test_payments_off"


class UnreadableWebhook(Invalid):
    """It is signed, and still says nothing we understand."""

    code = "unreadable_webhook"


class TestPayments(PaymentProvider):
    """The honest test provider: keeps books, signs its webhooks, decides what it is told to. No money moves."""

    __test__ = False
    name = "test"
    is_test = True

    def authorise(self, *, payment: Payment, return_url: str) -> Started:
        """
        Begin a payment on our own page.

        :raises TestPaymentsOff: if this shop does not want test payments.
        """
        insist_on_being_allowed()
        charge = charges.begin_charge(payment=payment, return_url=return_url)
        path = reverse("testpay", kwargs={"payment_ref": payment.ref})
        return Started(provider_ref=charge.ref, url=f"{settings.SHOP_URL}{path}")

    def fetch(self, *, payment: Payment) -> ProviderEvent:
        """
        Ask how a payment stands.

        :raises ChargeUnknown: if it never began here.
        """
        return event_of(charge=charges.charge_of(payment_ref=payment.ref), now=database_now())

    def capture(self, *, payment: Payment, key: str) -> ProviderEvent:
        """
        Take the money that was authorised.

        :raises ChargeUnknown: if it never began here.
        :raises AlreadyCaptured: if it was taken under another key.
        """
        return takings.capture(payment_ref=payment.ref, key=key)

    def void(self, *, payment: Payment, key: str) -> ProviderEvent:
        """
        Let go of a payment that is not captured. One that was approved late is with the bank until it arrives.

        :raises ChargeUnknown: if it never began here.
        """
        return takings.void(payment_ref=payment.ref)

    def refund(self, *, refund: Refund) -> None:
        """
        Send money back; the refund's key makes a repeat harmless.

        :raises OverRefund: if it is more than what came in.
        """
        takings.send_back(payment_ref=refund.payment.ref, key=refund.sending_key, amount_minor=refund.amount_minor)

    def fetch_refund(self, *, refund: Refund) -> ProviderEvent:
        """Ask how a refund stands."""
        known = takings.stand_of(key=refund.sending_key)
        return known or ProviderEvent(
            event_id=f"{refund.sending_key}:unknown",
            provider_ref=refund.payment.provider_ref,
            outcome=Outcome.PENDING,
            amount_minor=refund.amount_minor,
            currency=refund.payment.currency,
            refund=refund.sending_key,
        )

    def transfer(self, *, order: TransferOrder) -> str:
        """
        Send money to a payee.

        :raises TransferRefused: if the platform has less than that here.
        :raises KeyTaken: if the key was used for another transfer.
        """
        return transfers.send(order=order).ref

    def reverse(self, *, transfer_ref: str, amount_minor: int, key: str) -> str:
        """
        Take a transfer or a part of it back.

        :raises TransferRefused: if less is left of it.
        :raises KeyTaken: if the key was used for another reversal.
        """
        return transfers.take_back(transfer_ref=transfer_ref, amount_minor=amount_minor, key=key).ref

    def cash(self, *, currency: str) -> int:
        """Return what is held for the platform."""
        return transfers.cash(currency=currency)

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """
        Return what a webhook says.

        The shop's store of event ids drops a replay within the five minutes that a signature lives.

        :raises BadSignature: if the signature is missing, wrong or too old.
        :raises UnreadableWebhook: if what was signed is no event.
        :raises TestPaymentsOff: if this shop does not want test payments.
        """
        insist_on_being_allowed()
        insist_on_signature(header=headers.get(HEADER, ""), body=body, now=database_now())
        return read_event(body)


def insist_on_being_allowed() -> None:
    """
    Do nothing if test payments are wanted here.

    :raises TestPaymentsOff: if not.
    """
    if not settings.ALLOW_TEST_PAYMENTS:
        raise TestPaymentsOff("Test payments are switched off here.")


def write_event(event: ProviderEvent) -> bytes:
    """Return an event as the provider sends it."""
    said = {
        "id": event.event_id,
        "charge": event.provider_ref,
        "outcome": event.outcome,
        "amount_minor": event.amount_minor,
        "currency": event.currency,
        "reason": event.reason,
        "fee_minor": event.fee_minor,
        "refund": event.refund,
    }
    return json.dumps(said, separators=(",", ":")).encode()


def read_event(body: bytes) -> ProviderEvent:
    """
    Return the event that a body spells.

    :raises UnreadableWebhook: if it spells none.
    """
    try:
        said = json.loads(body)
        return ProviderEvent(
            event_id=str(said["id"]),
            provider_ref=str(said["charge"]),
            outcome=Outcome(said["outcome"]),
            amount_minor=int(said["amount_minor"]),
            currency=str(said["currency"]),
            reason=str(said["reason"]),
            fee_minor=None if said["fee_minor"] is None else int(said["fee_minor"]),
            refund=str(said.get("refund", "")),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UnreadableWebhook("The webhook says nothing that can be read.") from None
