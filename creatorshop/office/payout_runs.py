"""
Payout runs, for the operator alone: start one, see what came of it, do by hand what no provider can.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from creatorshop.office.pages import office_page, row_or_404
from creatorshop.office.payees import refuse_all_but_operator
from creatorshop.office.scope import LogAdmin, scope_of
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import ShopError
from drops.ledger.models import Payee
from drops.money import format_minor
from drops.payouts.models import Payout, PayoutRun, PayoutState, TransferReversal
from drops.payouts.runs import start_run
from drops.payouts.sending import carry_out_run, give_back, mark_paid_by_hand, retry_payout
from drops.refs import new_ref


@admin.register(PayoutRun)
class PayoutRunAdmin(LogAdmin):
    list_display = ["__str__", "currency", "state", "payouts_in_it", "created_by", "created_at", "closed_at"]
    list_filter = ["state", "currency"]
    list_before_template = "admin/office/_start_payout_run.html"

    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("start/", page(self.start_view), name="office_start_payout_run"),
            path("<path:object_id>/do/", page(self.do_view), name="office_do_payout"),
            *super().get_urls(),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).is_all

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = PayoutRun.objects.all()
        return rows if scope_of(request).is_all else rows.none()

    @admin.display(description="Payouts")
    def payouts_in_it(self, run: PayoutRun) -> str:
        total = run.payouts.exclude(state=PayoutState.GIVEN_BACK).aggregate(total=Sum("amount_minor", default=0))
        return f"{run.payouts.count()}, {format_minor(total['total'], run.currency)}"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        currencies = Payee.objects.order_by("currency").values_list("currency", flat=True).distinct()
        context = {"currencies": list(currencies), "key": new_ref(), **(extra_context or {})}
        page: HttpResponse = super().changelist_view(request, context)
        return page

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Start a run; the form's own key makes a second press start no other."""
        refuse_all_but_operator(request)
        back = reverse("admin:drops_payoutrun_changelist")
        if request.method != "POST":
            return HttpResponseRedirect(back)
        try:
            run = start_run(
                currency=request.POST.get("currency", "")[:3],
                created_by=f"office:{request.user}",
                now=database_now(),
                key=request.POST.get("key", "")[:64],
            )
        except ShopError as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(back)
        _say_sent(request, carry_out_run(run_id=run.pk))
        return HttpResponseRedirect(reverse("admin:drops_payoutrun_change", args=[run.pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        run: PayoutRun = row_or_404(self, request, object_id)
        rows = run.payouts.select_related("payee").order_by("payee__name", "pk")
        return office_page(
            request,
            self,
            "admin/office/payout_run.html",
            title=str(run),
            run=run,
            minimum=format_minor(run.minimum_minor, run.currency),
            rows=[_shown(payout) for payout in rows],
        )

    def do_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go on with a run, or do one thing with one of its payouts."""
        refuse_all_but_operator(request)
        run: PayoutRun = row_or_404(self, request, object_id)
        if request.method == "POST":
            try:
                _do(request, run)
            except ShopError as refusal:
                messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("admin:drops_payoutrun_change", args=[run.pk]))


def _do(request: HttpRequest, run: PayoutRun) -> None:
    said, now, actor = request.POST.get("do", ""), database_now(), f"office:{request.user}"
    ref = request.POST.get("payout", "")
    # Only of this run: whatever else a form names is not there.
    payout_ref = ref if run.payouts.filter(ref=ref).exists() else ""
    if said == "carry_out":
        _say_sent(request, carry_out_run(run_id=run.pk))
    elif said == "paid":
        bank_ref = request.POST.get("bank_ref", "")
        payout = mark_paid_by_hand(payout_ref=payout_ref, bank_ref=bank_ref, actor=actor, now=now)
        messages.success(request, f"{payout} is paid by hand: {payout.bank_ref}.")
    elif said == "retry":
        payout = retry_payout(payout_ref=payout_ref, now=now)
        sent = carry_out_run(run_id=run.pk) if payout.provider else 0
        messages.success(request, f"{payout} is tried again.")
        _say_sent(request, sent)
    elif said == "give_back":
        payout = give_back(payout_ref=payout_ref, actor=actor, now=now)
        messages.success(request, f"{payout} is given back. The next run has it.")


def _say_sent(request: HttpRequest, sent: int) -> None:
    messages.success(request, f"{sent} payout{'' if sent == 1 else 's'} sent.")


def _shown(payout: Payout) -> dict[str, Any]:
    is_by_hand = payout.state == PayoutState.DRAFT and not payout.provider
    return {
        "row": payout,
        "amount": format_minor(payout.amount_minor, payout.currency),
        "kept": format_minor(payout.set_off_minor, payout.currency) if payout.set_off_minor else "",
        "word": "To be paid by hand" if is_by_hand else payout.get_state_display(),
        "may_pay": is_by_hand or payout.state == PayoutState.FAILED,
        "may_retry": payout.state == PayoutState.FAILED,
    }


@admin.register(TransferReversal)
class TransferReversalAdmin(LogAdmin):
    """What was asked back of payouts after refunds, and what the provider said."""

    creator_path = "payout__payee__creator__pk"
    see = Work.MONEY
    row_relations = ("payout__payee__creator",)
    list_display = ["__str__", "state", "amount_minor", "currency", "created_at", "failure"]
    list_filter = ["state"]
    search_fields = ["ref", "reversal_ref"]

    @admin.display(description="Currency")
    def currency(self, reversal: TransferReversal) -> str:
        return reversal.payout.currency
