"""
The creator's letter: the page that asks where to, and the two links that its mails carry.

To look at a page does nothing: mail programs open links before people do, so every deed is a POST.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from creatorshop.doors import Knocks
from creatorshop.storefront.framing import keep_private
from creatorshop.storefront.heads import head_of
from creatorshop.storefront.refusals import found_or_404
from creatorshop.storefront.sessions import begin_session, keep_session, shopper_of
from creatorshop.visitors import address_of, network_of_visitor
from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.catalog.queries import creator_of_slug
from drops.clock import database_now
from drops.errors import Refused, ShopError
from drops.letters import links, stopping, subscribing
from drops.letters.models import Source
from drops.letters.promises import consent_of, how_often
from drops.letters.subscribing import Wish
from drops.reminders.contacts import usable_mail

_knocks = Knocks("letters")


class TooManyWishes(Refused):
    """A network asked for letters often enough; the facts say in how many seconds to come back."""

    status = 429
    code = "too_many_wishes"


# Without a token, so that the shop's page need not carry one to everybody who looks at it. Another site's form would come
# without our cookie, and do no more than its visitor's own hands could: have a mailbox asked, within the limits.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def letter(request: HttpRequest, creator: str) -> HttpResponse:
    """Show where one may ask for the letter, or take an e-mail address."""
    found = creator_of_slug(creator)
    if request.method != "POST":
        return _page(request, found, "ask")
    email, begun = request.POST.get("email", "").strip()[:254], None
    try:
        refuse_too_many(request)
        usable_mail(email)  # before anybody is remembered because of it
        shopper = shopper_of(request, found)
        if shopper is None:
            begun = begin_session(request, found)
            shopper = begun.shopper
        ask_for_letter(request, shopper=shopper, email=email, source=Source.SHOP)
    except ShopError as refusal:
        answer = _page(request, found, "ask", email=email, refusal=refusal)
    else:
        answer = _page(request, found, "asked", email=email)
    if begun is not None:
        keep_session(answer, request, begun)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask a mailbox's owner whether it was them, and take in their yes."""
    subscriber = links.subscriber_to_confirm(token)
    step, refusal = "confirmed" if subscriber.is_live else "confirm", None
    if request.method == "POST":
        try:
            subscribing.confirm(subscriber=subscriber, time_zone=request.POST.get("zone", "")[:60], now=database_now())
            step = "confirmed"
        except ShopError as no:
            step, refusal = "over", no
    return _page(request, subscriber.creator, step, refusal=refusal)


# Mail programs send this POST by themselves, without a page of ours before it (RFC 8058): the token is the proof.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to stop, and stop."""
    subscriber = links.subscriber_to_stop(token)
    if request.method == "POST":
        stopping.stop(subscriber=subscriber, now=database_now())
    is_stopped = request.method == "POST" or subscriber.stopped_at is not None
    return _page(request, subscriber.creator, "stopped" if is_stopped else "stop")


def refuse_too_many(request: HttpRequest) -> None:
    """
    Count a wish for its network.

    :raises TooManyWishes: if it had enough.
    """
    wait_s = _knocks.wait_of(f"network {network_of_visitor(request)}")
    if wait_s:
        raise TooManyWishes("That was asked often enough for now. Please try again in an hour.", wait_s=wait_s)


def ask_for_letter(request: HttpRequest, *, shopper: Shopper, email: str, source: Source) -> None:
    """
    Have a mailbox asked for somebody who read the words of `consent_of` on a page.

    :raises MailAddressUnusable: if that is no address, or a throw-away one.
    :raises TooManyQuestions: if the mailbox was asked often enough, or a network asks for too many.
    """
    wish = Wish(
        shopper=shopper,
        consent=consent_of(shopper.creator),
        source=source,
        time_zone=request.POST.get("zone", "")[:60],
        network=address_of(request),
    )
    subscribing.subscribe(wish=wish, email=email, now=database_now())


def _page(
    request: HttpRequest,
    creator: Creator,
    step: str,
    *,
    email: str = "",
    refusal: ShopError | None = None,
) -> HttpResponse:
    context = {
        "head": head_of(creator),
        "step": step,
        "promise": how_often(),
        "email": email,
        "refusal": refusal.message if refusal else "",
    }
    answer = render(request, "storefront/letter.html", context, status=refusal.status if refusal else 200)
    if refusal and "wait_s" in refusal.facts:
        answer["Retry-After"] = str(refusal.facts["wait_s"])
    return keep_private(answer)
