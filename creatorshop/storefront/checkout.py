"""
The checkout sheet of one hold: pay, ask for more time, or let it go.

The hold's 128-bit ref is the capability. No cookie and no login is looked at, here or in the forms: there is no ambient
authority that another site could borrow, so the views are exempt from CSRF tokens. That is what lets the sheet work
inside a frame on the creator's own pages, where browsers send no cookies of ours.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from creatorshop.storefront.framing import allow_frames, keep_private
from creatorshop.storefront.refusals import found_or_404
from creatorshop.storefront.sheets import CheckoutSheet, checkout_sheet, hold_of_ref
from drops.clock import database_now
from drops.errors import ShopError, Unreachable
from drops.sales.access import order_access
from drops.sales.checkout import Contact, start_payment
from drops.sales.holding import extend_hold, release_hold
from drops.sales.models import Order, Payment, PaymentState
from drops.sales.payment import payment_providers
from drops.sales.settling import refresh_payment
from drops.stock.models import Hold

PATIENCE_SECONDS = 3
_ADDRESS = ("street", "city", "postcode")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def checkout(request: HttpRequest, hold_ref: str) -> HttpResponse:
    """Show what is true of a hold, or do what its owner asks."""
    hold = hold_of_ref(hold_ref)
    if request.method == "POST":
        response = _DEEDS.get(request.POST.get("do", "pay"), _pay)(request, hold)
    else:
        response = _look(request, hold)
    return keep_private(allow_frames(response, hold.drop_sku.drop.creator))


def order_url(order: Order) -> str:
    """Return the address of an order's page."""
    return reverse("order", args=[order.ref, order_access(order.ref)])


def _look(request: HttpRequest, hold: Hold) -> HttpResponse:
    is_back = "back" in request.GET
    # One that was declined, too: at some providers another card may have paid it since.
    may_be_paid = [PaymentState.STARTED, PaymentState.FAILED]
    running = Payment.objects.filter(hold=hold, state__in=may_be_paid).order_by("-number", "pk").first()
    if is_back and running is not None:
        # The return address may be faster than the webhook; both end in the same function.
        try:
            refresh_payment(payment_ref=running.ref)
        except Unreachable:
            pass  # the page says that it waits, and asks again
        hold = hold_of_ref(hold.ref)
    order = Order.objects.filter(hold=hold).order_by("pk").first()
    if order is not None:
        return redirect(order_url(order))
    sheet = checkout_sheet(hold=hold, now=database_now(), is_back=is_back)
    response = _sheet(request, sheet)
    if sheet.is_waiting:
        response["Refresh"] = str(PATIENCE_SECONDS)
    return response


def _pay(request: HttpRequest, hold: Hold) -> HttpResponse:
    values = _typed(request)
    address = {}
    if hold.delivery_method != "pickup":
        address = {name: values[name] for name in _ADDRESS} | {"country": hold.terms["destination"]["country"]}
    provider = next(iter(payment_providers()))
    try:
        _, url = start_payment(
            hold_ref=hold.ref,
            provider=provider,
            contact=Contact(name=values["name"], email=values["email"], address=address, phone=values["phone"]),
            return_url=f"{settings.SHOP_URL}{reverse('checkout', args=[hold.ref])}?back=1",
        )
    except ShopError as refusal:
        return _refused(request, hold, refusal, values)
    return redirect(url)


def _extend(request: HttpRequest, hold: Hold) -> HttpResponse:
    try:
        extend_hold(hold_ref=hold.ref, shopper=hold.shopper)
    except ShopError as refusal:
        return _refused(request, hold, refusal, _typed(request))
    # Answered without a redirect, so that what was typed so far stays. Sending it again is refused by name.
    sheet = checkout_sheet(hold=hold_of_ref(hold.ref), now=database_now(), is_back=False, values=_typed(request))
    return _sheet(request, sheet)


def _release(request: HttpRequest, hold: Hold) -> HttpResponse:
    try:
        release_hold(hold_ref=hold.ref, shopper=hold.shopper)
    except ShopError as refusal:
        return _refused(request, hold, refusal, _typed(request))
    return redirect("checkout", hold_ref=hold.ref)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip()[:200] for name in ("name", "email", "phone", *_ADDRESS)}


def _refused(request: HttpRequest, hold: Hold, refusal: ShopError, values: dict[str, str]) -> HttpResponse:
    sheet = checkout_sheet(
        hold=hold_of_ref(hold.ref), now=database_now(), is_back=False, values=values, refusal=refusal
    )
    return _sheet(request, sheet, status=refusal.status)


def _sheet(request: HttpRequest, sheet: CheckoutSheet, status: int = 200) -> HttpResponse:
    return render(request, "storefront/checkout.html", {"sheet": sheet, "head": sheet.head}, status=status)


_DEEDS = {"pay": _pay, "extend": _extend, "release": _release}
