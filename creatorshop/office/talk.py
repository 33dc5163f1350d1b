"""
One conversation: what is said, live; what the assistant knows; and what a person can do in it.

The page asks for news every two seconds. What it gets is what it was made of, so that both always look alike; forms work
without it as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format

from creatorshop.chat import humans, threads, transcripts
from creatorshop.chat.engine.facts import Facts
from creatorshop.chat.engine.states import State, read_state
from creatorshop.chat.facts import facts_of
from creatorshop.chat.models import Thread
from creatorshop.office.knowledge import known_of
from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.scope import ScopedAdmin
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import Invalid, ShopError

SHOWN = 400  # revisions of messages; who wants more reads the log
# What else than words a message is; of the others the words say it all.
KINDS = {
    "card": "card",
    "carousel": "cards",
    "slot_picker": "pickup times",
    "form": "form",
    "quote": "price",
    "hold": "hold",
    "checkout": "checkout",
    "receipt": "receipt",
}
FRESH = {"Cache-Control": "no-store"}


def talk_page(
    request: HttpRequest, object_id: str, admin: ScopedAdmin, *, typed: str = "", status: int = 200
) -> HttpResponse:
    """Show a conversation. After a refusal `typed` keeps what was written."""
    thread: Thread = row_or_404(admin, request, object_id)
    stands = threads.stands_of(thread_id=thread.pk)
    thread.refresh_from_db(fields=["state", "seq"])
    state, facts = _seen(thread)
    return office_page(
        request,
        admin,
        "admin/office/talk.html",
        title=f"Conversation with {thread.shopper}",
        thread=thread,
        seq=stands.seq,
        said=[_shown(message) for message in transcripts.conversation_of(thread_id=thread.pk, revisions=SHOWN)],
        products=facts.products,
        variants=[variant for variant in facts.variants() if variant.is_free],
        known=known_of(thread=thread, state=state, facts=facts),
        longest=humans.LONGEST_TEXT,
        typed=typed,
        forms=_new_forms(),
        status=status,
        **_speaking(request, state, stands.now),
    )


def news(request: HttpRequest, object_id: str, admin: ScopedAdmin) -> HttpResponse:
    """Return what was said after a number, and how things stand, as pieces of the page."""
    thread: Thread = row_or_404(admin, request, object_id)
    since = request.GET.get("since", "")
    if not (since.isascii() and since.isdecimal() and len(since) <= 18):
        return JsonResponse({"code": "invalid", "message": "Since which number?"}, status=422, headers=FRESH)
    stands = threads.stands_of(thread_id=thread.pk)
    thread.refresh_from_db(fields=["state"])
    speaking = _speaking(request, read_state(thread.state), stands.now)
    heard: dict[str, Any] = {
        "seq": stands.seq,
        "messages": [],
        "key": speaking["key"],
        "is_mine": speaking["is_mine"],
        "speaking": render_to_string(
            "admin/office/_speaking.html", {**speaking, "thread": thread, "forms": _new_forms()}, request
        ),
    }
    if stands.seq != int(since):
        said = threads.messages_since(thread_id=thread.pk, seq=int(since))
        heard["messages"] = [
            {"id": message["id"], "html": render_to_string("admin/office/_said.html", {"message": _shown(message)})}
            for message in said
        ]
        state, facts = _seen(thread)
        known = known_of(thread=thread, state=state, facts=facts)
        heard["known"] = render_to_string("admin/office/_known.html", {"known": known})
    return JsonResponse(heard, headers=FRESH)


def do(request: HttpRequest, object_id: str, admin: ScopedAdmin) -> HttpResponse:
    """Do what a form of the page asks for; a script is answered in JSON, and gets the number of its next form."""
    thread: Thread = row_or_404(admin, request, object_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    here = HttpResponseRedirect(reverse("admin:office_talk", args=[thread.pk]))
    if refuse_unless_may(request, Work.ORDERS, thread.creator_id):
        return here
    is_script = request.headers.get("Accept", "") == "application/json"
    try:
        deed = DEEDS.get(request.POST.get("deed", ""))
        if deed is None:
            raise Invalid("This page is too old. Please load it again.")
        deed(request, {"thread_id": thread.pk, "form": _form_of(request), "who": str(request.user.pk)})
    except ShopError as refusal:
        words = _words_of(refusal)
        if is_script:
            return JsonResponse(
                {"code": refusal.code, "message": words, "form": uuid4()}, status=refusal.status, headers=FRESH
            )
        messages.error(request, words)
        return talk_page(request, object_id, admin, typed=request.POST.get("text", ""), status=refusal.status)
    return JsonResponse({"form": uuid4()}, headers=FRESH) if is_script else here


def _take(request: HttpRequest, to: dict[str, Any]) -> None:
    humans.take_over(**to, seen=request.POST.get("seen", ""))


def _back(_request: HttpRequest, to: dict[str, Any]) -> None:
    humans.hand_back(**to)


def _excuse(_request: HttpRequest, to: dict[str, Any]) -> None:
    humans.excuse(**to)


def _say(request: HttpRequest, to: dict[str, Any]) -> None:
    humans.say(**to, text=request.POST.get("text", ""))


def _show(request: HttpRequest, to: dict[str, Any]) -> None:
    humans.show(**to, handle=request.POST.get("handle", ""))


def _quote(request: HttpRequest, to: dict[str, Any]) -> None:
    typed = request.POST.get("quantity", "")
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 3):
        raise Invalid(f"{typed[:20]!r} is not a number of units.")
    humans.quote(**to, sku=request.POST.get("sku", ""), quantity=int(typed))


def _hold(request: HttpRequest, to: dict[str, Any]) -> None:
    humans.hold(**to, actor=f"office:{request.user}")


DEEDS: dict[str, Callable[[HttpRequest, dict[str, Any]], None]] = {
    "take": _take,
    "back": _back,
    "excuse": _excuse,
    "say": _say,
    "show": _show,
    "quote": _quote,
    "hold": _hold,
}


def _new_forms() -> dict[str, str]:
    """Return a number for each form of the page: one that is sent twice is taken in once."""
    return {deed: str(uuid4()) for deed in DEEDS}


def _form_of(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("form", ""))
    except ValueError:
        raise Invalid("This page is too old. Please load it again.") from None


def _words_of(refusal: ShopError) -> str:
    """Return a refusal's sentence, with the name of whoever speaks instead."""
    who, since = refusal.facts.get("who"), refusal.facts.get("since")
    if who is None:
        return refusal.message
    at = date_format(timezone.localtime(since), "TIME_FORMAT")  # type: ignore[arg-type]
    return f"{_name_of(str(who))} took over at {at}. {refusal.message}"


def _seen(thread: Thread) -> tuple[State, Facts]:
    state = read_state(thread.state)
    return state, facts_of(thread=thread, state=state, wanted_drop="", now=database_now())


def _speaking(request: HttpRequest, state: State, now: datetime) -> dict[str, Any]:
    """Return who speaks, and a key that changes when that does."""
    human = state.human_at(now)
    return {
        "human": human,
        "human_name": _name_of(human.who) if human else "",
        "is_mine": human is not None and human.who == str(request.user.pk),
        "wanted": state.wanted,
        "key": "|".join(
            str(part)
            for part in (
                human.who if human else "",
                human.heard_at if human else "",
                state.wanted.at if state.wanted else "",
            )
        ),
    }


def _name_of(who: str) -> str:
    user = get_user_model().objects.filter(pk=int(who)).first() if who.isdecimal() else None
    return (user.get_full_name() or user.get_username()) if user else "Somebody who is gone"


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as the office shows it: who says it, when, and its words, buttons included."""
    by = message["by"]
    text = message["body"]["text"] if message["type"] == "text" else message["fallback_text"].removeprefix(f"{by}: ")
    speakers = {"shopper": "Shopper", "bot": "Assistant", "shop": "Shop"}
    return {
        "id": message["id"],
        "from": message["from"],
        "by": by or speakers[message["from"]],
        "at": timezone.localtime(parse_datetime(message["at"])),
        "kind": KINDS.get(message["type"], ""),
        "text": text,
    }
