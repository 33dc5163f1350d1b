"""
One return: what comes back and why, where it stands, whose money waits for it, and what may be done about it.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.return_steps import BY_NAME, inspect_as_typed, steps_for
from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import ShopError
from drops.money import format_minor
from drops.payouts.releases import accrued_on, verdict_on, with_release_facts
from drops.returns.models import Disposition, Return, ReturnEvent, ReturnState
from drops.returns.owing import money_due_on
from drops.returns.refunding import is_payable
from drops.returns.steps import LONGEST_WORDS
from drops.sales.models import Order
from drops.sales.return_terms import has_right

INSPECT = "inspect"


def return_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Show a return, and take the step that its button asks for; a refusal shows the page again with all that was typed."""
    returned: Return = row_or_404(admin, request, object_id)
    if request.method == "POST":
        if _did(request, returned):
            return HttpResponseRedirect(request.path)
        returned = row_or_404(admin, request, object_id)  # as it stands by now
    order, scope = returned.order, scope_of(request)
    zone = ZoneInfo(order.creator.time_zone)
    steps = steps_for(returned=returned, scope=scope, creator_id=order.creator_id)
    may_inspect = returned.state == ReturnState.RECEIVED and scope.may(Work.PACK, order.creator_id)
    typed, kept = _typed(request.POST, [*(step.name for step in steps), *([INSPECT] if may_inspect else [])])
    may_go_back = is_payable(returned)
    keeps_books = scope.may(Work.MONEY, order.creator_id)
    return office_page(
        request,
        admin,
        "admin/office/return.html",
        title=str(returned),
        returned=returned,
        order=order,
        zone=zone,
        reads_words=scope.may(Work.ORDERS, order.creator_id),
        has_right=all(has_right(terms=order.terms, kind=line.kind) for line in returned.lines.all()),
        due_on=money_due_on(returned=returned),
        lines=_lines(returned, request.POST if typed.get("step") == INSPECT else None),
        history=[_told(event) for event in returned.events.order_by("at", "pk")],
        steps=steps,
        typed=typed,
        kept=kept,
        may_inspect=may_inspect,
        dispositions=Disposition.choices,
        may_refund=may_go_back and keeps_books,
        waits_for_books=may_go_back and not keeps_books,
        refund=returned.refund and format_minor(returned.refund.amount_minor, order.currency),
        held=_held(order, zone) if keeps_books else None,
        longest_words=LONGEST_WORDS,
        back=reverse("admin:drops_return_changelist"),
    )


def _did(request: HttpRequest, returned: Return) -> bool:
    """Take the step that was asked for, and tell whether it was done; say so either way."""
    name, actor, now = request.POST.get("step", ""), f"office:{request.user}", database_now()
    step = BY_NAME.get(name)
    if step is None and name != INSPECT:
        messages.error(request, "Nothing was changed: choose one of the buttons below.")
        return False
    if refuse_unless_may(request, step.work if step else Work.PACK, returned.order.creator_id):
        return False
    try:
        if step is None:
            said = inspect_as_typed(returned=returned, form=request.POST.dict(), actor=actor, now=now)
        else:
            step.take(returned, actor, now, request.POST.get("words", ""))
            said = f"{returned} {step.done}"
    except ShopError as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(request, said)
    return True


def _typed(form: QueryDict, names: list[str]) -> tuple[dict[str, str], str]:
    """Return which form was sent with which words; and the words alone where that form is no longer on the page."""
    name, words = form.get("step", ""), form.get("words", "").strip()
    return ({"step": name, "words": words}, "") if name in names else ({}, words)


def _lines(returned: Return, form: QueryDict | None) -> list[dict[str, Any]]:
    """Return the lines as the form shows them: as they were typed, or all fine and back on the shelf."""
    found = []
    for line in returned.lines.order_by("row"):
        counts = {"ok": str(line.quantity), "damaged": "0", "missing": "0", "disposition": str(Disposition.RESTOCK)}
        if form is not None:
            counts = {name: form.get(f"{name}-{line.pk}", value) for name, value in counts.items()}
        found.append({"row": line, "found": _as_found(line), **counts})
    return found


def _as_found(line: Any) -> str:
    if line.received_ok is None:
        return ""
    counts = ((line.received_ok, "fine"), (line.damaged, "damaged"), (line.missing, "missing"))
    words = ", ".join(f"{number} {word}" for number, word in counts if number)
    return words if line.missing == line.quantity else f"{words} – {line.get_disposition_display().lower()}"


def _told(event: ReturnEvent) -> dict[str, Any]:
    """Return a step in words: what, who, and what was said."""
    is_money = event.from_state == event.to_state
    if is_money:
        label = "Money sent back"
    elif not event.from_state:
        label = "Asked for" if event.to_state == ReturnState.REQUESTED else "Declared as a withdrawal"
    else:
        label = ReturnState(event.to_state).label
    by = "the buyer" if event.actor.startswith("shopper:") else event.actor.removeprefix("office:")
    return {"at": event.at, "label": label, "by": by, "words": "" if is_money else event.words}


def _held(order: Order, zone: ZoneInfo) -> dict[str, Any]:
    """Return what was earned on the order and is not released, whose it is, and everything that it waits for."""
    facts = with_release_facts(Order.objects.filter(pk=order.pk)).get()
    verdict = verdict_on(order=facts, now=database_now())
    return {
        "released_at": order.released_at,
        "amounts": [
            (payee.name, format_minor(earned + postage, order.currency))
            for payee, earned, postage in accrued_on(order_ref=order.ref)
            if earned + postage
        ],
        "reasons": [reason.sentence for reason in verdict.reasons],
    }
