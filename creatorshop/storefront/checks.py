"""
The page on which somebody is asked for a code before they may hold: it sends one by e-mail, and takes it back.

The link names the shopper and is signed; the page is shown in no frame, so what is typed here is typed to us.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from creatorshop.storefront.framing import keep_private
from creatorshop.storefront.heads import Head, head_of
from creatorshop.storefront.refusals import found_or_404
from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import ShopError, Unreachable
from drops.risk import step_ups

logger = logging.getLogger(__name__)


class MailUnreachable(Unreachable):
    code = "mail_unreachable"


@dataclass(frozen=True)
class CheckPage:
    """What the page asks for next: an address, the code that was sent there, or nothing any more."""

    head: Head
    step: str  # "address", "code", "passed"
    email: str = ""
    refusal: str = ""
    minutes: int = int(step_ups.LASTS.total_seconds() // 60)
    hours: int = int(step_ups.OPENS_DOORS_FOR.total_seconds() // 3600)


@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is asked for, or do it. To look sends nothing."""
    shopper = step_ups.shopper_of_link(token)
    if request.method != "POST":
        is_passed = step_ups.is_passed(shopper=shopper, now=database_now())
        return _page(request, CheckPage(head_of(shopper.creator), "passed" if is_passed else "address"))
    deed = _take_back if request.POST.get("do") == "give_back" else _send
    return deed(request, shopper)


def _send(request: HttpRequest, shopper: Shopper) -> HttpResponse:
    email = request.POST.get("email", "").strip()[:254]
    head = head_of(shopper.creator)
    try:
        code = step_ups.begin(shopper=shopper, email=email, now=database_now())
        _mail(shopper, email, code)
    except ShopError as refusal:
        return _page(request, CheckPage(head, "address", email, refusal.message), refusal.status)
    return _page(request, CheckPage(head, "code", email))


def _take_back(request: HttpRequest, shopper: Shopper) -> HttpResponse:
    head, email = head_of(shopper.creator), request.POST.get("email", "").strip()[:254]
    try:
        step_ups.give_back(shopper=shopper, code=request.POST.get("code", "")[:20], now=database_now())
    except step_ups.CodeWrong as refusal:
        return _page(request, CheckPage(head, "code", email, refusal.message), refusal.status)
    except ShopError as refusal:
        return _page(request, CheckPage(head, "address", email, refusal.message), refusal.status)
    return _page(request, CheckPage(head, "passed"))


def _mail(shopper: Shopper, email: str, code: str) -> None:
    """
    Send a code.

    :raises MailUnreachable: if the mail server takes nothing; the code ends by itself.
    """
    facts = {"code": code, "shop": shopper.creator.name, "page": CheckPage(head_of(shopper.creator), "code")}
    try:
        send_mail(
            subject=f"{code} is your code for {shopper.creator.name}",
            message=render_to_string("storefront/check_mail.txt", facts),
            from_email=None,
            recipient_list=[email],
        )
    except OSError as error:
        # smtplib's errors and a dead network alike.
        logger.warning("Unable to send a code: %s", type(error).__name__)
        raise MailUnreachable("We could not send the code just now. Please try again in a moment.") from error


def _page(request: HttpRequest, page: CheckPage, status: int = 200) -> HttpResponse:
    response = render(request, "storefront/check.html", {"page": page, "head": page.head}, status=status)
    return keep_private(response)
