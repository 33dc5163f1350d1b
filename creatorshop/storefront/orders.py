"""
The page of a paid order: receipt, pickup pass or parcel, and what may follow it. Whoever holds its address may see it, and
choose there; to look at it changes nothing.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from creatorshop.documents.printing import file_name_of, pdf_of
from creatorshop.storefront import follow_ons
from creatorshop.storefront.follow_ons import FollowOns, follow_ons_of
from creatorshop.storefront.framing import allow_frames, keep_private, lend
from creatorshop.storefront.passes import calendar_of, qr_svg
from creatorshop.storefront.refusals import found_or_404
from creatorshop.storefront.tickets import OrderPage, order_page
from drops.clock import database_now
from drops.documents.issuing import document_of_order, issue_for_order
from drops.documents.models import Document
from drops.errors import ShopError
from drops.sales.access import is_order_access
from drops.sales.models import Order
from drops.sales.orders import OrderNotFound, order_of
from pickups.queries import Pass, pass_of


@require_safe
@found_or_404
def order(request: HttpRequest, ref: str, access: str) -> HttpResponse:
    """Show an order."""
    found, now = order_behind(ref, access), database_now()
    page = order_page(order=found, now=now)
    return show_order(request, page, follow_ons_of(order=found, now=now, said=request.GET.get("did", "")), found)


@csrf_exempt
@require_POST
@found_or_404
def order_follow(request: HttpRequest, ref: str, access: str) -> HttpResponse:
    """Do what was chosen after an order, or undo it."""
    found, now = order_behind(ref, access), database_now()
    try:
        return keep_private(follow_ons.do(request, found, now))
    except ShopError as refusal:
        email = request.POST.get("email", "")[:254]
        again = follow_ons_of(order=found, now=now, email=email, refusal=refusal.message)
        return show_order(request, order_page(order=found, now=now), again, found, status=refusal.status)


@require_safe
@found_or_404
def order_qr(request: HttpRequest, ref: str, access: str) -> HttpResponse:
    """Draw the pickup pass's QR code; the widget shows it on any page."""
    _, proof = _pass(ref, access)
    return lend(keep_private(HttpResponse(qr_svg(proof.qr), content_type="image/svg+xml")))


@require_safe
@found_or_404
def order_calendar(request: HttpRequest, ref: str, access: str) -> HttpResponse:
    """Hand out the pickup as a calendar entry."""
    found, proof = _pass(ref, access)
    body = calendar_of(order=found, proof=proof, now=database_now(), url=request.build_absolute_uri())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="pickup-{found.ref}.ics"'
    return keep_private(response)


@require_safe
@found_or_404
def order_receipt(request: HttpRequest, ref: str, access: str) -> HttpResponse:
    """Hand out the invoice of an order, or its receipt. Who asks before the sweep has it issued now, once."""
    return _pdf(issue_for_order(order_id=order_behind(ref, access).pk))


@require_safe
@found_or_404
def order_document(request: HttpRequest, ref: str, access: str, reference: str) -> HttpResponse:
    """Hand out one of an order's documents by its number, like a credit note."""
    return _pdf(document_of_order(order_id=order_behind(ref, access).pk, reference=reference))


def show_order(
    request: HttpRequest, page: OrderPage, follow: FollowOns | None, order: Order, *, status: int = 200
) -> HttpResponse:
    """Answer with an order's page, and what may follow the order."""
    context = {"page": page, "head": page.head, "follow": follow}
    response = render(request, "storefront/order.html", context, status=status)
    return keep_private(allow_frames(response, order.creator))


def _pdf(document: Document) -> HttpResponse:
    response = HttpResponse(bytes(pdf_of(document).content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{file_name_of(document)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return keep_private(response)


def order_behind(ref: str, access: str) -> Order:
    """
    Return the order of a page's address.

    :raises OrderNotFound: if there is none, or the secret part is not its own.
    """
    if not is_order_access(ref, access):
        # The number from the address, so that its owner need not type it again. It says nothing of whether there is one.
        raise OrderNotFound("There is no such order.", ref=ref)
    return order_of(ref=ref)


def _pass(ref: str, access: str) -> tuple[Order, Pass]:
    found = order_behind(ref, access)
    proof = pass_of(order=found)
    if proof is None:
        raise OrderNotFound("This order has no pickup pass.")
    return found, proof
