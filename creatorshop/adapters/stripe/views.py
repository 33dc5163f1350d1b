"""
The page where somebody pays by Stripe: our own, with Stripe's Payment Element in it.

The payment's 128-bit ref in the address is the capability, and no cookie is looked at, so the page works inside a frame on
the creator's own pages. Card numbers are typed into Stripe's frame and never come here; nothing is posted to this page.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from stripe import PaymentIntent

from creatorshop.adapters.stripe.intents import ask
from creatorshop.adapters.stripe.keys import shop_is_live
from creatorshop.adapters.stripe.models import StripePayment
from creatorshop.adapters.stripe.policy import SCRIPT, keep_to_creator, let_stripe_in
from drops.clock import database_now
from drops.errors import ShopError
from drops.money import format_minor
from drops.sales.models import Payment
from drops.stock.models import LIVE_STATES

# As long as an intent waits for the shopper there is something to do here.
_OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


@require_safe
def pay(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """Show Stripe's form for a payment that waits for its shopper, or lead on to where it is told how it went."""
    payment, kept = _payment_of(payment_ref)
    creator = payment.hold.drop_sku.drop.creator
    try:
        intent = ask(intent_ref=payment.provider_ref)
    except ShopError as refusal:
        # A page of ours in every case: a shopper with a hold that runs has to find the way back.
        answer = render(request, "stripe/pay.html", _facts(payment) | {"trouble": refusal.message}, status=503)
        return keep_to_creator(answer, creator)
    if intent.status not in _OPEN:
        answer = HttpResponse(status=303)
        answer["Location"] = kept.return_url
        return keep_to_creator(answer, creator)
    if not _is_hold_live(payment):
        answer = render(request, "stripe/pay.html", _facts(payment) | {"is_over": True})
        return keep_to_creator(answer, creator)
    return keep_to_creator(let_stripe_in(_form(request, payment, kept, intent)), creator)


def _form(request: HttpRequest, payment: Payment, kept: StripePayment, intent: PaymentIntent) -> HttpResponse:
    element = {
        "script": SCRIPT,
        "key": settings.STRIPE_PUBLISHABLE_KEY,
        "secret": intent.client_secret,
        "return_url": kept.return_url,
        "name": payment.name,
        "email": payment.email,
        "country": payment.address.get("country", ""),
        "postcode": payment.address.get("postcode", ""),
    }
    return render(request, "stripe/pay.html", _facts(payment) | {"element": element})


def _facts(payment: Payment) -> dict[str, object]:
    hold = payment.hold
    return {
        "amount": format_minor(payment.amount_minor, payment.currency),
        "title": hold.terms["title"],
        "creator": hold.drop_sku.drop.creator.name,
        "reference": payment.ref[:8].upper(),
        "expires_at": hold.expires_at.isoformat(),
        "server_time": database_now().isoformat(),
        "is_test": not shop_is_live(),
        "back_url": reverse("checkout", kwargs={"hold_ref": hold.ref}),
    }


def _is_hold_live(payment: Payment) -> bool:
    return payment.hold.state_at(database_now()) in LIVE_STATES


def _payment_of(payment_ref: str) -> tuple[Payment, StripePayment]:
    payment = (
        Payment.objects.select_related("hold__drop_sku__drop__creator")
        .filter(ref=payment_ref, provider="stripe")
        .exclude(provider_ref="")
        .first()
    )
    kept = StripePayment.objects.filter(payment_ref=payment_ref).first()
    if payment is None or kept is None:
        raise Http404("There is no such payment.")
    return payment, kept
