"""
The page for whoever lost the link of an order. It asks the database nothing and always says the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from kombu.exceptions import OperationalError

from creatorshop.storefront import lookups
from creatorshop.storefront.framing import keep_private
from creatorshop.storefront.tasks import mail_order_link
from creatorshop.visitors import network_of_visitor
from drops.errors import ShopError


@dataclass(frozen=True)
class LookupPage:
    number: str = ""
    email: str = ""
    number_error: str = ""
    email_error: str = ""
    refusal: str = ""
    is_taken: bool = False  # the wish, whatever will come of it


@require_http_methods(["GET", "HEAD", "POST"])
def lookup(request: HttpRequest) -> HttpResponse:
    """Ask for an order's number and mailbox, or take in what was typed. To look sends nothing."""
    if request.method != "POST":
        return _page(request, LookupPage(number=request.GET.get("number", "")[:20]))
    number, email = request.POST.get("number", "")[:40].strip(), request.POST.get("email", "")[:254].strip()
    try:
        ref, mailbox = lookups.checked_wish(number=number, email=email)
        lookups.refuse_too_many(network=network_of_visitor(request), email=mailbox)
        _send(ref, mailbox)
    except lookups.NumberUnreadable as refusal:
        return _page(request, LookupPage(number, email, number_error=refusal.message), refusal.status)
    except lookups.AddressUnreadable as refusal:
        return _page(request, LookupPage(number, email, email_error=refusal.message), refusal.status)
    except ShopError as refusal:
        response = _page(request, LookupPage(number, email, refusal=refusal.message), refusal.status)
        if "wait_s" in refusal.facts:
            response["Retry-After"] = str(refusal.facts["wait_s"])
        return response
    return _page(request, LookupPage(is_taken=True))


def _send(ref: str, email: str) -> None:
    """
    Hand a wish to a worker.

    :raises PostUnreachable: if none can be reached; nothing was sent then.
    """
    try:
        # A wish that waited for a day is not what somebody is waiting for.
        mail_order_link.apply_async(kwargs={"ref": ref, "email": email}, expires=24 * 3600)
    except OperationalError as error:
        raise lookups.PostUnreachable("We could not send anything just now. Please try again in a moment.") from error


def _page(request: HttpRequest, page: LookupPage, status: int = 200) -> HttpResponse:
    return keep_private(render(request, "storefront/lookup.html", {"page": page}, status=status))
