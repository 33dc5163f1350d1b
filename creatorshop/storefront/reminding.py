"""
"Tell me when it opens": the page that asks where, the browser's own way, and the two links that a mail carries.

To look at a page does nothing: mail programs open links before people do, so every deed is a POST.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from creatorshop.storefront import wording
from creatorshop.storefront.framing import keep_private
from creatorshop.storefront.heads import Head, head_of
from creatorshop.storefront.refusals import found_or_404
from creatorshop.storefront.sessions import Begun, begin_session, keep_session, shopper_of
from creatorshop.storefront.states import DropNotice, notice_of
from creatorshop.visitors import address_of
from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import Invalid, NotFound, ShopError
from drops.reminders import asking, links, stopping
from drops.reminders.asking import Asker
from drops.reminders.models import Channel, Reminder
from drops.reminders.push import push_key
from drops.schedule.models import Drop, DropState

CONSENT = (
    "Tell me when it opens. At most two messages about this drop: one before it opens and one when it does, none between "
    "20:00 and 9:00 where you are. One tap stops them."
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_LONGEST_BODY = 4096


class NoSuchDrop(NotFound):
    code = "drop_not_found"


class Unreadable(Invalid):
    code = "invalid"


@dataclass(frozen=True)
class RemindPage:
    """What the page shows: where one may be told, what was asked for already, and what came of the last deed."""

    head: Head
    notice: DropNotice
    title: str
    ref: str
    capsule: str
    opens: str
    step: str  # "ask", "asked", "stopped", "late"
    push_key: str
    channels: list[str]  # on which they will be told
    consent: str = CONSENT
    thread: str = ""  # the token of the thread that led here
    email: str = ""
    refusal: str = ""
    is_push_denied: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def remind(request: HttpRequest, ref: str) -> HttpResponse:
    """Show where one may be told, or take an e-mail address; or stop what this browser asked for."""
    drop = _drop(ref)
    shopper, begun = _shopper_of(request, drop, request.POST if request.method == "POST" else request.GET), None
    if request.method != "POST":
        return _page(request, drop, shopper, "ask")
    now = database_now()
    if request.POST.get("do") == "stop":
        if shopper is not None:
            stopping.stop_all_of(shopper=shopper, drop=drop, now=now)
        return _page(request, drop, shopper, "stopped")
    if shopper is None:
        begun = begin_session(request, drop.creator)
        shopper = begun.shopper
    email = request.POST.get("email", "").strip()[:254]
    asker = _asker(request, shopper, begun, zone=request.POST.get("zone", ""))
    try:
        asking.ask_by_mail(drop=drop, asker=asker, email=email, now=now)
        answer = _page(request, drop, shopper, "asked", email=email)
    except ShopError as refusal:
        answer = _page(request, drop, shopper, "ask", email=email, refusal=refusal)
    if begun is not None:
        keep_session(answer, request, begun)
    return answer


@require_POST
@found_or_404
def subscribe(request: HttpRequest, ref: str) -> HttpResponse:
    """Take in a browser that wants to be told; its script sends what its push service gave it."""
    drop = _drop(ref)
    begun = None
    try:
        said = _read(request)
        shopper = _shopper_of(request, drop, said)
        if shopper is None:
            begun = begin_session(request, drop.creator)
            shopper = begun.shopper
        asker = _asker(request, shopper, begun, zone=_text(said, "zone"))
        keys = said.get("keys")
        asking.ask_by_push(
            drop=drop,
            asker=asker,
            endpoint=_text(said, "endpoint"),
            keys=keys if isinstance(keys, dict) else {},
            now=database_now(),
        )
        answer = JsonResponse({"told": True}, status=201)
    except ShopError as refusal:
        answer = JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
    if begun is not None:
        keep_session(answer, request, begun)
    return keep_private(answer)


@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask a mailbox's owner whether it was them, and take in their yes."""
    reminder = links.reminder_to_confirm(token)
    step, refusal = "confirmed" if reminder.is_live else "confirm", ""
    if request.method == "POST":
        try:
            asking.confirm(reminder=reminder, now=database_now())
            step = "confirmed"
        except ShopError as no:
            step, refusal = "late", no.message
    return _answer(request, reminder, step, token, refusal)


# Mail programs send this POST by themselves, without a page of ours before it (RFC 8058): the token is the proof.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to stop, and stop."""
    reminder = links.reminder_to_stop(token)
    if request.method == "POST":
        stopping.stop(reminder=reminder, now=database_now())
    is_stopped = request.method == "POST" or reminder.stopped_at is not None
    return _answer(request, reminder, "stopped" if is_stopped else "stop", token)


def _drop(ref: str) -> Drop:
    drop = Drop.objects.visible().select_related("creator", "capsule").filter(ref=ref).first()
    if drop is None:
        raise NoSuchDrop("There is no such drop.")
    return drop


def _shopper_of(request: HttpRequest, drop: Drop, said: Any) -> Shopper | None:
    """Return whose thread led here, or else whose browser this is, if they are known at this creator's."""
    named = links.shopper_of_page(_text(said, "for"))
    if named is not None and named.creator_id == drop.creator_id:
        return named
    return shopper_of(request, drop.creator)


def _asker(request: HttpRequest, shopper: Shopper, begun: Begun | None, *, zone: str) -> Asker:
    locale = _LANGUAGE.match(request.headers.get("Accept-Language", "")) if begun else None
    return Asker(
        shopper=shopper,
        consent=CONSENT,
        time_zone=zone[:60],
        locale=locale[0] if locale else shopper.locale,
        address=address_of(request),
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > _LONGEST_BODY:
        raise Unreadable("This is longer than a subscription can be.")
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Unreadable("This cannot be read.") from None
    if not isinstance(said, dict):
        raise Unreadable("This cannot be read.")
    return said


def _text(said: Any, name: str) -> str:
    value = said.get(name, "")
    return value if isinstance(value, str) and "\x00" not in value else ""


def _page(
    request: HttpRequest,
    drop: Drop,
    shopper: Shopper | None,
    step: str,
    *,
    email: str = "",
    refusal: ShopError | None = None,
) -> HttpResponse:
    now = database_now()
    live = Reminder.objects.live().filter(drop=drop, shopper=shopper) if shopper else Reminder.objects.none()
    channels = [str(Channel(name).label) for name in live.order_by("channel").values_list("channel", flat=True)]
    page = RemindPage(
        head=head_of(drop.creator),
        notice=notice_of(drop=drop, now=now),
        title=drop.title,
        ref=drop.ref,
        capsule=drop.capsule.slug,
        opens=f"{wording.day_and_clock(drop.opens_at, drop.zone)} {wording.zone_name(drop.zone)}",
        step="late" if drop.state_at(now) != DropState.SCHEDULED and step != "stopped" else step,
        push_key=push_key(),
        channels=list(dict.fromkeys(channels)),
        thread=_text(request.POST or request.GET, "for"),
        email=email,
        refusal=refusal.message if refusal else "",
        is_push_denied=request.GET.get("push") == "no",
    )
    context = {"page": page, "head": page.head, "notice": page.notice}
    status = refusal.status if refusal else 200
    return keep_private(render(request, "storefront/remind.html", context, status=status))


def _answer(request: HttpRequest, reminder: Reminder, step: str, token: str, refusal: str = "") -> HttpResponse:
    drop = reminder.drop
    context = {
        "head": head_of(drop.creator),
        "notice": notice_of(drop=drop, now=database_now()),
        "drop": drop,
        "channel": reminder.channel,
        "opens": f"{wording.day_and_clock(drop.opens_at, drop.zone)} {wording.zone_name(drop.zone)}",
        "step": step,
        "token": token,
        "refusal": refusal,
    }
    status = 409 if refusal else 200
    return keep_private(render(request, "storefront/reminder.html", context, status=status))
