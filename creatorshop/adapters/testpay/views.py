"""
The page of the test provider, where a bank's would be.

The payment's 128-bit ref in the address is the capability, and no cookie is looked at: there is no ambient authority
that another site could borrow, so the form needs no CSRF token and works inside a frame on the creator's own pages.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from kombu.exceptions import OperationalError

from creatorshop.adapters.testpay import cards, charges, tasks
from creatorshop.adapters.testpay.models import ChargeState, TestCharge
from drops.audience.origins import normalise_origin
from drops.clock import database_now
from drops.money import format_minor
from drops.sales.models import Payment
from drops.stock.models import LIVE_STATES

logger = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """Ask what the bank should say, and go back to the shop with it."""
    payment = _payment_of(payment_ref)
    charge = charges.charge_of(payment_ref=payment_ref)
    if request.method == "POST":
        answer = _decide(request, charge)
    else:
        answer = _page(request, payment, charge)
    return _framed_by_creator(answer, payment)


def _payment_of(payment_ref: str) -> Payment:
    payment = (
        Payment.objects.select_related("hold__drop_sku__drop__creator")
        .filter(ref=payment_ref, provider="test")
        .exclude(provider_ref="")
        .first()
    )
    if payment is None or not settings.ALLOW_TEST_PAYMENTS:
        raise Http404("There is no such test payment.")
    return payment


def _decide(request: HttpRequest, charge: TestCharge) -> HttpResponse:
    decide = _DECISIONS.get(request.POST.get("decision", ""))
    if decide is not None:
        try:
            decide(request.POST, charge)
        except charges.AlreadyDecided as refusal:
            # Pressed twice, or cancelled by the shop meanwhile: what was decided first is what the shop will hear.
            logger.info("Test charge %s stays as it is: %s", charge.ref, refusal.code)
        else:
            _tell_soon(charge)
    # Anything else is "go back without paying". 303: the browser shall GET, whatever it sent here.
    answer = HttpResponse(status=303)
    is_asked = charge.state == ChargeState.CHALLENGED and decide is not None
    answer["Location"] = request.path if is_asked else charge.return_url
    return answer


def _approve(said: QueryDict, charge: TestCharge) -> None:
    card = cards.card_of(said.get("card", ""))
    if cards.is_admitted(charge=charge, card=card):
        if card.asks:
            charges.challenge(charge=charge, card=card.name)
        else:
            charges.approve(charge=charge, card=card.name, is_taken=card.is_taken_at_once)


def _approve_late(said: QueryDict, charge: TestCharge) -> None:
    card = cards.card_of(said.get("card", ""))
    if cards.is_admitted(charge=charge, card=card):
        charges.approve_late(charge=charge, card=card.name, is_taken=card.is_taken_at_once)


def _decline(said: QueryDict, charge: TestCharge) -> None:
    # A declined card is never asked about: the bank said no first.
    charges.decline(charge=charge, reason=charges.REASONS.get(said.get("reason", ""), charges.DECLINED_WITH))


def _confirm(said: QueryDict, charge: TestCharge) -> None:
    # Asked again: while the bank was asking, the hold may have ended otherwise.
    if cards.is_admitted(charge=charge, card=cards.card_of(charge.card)):
        charges.approve(charge=charge)


def _refuse(said: QueryDict, charge: TestCharge) -> None:
    charges.decline(charge=charge, reason=charges.NOT_CONFIRMED)


def _tell_soon(charge: TestCharge) -> None:
    try:
        tasks.send_webhook.delay(charge_id=charge.pk)
    except OperationalError:
        # The periodic task sends it later, and the way back makes the shop ask by itself.
        logger.info("Webhook of %s waits: the broker does not answer", charge.ref)


def _page(request: HttpRequest, payment: Payment, charge: TestCharge) -> HttpResponse:
    now = database_now()
    hold = payment.hold
    state = charge.state_at(now)
    context = {
        "amount": format_minor(charge.amount_minor, charge.currency),
        "title": hold.terms["title"],
        "creator": hold.drop_sku.drop.creator.name,
        "reference": payment.ref[:8].upper(),
        "is_open": state == ChargeState.PENDING,
        "is_asked": state == ChargeState.CHALLENGED,
        "reasons": charges.REASONS,
        "is_hold_live": hold.state_at(now) in LIVE_STATES,
        "state": state.label,
        "reason": charge.reason,
        "cards": cards.CARDS,
        "return_url": charge.return_url,
    }
    return render(request, "testpay/pay.html", context)


def _framed_by_creator(answer: HttpResponse, payment: Payment) -> HttpResponse:
    origins = map(normalise_origin, payment.hold.drop_sku.drop.creator.allowed_origins)
    answer._csp_replace = {"frame-ancestors": ["'self'", *filter(None, origins)]}  # type: ignore[attr-defined]
    answer.xframe_options_exempt = True
    answer["Cache-Control"] = "no-store, private"
    answer["X-Robots-Tag"] = "noindex"
    return answer


_DECISIONS: dict[str, Callable[[QueryDict, TestCharge], None]] = {
    "approve": _approve,
    "approve_late": _approve_late,
    "decline": _decline,
    "confirm": _confirm,
    "refuse": _refuse,
}
