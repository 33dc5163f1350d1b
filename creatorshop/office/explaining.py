"""
Where every cent of an order went, as a page: for whoever sold it all of it, for another payee how their own share came about.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creatorshop.insights.explaining import explanation_of
from creatorshop.office.pages import office_page, refuse_unless_may
from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.catalog.creators import Work
from drops.catalog.models import Creator
from drops.ledger.models import Account
from drops.money import format_minor
from drops.sales.explanation_facts import payees_in
from drops.sales.explanation_words import KINDS
from drops.sales.explanations import Explanation, Movement, Rung, part_of
from drops.sales.models import Order

ACCOUNTS = {
    Account.CASH: "Cash at the provider",
    Account.CLEARING: "On its way in",
    Account.ACCRUED: "Earned, not released yet",
    Account.PAYABLE: "Released",
    Account.POSTAGE: "Postage passed on",
    Account.TAX: "Tax to hand over",
    Account.DUTY: "Duties to hand over",
    Account.FEES: "Set aside for the provider",
    Account.REFUND: "Owed back to the shopper",
    Account.RECEIVABLE: "Owed by",
}


def explain_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Show all of it to whoever keeps the seller's books, their own part to other payees; to others there is no such page."""
    order = Order.objects.select_related("creator").filter(pk=object_id).first() if object_id.isdigit() else None
    if order is None:
        raise Http404("There is no such order.")
    if scope_of(request).may(Work.MONEY, order.creator_id):
        explanation = explanation_of(order_ref=order.ref)
        back = reverse("admin:drops_order_change", args=[order.pk])
    elif own := _own_payees(request) & payees_in(order=order):
        explanation = part_of(explanation_of(order_ref=order.ref), own)
        back = reverse("admin:drops_entry_changelist")
    elif scope_of(request).may(Work.ORDERS, order.creator_id):
        refuse_unless_may(request, Work.MONEY, order.creator_id)
        return HttpResponseRedirect(reverse("admin:drops_order_change", args=[order.pk]))
    else:
        raise Http404("There is no such order.")
    return office_page(
        request,
        admin,
        "admin/office/explain.html",
        title="Where every cent goes",
        seller=order.creator.name,
        zone=order.drop.zone,
        back=back,
        **shown(explanation),
    )


def shown(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation with its amounts written as people read them."""

    def money(amount_minor: int) -> str:
        return format_minor(amount_minor, explanation.currency)

    def rung(one: Rung, sign: int = 1) -> dict[str, Any]:
        return {
            "label": one.label,
            "rule": one.rule,
            "amount": money(sign * one.amount_minor),
            "left": "" if one.left_minor is None else money(one.left_minor),
            "booked": "" if one.is_booked or one.booked_minor is None else money(one.booked_minor),
        }

    held = explanation.held_minor
    return {
        "explanation": explanation,
        "total": money(explanation.total_minor),
        "base": money(explanation.base_minor),
        "paid": [rung(one) for one in explanation.paid],
        "taken": [rung(one, -1) for one in explanation.taken],
        "shared": [rung(one) for one in explanation.shared],
        "movements": [_movement(one, explanation.currency) for one in explanation.movements],
        "holders": [
            {
                "name": one.name,
                "amount": money(one.amount_minor),
                "parts": [f"{money(amount)} {words}" for words, amount in one.parts],
            }
            for one in explanation.holders
        ],
        "came_in": money(explanation.came_in_minor),
        "held": money(held),
        "is_all_there": held == explanation.came_in_minor,
        "sums": [
            {
                "claim": one.claim,
                "holds": one.holds,
                "expected": money(one.expected_minor),
                "found": money(one.found_minor),
            }
            for one in explanation.sums
        ],
    }


def _movement(one: Movement, currency: str) -> dict[str, Any]:
    return {
        "at": one.at,
        "words": KINDS.get(one.kind, one.kind),
        "about": one.about,
        "cause": one.cause,
        "is_balanced": one.sum_minor == 0,
        "entries": [
            {
                "account": ACCOUNTS.get(Account(entry.account), entry.account),
                "whose": entry.payee_name or entry.country,
                "memo": entry.memo,
                "amount": format_minor(entry.amount_minor, currency),
            }
            for entry in one.entries
        ],
    }


def _own_payees(request: HttpRequest) -> frozenset[int]:
    """Return the payees whose books the person keeps."""
    ids = scope_of(request).creator_ids(Work.MONEY)
    own = Creator.objects.filter(pk__in=ids, payee__isnull=False)
    return frozenset(own.values_list("payee", flat=True))
