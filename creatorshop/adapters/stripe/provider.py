from collections.abc import Mapping

from django.conf import settings
from django.urls import reverse

from creatorshop.adapters.stripe import cards, intents, moves, webhooks
from creatorshop.adapters.stripe.keys import shop_is_live
from creatorshop.adapters.stripe.models import StripePayment
from drops.errors import Refused, Unreachable
from drops.sales.models import Payment, Refund
from drops.sales.payment import PaymentProvider, ProviderEvent, Started, TransferOrder


class NotTakenByStripe(Unreachable):
    """Stripe will not begin this payment, for instance because the amount is too small for a card."""

    code = "not_taken_by_stripe"


class StripePayments(PaymentProvider):
    """
    Stripe: reserved through the Payment Element on our own sheet, captured once the hold is confirmed.

    Money is collected by the platform and transferred to creators' accounts afterwards. Card data never comes here.
    """

    name = "stripe"
    is_test = not shop_is_live()

    def authorise(self, *, payment: Payment, return_url: str) -> Started:
        """
        Begin a payment on our own sheet, which asks Stripe for the secret that a browser needs.

        :raises NotTakenByStripe: if Stripe refuses it; the hold goes on without the payment.
        """
        # Once begun it is the same intent for ever: Stripe forgets a key after a day, and would make a second one.
        intent_ref = payment.provider_ref or self._begin(payment)
        StripePayment.objects.update_or_create(payment_ref=payment.ref, defaults={"return_url": return_url})
        path = reverse("stripe-pay", kwargs={"payment_ref": payment.ref})
        return Started(provider_ref=intent_ref, url=f"{settings.SHOP_URL}{path}")

    def capture(self, *, payment: Payment, key: str) -> ProviderEvent:
        """
        Take what was reserved.

        :raises StripeSaidNo: if nothing is reserved any more, or it was taken under another key.
        """
        return intents.event_of(intents.take(intent_ref=payment.provider_ref, key=key))

    def void(self, *, payment: Payment, key: str) -> ProviderEvent:
        """Stop a payment and free what it reserved."""
        return cards.told(payment=payment, intent=intents.stop(intent_ref=payment.provider_ref, key=key))

    def refund(self, *, refund: Refund) -> None:
        """
        Send money back.

        :raises RefundRefused: if Stripe says no.
        :raises RefundFailed: if Stripe took it on, and the bank did not.
        """
        moves.send_back(refund=refund)

    def fetch_refund(self, *, refund: Refund) -> ProviderEvent:
        """Ask how a refund stands."""
        return moves.ask(refund=refund)

    def transfer(self, *, order: TransferOrder) -> str:
        """Send money to a creator's connected account."""
        return moves.send_on(order=order)

    def reverse(self, *, transfer_ref: str, amount_minor: int, key: str) -> str:
        """Take a transfer or a part of it back."""
        return moves.take_back(transfer_ref=transfer_ref, amount_minor=amount_minor, key=key)

    def fetch(self, *, payment: Payment) -> ProviderEvent:
        """Ask how a payment stands; a card that is new here is shown to the shop first."""
        return cards.judged(payment=payment, intent=intents.ask(intent_ref=payment.provider_ref))

    def cash(self, *, currency: str) -> int:
        """Return what Stripe holds for the platform."""
        return moves.cash(currency=currency)

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> ProviderEvent | None:
        """
        Return what a webhook says; the shop's store of event ids drops a replay.

        :raises UnreadableWebhook: if what was signed is no event.
        """
        return webhooks.read(body=body, headers=headers)

    def _begin(self, payment: Payment) -> str:
        try:
            return intents.begin(payment=payment).id
        except Refused as refusal:
            raise NotTakenByStripe(refusal.message, **refusal.facts) from refusal
