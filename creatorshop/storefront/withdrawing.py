"""
The page to withdraw from a contract on, without a login and without the order's link: two steps, no reason, and always the
same answer, as the page for lost links has it (lookup.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from kombu.exceptions import OperationalError

from creatorshop.storefront import lookups, withdrawals
from creatorshop.storefront.framing import keep_private
from creatorshop.storefront.tasks import withdraw_order
from creatorshop.visitors import network_of_visitor
from drops.clock import database_now
from drops.errors import ShopError


@dataclass(frozen=True)
class WithdrawPage:
    step: str = "ask"  # then "confirm" and "taken"
    number: str = ""
    name: str = ""
    email: str = ""
    number_error: str = ""
    email_error: str = ""
    refusal: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    """Ask which contract, say what is about to be declared, and take it in. To look declares nothing."""
    if request.method != "POST":
        return _page(request, WithdrawPage(number=request.GET.get("number", "")[:20]))
    page = WithdrawPage(
        number=request.POST.get("number", "")[:40].strip(),
        name=" ".join(request.POST.get("name", "").split())[:120],
        email=request.POST.get("email", "")[:254].strip(),
    )
    deed = request.POST.get("do", "")
    if deed == "change":
        return _page(request, page)
    try:
        ref, mailbox = lookups.checked_wish(number=page.number, email=page.email)
        if deed != "confirm":
            return _page(request, replace(page, step="confirm", number=ref, email=mailbox))
        withdrawals.refuse_too_many(network=network_of_visitor(request))
        _send(ref, mailbox, page.name)
    except lookups.NumberUnreadable as refusal:
        return _page(request, replace(page, number_error=refusal.message), refusal.status)
    except lookups.AddressUnreadable as refusal:
        return _page(request, replace(page, email_error=refusal.message), refusal.status)
    except ShopError as refusal:
        response = _page(request, replace(page, step="confirm", refusal=refusal.message), refusal.status)
        if "wait_s" in refusal.facts:
            response["Retry-After"] = str(refusal.facts["wait_s"])
        return response
    return _page(request, WithdrawPage(step="taken"))


def _send(ref: str, email: str, name: str) -> None:
    """
    Hand a statement to a worker, with the time at which it was made: that counts, whenever it is carried out.

    :raises PostUnreachable: if none can be reached; nothing was declared then.
    """
    statement = {"ref": ref, "email": email, "name": name, "declared_at": database_now().isoformat()}
    try:
        withdraw_order.apply_async(kwargs=statement)
    except OperationalError as error:
        raise lookups.PostUnreachable(
            "We could not take it in just now, so nothing was declared. Please try again in a moment, or write to whom "
            "you bought from."
        ) from error


def _page(request: HttpRequest, page: WithdrawPage, status: int = 200) -> HttpResponse:
    return keep_private(render(request, "storefront/withdraw.html", {"page": page}, status=status))
