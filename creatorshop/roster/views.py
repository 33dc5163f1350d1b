from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from creatorshop.roster.devices import ended, for_device, forget, remember
from creatorshop.roster.forms import EnterForm, HandOverForm, PhotoForm, UndoForm, asked_day, asked_slot, insist_on
from creatorshop.roster.photos import code_in_photo
from drops.clock import database_now
from drops.errors import ShopError
from pickups import handover, roster, rows
from pickups.models import Pickup, RosterDevice
from pickups.windows import day_text


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Show a link's button; only pressing it lets the telephone in."""
    now = database_now()
    try:
        if request.method != "POST":
            link = roster.link_of(token=token, now=now)
            until = day_text(day=link.expires_at.astimezone(link.location.zone).date())
            return render(request, "roster/enter.html", {"link": link, "until": until, "form": EnterForm()})
        form = EnterForm(request.POST)
        label = form.cleaned_data["name"] if form.is_valid() else ""
        device, secret = roster.let_in(token=token, label=label, now=now)
    except roster.LinkEnded as refusal:
        return ended(request, refusal.message, status=404)
    response = HttpResponseRedirect(reverse("roster"))
    remember(response, request=request, device=device, secret=secret, now=now)
    return response


@require_GET
@for_device
def show_day(request: HttpRequest, device: RosterDevice, now: datetime) -> HttpResponse:
    """Show a slot's rows, or to one who only scans its counts and what this telephone handed over."""
    day = rows.day_of(device=device, now=now, day=asked_day(request.GET), slot_ref=asked_slot(request.GET))
    slot_ref = day.chosen.ref if day.chosen else ""
    show = rows.rows_of if device.is_supervisor else rows.own_rows_of
    shown = show(device=device, slot_ref=slot_ref, now=now) if slot_ref else []
    return _page(request, device, {"day": day, "rows": shown})


@require_POST
@for_device
def hand_over(request: HttpRequest, device: RosterDevice, now: datetime) -> HttpResponse:
    """Hand over what a row or a code names."""
    try:
        form = HandOverForm(request.POST)
        insist_on(form)
        ref = form.cleaned_data["pickup"] or _ref_of(device, form.cleaned_data["code"], now)
        moved = handover.hand_over(
            device=device, pickup_ref=ref, nonce=form.cleaned_data["nonce"], now=now, happened_at=form.happened()
        )
    except ShopError as refusal:
        return _refused(request, refusal)
    return _handed_over(request, device, moved, now)


@require_POST
@for_device
def hand_over_photo(request: HttpRequest, device: RosterDevice, now: datetime) -> HttpResponse:
    """Hand over what the code in a photograph names."""
    try:
        form = PhotoForm(request.POST, request.FILES)
        insist_on(form)
        photo = form.cleaned_data["photo"]
        ref = _ref_of(device, code_in_photo(photo=photo, size=photo.size), now)
        moved = handover.hand_over(device=device, pickup_ref=ref, nonce=form.cleaned_data["nonce"], now=now)
    except ShopError as refusal:
        return _refused(request, refusal)
    return _handed_over(request, device, moved, now)


@require_POST
@for_device
def undo(request: HttpRequest, device: RosterDevice, now: datetime) -> HttpResponse:
    """Take the last hand-over of a row back."""
    try:
        form = UndoForm(request.POST)
        insist_on(form)
        moved = handover.undo(
            device=device, pickup_ref=form.cleaned_data["pickup"], nonce=form.cleaned_data["nonce"], now=now
        )
    except ShopError as refusal:
        return _refused(request, refusal)
    messages.info(request, f"Taken back: {_what(device, moved.pickup, now)}", extra_tags="undone")
    return _to_slot(moved.pickup)


@require_POST
@for_device
def find(request: HttpRequest, device: RosterDevice, now: datetime) -> HttpResponse:
    """Show the rows of a name. By POST, so that no name is left in an address or a log."""
    day = rows.day_of(device=device, now=now)
    try:
        found = rows.search_rows(device=device, name=request.POST.get("name", ""), now=now)
    except ShopError as refusal:
        return _refused(request, refusal)
    return _page(request, device, {"day": day, "rows": found, "is_search": True})


@require_POST
@for_device
def leave(request: HttpRequest, device: RosterDevice, now: datetime) -> HttpResponse:
    """Sign this telephone out."""
    roster.leave(device=device, now=now)
    response = ended(request, "This phone is signed out. To come back, open the link again.", status=200)
    forget(response)
    return response


def _page(request: HttpRequest, device: RosterDevice, content: dict[str, Any]) -> HttpResponse:
    return render(request, "roster/day.html", {"device": device, "nonce": secrets.token_hex(8), **content})


def _ref_of(device: RosterDevice, typed: str, now: datetime) -> str:
    return handover.find_pickup(device=device, typed=typed, now=now).ref


def _handed_over(request: HttpRequest, device: RosterDevice, moved: handover.Moved, now: datetime) -> HttpResponse:
    again = " (noted before)" if moved.is_repeat else ""
    messages.success(request, f"Handed over: {_what(device, moved.pickup, now)}{again}", extra_tags="done")
    return _to_slot(moved.pickup)


def _what(device: RosterDevice, pickup: Pickup, now: datetime) -> str:
    row = rows.row_of(device=device, pickup_ref=pickup.ref, now=now)
    return f"{row.name} · {row.items}" if row else pickup.short_code


def _refused(request: HttpRequest, refusal: ShopError) -> HttpResponse:
    messages.error(request, refusal.message, extra_tags="refused")
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Return the slot that was looked at, so that a refusal loses nobody their place."""
    slot_ref = asked_slot(request.POST)
    return f"{reverse('roster')}?slot={slot_ref}" if slot_ref else reverse("roster")


def _to_slot(pickup: Pickup) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('roster')}?slot={pickup.slot.ref}")
