"""
The proof that stock does not lie, as a page: the same lines as `manage.py prove_stock`, read at the moment somebody looks.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from creatorshop.insights.models import ProofAlert
from creatorshop.insights.proof import WholeLine, ledger_problems, whole_proofs_of
from creatorshop.office.pages import office_page, row_or_404
from creatorshop.office.scope import LogAdmin, ScopedAdmin, scope_of
from drops.clock import database_now
from drops.schedule.models import Drop, DropState
from drops.stock.audit import verify_chain

DROPS_A_PAGE = 10


@admin.register(ProofAlert)
class ProofAlertAdmin(LogAdmin):
    """Alerts, also those of the past. One of the ledger belongs to no creator and is the operator's."""

    creator_path = "drop__creator_id"
    row_relations = ("drop__creator",)
    list_display = ["first_seen_at", "drop", "subject", "problem", "last_seen_at", "resolved_at"]
    list_filter = [("drop", admin.RelatedOnlyFieldListFilter), ("resolved_at", admin.EmptyFieldListFilter)]
    search_fields = ["subject", "problem"]

    def creator_ids_of(self, row: Any) -> list[int]:
        return [] if row.drop is None else super().creator_ids_of(row)


def proof_page(request: HttpRequest, drops: ScopedAdmin) -> HttpResponse:
    """Show the proof of every drop that the person sees, the newest first; the ledger's to the operator."""
    rows = drops.get_queryset(request).order_by("-opens_at", "-pk")
    page = Paginator(rows, DROPS_A_PAGE).get_page(request.GET.get("page"))
    return _answer(
        request, drops, list(page.object_list), title="Proof", page=page, asks_ledger=scope_of(request).is_all
    )


def proof_of_drop(request: HttpRequest, drops: ScopedAdmin, object_id: str) -> HttpResponse:
    drop: Drop = row_or_404(drops, request, object_id)
    return _answer(
        request,
        drops,
        [drop],
        title=f"Proof of {drop.title}",
        page=None,
        asks_ledger=False,
        trail=verify_chain(drop_id=drop.pk),
    )


def _answer(
    request: HttpRequest,
    admin: ScopedAdmin,
    drops: list[Drop],
    *,
    title: str,
    page: object,
    asks_ledger: bool,
    trail: list[str] | None = None,
) -> HttpResponse:
    now = database_now()
    lines = whole_proofs_of(drops=drops)
    return office_page(
        request,
        admin,
        "admin/office/proof.html",
        title=title,
        read_at=now,
        proofs=[_proof(drop, lines[drop.pk], now) for drop in drops],
        page=page,
        asks_ledger=asks_ledger,
        trail=trail,
        ledger_problems=ledger_problems() if asks_ledger else [],
    )


def _proof(drop: Drop, lines: list[WholeLine], now: Any) -> dict[str, Any]:
    return {
        "drop": drop,
        "state": drop.state_at(now),
        "state_label": DropState(drop.state_at(now)).label,
        "lines": lines,
        "wrong": sum(bool(line.problems) for line in lines),
        "url": reverse("admin:office_board", args=[drop.pk]),
    }
