"""
Giving up a payee's debt: the operator's alone, from the payee's page; the payee's people read it in a list.
"""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creatorshop.office.payees import payee_or_404, refuse_all_but_operator
from creatorshop.office.scope import LogAdmin, scope_of
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import ShopError
from drops.ledger.models import Payee
from drops.money import format_minor
from drops.payouts.debts import give_up_debt, open_part
from drops.payouts.models import WriteOff
from drops.refs import new_ref


@admin.register(WriteOff)
class WriteOffAdmin(LogAdmin):
    """What was given up, by whom and why."""

    creator_path = "payee__creator__pk"
    see = Work.MONEY
    row_relations = ("payee__creator",)
    list_display = ["__str__", "amount", "reason", "created_by", "created_at"]
    search_fields = ["ref", "reason"]

    @admin.display(description="Given up")
    def amount(self, write_off: WriteOff) -> str:
        return format_minor(write_off.amount_minor, write_off.currency)


def write_off_form(request: HttpRequest, payee: Payee, *, owed_minor: int) -> dict[str, object] | None:
    """Return what the form on a payee's page needs; None for others than the operator, and where nothing can be given up."""
    if not scope_of(request).is_all:
        return None
    owed = open_part(owed_minor=owed_minor, payee=payee, currency=payee.currency)
    if not owed:
        return None
    return {"amount_minor": owed, "amount": format_minor(owed, payee.currency), "key": new_ref()}


def give_up(request: HttpRequest) -> HttpResponse:
    """Give up the debt that the form showed."""
    refuse_all_but_operator(request)
    payee = payee_or_404(request, request.POST.get("payee", ""))
    amount = request.POST.get("amount_minor", "")[:20]
    try:
        row = give_up_debt(
            payee=payee,
            currency=payee.currency,
            amount_minor=int(amount) if amount.isdecimal() else 0,
            reason=request.POST.get("reason", ""),
            actor=f"office:{request.user}",
            key=request.POST.get("key", "")[:64] or new_ref(),
            now=database_now(),
        )
        given_up = format_minor(row.amount_minor, row.currency)
        messages.success(request, f"{given_up} that {payee.name} owed are given up. The platform bears them.")
    except ShopError as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(f"{reverse('admin:drops_payout_changelist')}?payee={payee.pk}")
