"""
What speaks against a shopper, in words, and the owner's own word about it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.scope import LogAdmin, OneCreatorForm, ScopedAdmin
from drops.audience.models import Shopper
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import ShopError
from drops.risk import overrules
from drops.risk.models import Overrule, RiskRules, Sighting, StepUp
from drops.risk.score import sentences_of
from drops.risk.signals import SIGNALS
from drops.risk.verdicts import Verdict
from drops.sales.models import Quote
from drops.schedule.models import Drop
from drops.stock.models import Hold

ENDS = {
    "day": ("In a day", timedelta(days=1)),
    "week": ("In a week", timedelta(days=7)),
    "month": ("In 30 days", timedelta(days=30)),
    "never": ("When it is lifted", None),
}
WORTH_A_LOOK_FROM = 20
LOOKED_AT, LISTED = 200, 10


class HasThoughts:
    """For rows that keep what was thought of a wish: its score, its verdict and its reasons as a person reads them."""

    @admin.display(description="Score")
    def score(self, row: Any) -> int:
        return int(row.risk.get("score", 0))

    @admin.display(description="What was thought of it")
    def thoughts(self, row: Any) -> SafeString | str:
        return thoughts_of(row.risk)


def thoughts_of(risk: dict[str, Any]) -> SafeString | str:
    """Return a stored assessment as a short list."""
    if not risk:
        return "Nothing was looked at."
    verdict = Verdict(risk["verdict"]).label if risk.get("verdict") in Verdict.values else risk.get("verdict", "")
    said = sentences_of(risk) or ["Nothing speaks against it."]
    return format_html(
        "<b>{}</b>, score {}<ul>{}</ul>",
        verdict,
        risk["score"],
        format_html_join("", "<li>{}</li>", ((s,) for s in said)),
    )


def worth_a_look(drop: Drop) -> list[dict[str, Any]]:
    """Return the latest wishes of a drop that were not simply let through, and its holds with the highest scores."""
    wishes = Quote.objects.filter(drop_sku__drop=drop).exclude(verdict=Verdict.ALLOW).select_related("shopper")
    holds = Hold.objects.filter(drop_sku__drop=drop).select_related("shopper").order_by("-pk")[:LOOKED_AT]
    doubtful = sorted(
        (hold for hold in holds if hold.risk.get("score", 0) >= WORTH_A_LOOK_FROM),
        key=lambda hold: -hold.risk["score"],
    )
    found: list[tuple[str, Any]] = [("Wish", quote) for quote in wishes.order_by("-created_at", "-pk")[:LISTED]]
    found += [("Hold", hold) for hold in doubtful[:LISTED]]
    return [
        {
            "what": what,
            "row": row,
            "address": reverse(f"admin:drops_{row._meta.model_name}_change", args=[row.pk]),
            "shopper": row.shopper,
            "at": row.created_at,
            "thoughts": thoughts_of(row.risk),
        }
        for what, row in found
    ]


def overrule_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Show what was thought of a shopper lately, and take down the owner's word."""
    shopper: Shopper = row_or_404(admin, request, object_id)
    back = HttpResponseRedirect(reverse("admin:drops_shopper_change", args=[shopper.pk]))
    # As with the brakes: who may buy is what only owners decide.
    if refuse_unless_may(request, Work.MONEY, shopper.creator_id):
        return back
    now = database_now()
    if request.method == "POST":
        end = ENDS.get(request.POST.get("end", ""), ENDS["day"])[1]
        speak = overrules.overrule_widely if request.POST.get("whom") == "all" else overrules.overrule
        try:
            speak(
                shopper=shopper,
                verdict=request.POST.get("verdict", ""),
                reason=request.POST.get("reason", ""),
                by=f"office:{request.user}",
                now=now,
                until=now + end if end else None,
            )
        except ShopError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"{shopper}: your word counts from the next price on.")
            return back
    latest = Quote.objects.filter(shopper=shopper).order_by("-created_at", "-pk").first()
    return office_page(
        request,
        admin,
        "admin/office/overrule.html",
        title=f"Your word about {shopper}",
        shopper=shopper,
        thoughts=thoughts_of(latest.risk) if latest else "They have not asked for a price yet.",
        verdict=request.POST.get("verdict") or request.GET.get("verdict", ""),
        reason=request.POST.get("reason", ""),
        ends=[(name, label) for name, (label, _) in ENDS.items()],
        end=request.POST.get("end", "day"),
        words=Overrule.objects.in_force(now=now).filter(shopper=shopper).order_by("-at", "-pk"),
    )


@admin.register(Overrule)
class OverruleAdmin(ScopedAdmin):
    see = change = Work.MONEY
    row_relations = ("creator", "shopper")
    list_display = ["shopper", "verdict", "trait", "reason", "by", "at", "until", "lifted_at"]
    list_filter = ["verdict", "trait"]
    search_fields = ["shopper__ref", "shopper__name", "reason"]
    date_hierarchy = "at"
    actions = ["lift"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Overrule._meta.fields]  # lifted by the action, and never rewritten

    @admin.action(description="Lift", permissions=["change"])
    def lift(self, request: HttpRequest, rows: QuerySet[Overrule]) -> None:
        def do(row: Overrule) -> None:
            overrules.lift(overrule_id=row.pk, by=f"office:{request.user}", now=database_now())

        self.run_on_rows(request, rows, work=Work.MONEY, do=do, done="lifted.")


class RiskRulesForm(OneCreatorForm):
    silent_signals = forms.MultipleChoiceField(
        required=False,
        label="Signals that you do not want to hear",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        choices=[(signal.code, f"{signal.sentence.format(n=signal.edge)} (+{signal.weight})") for signal in SIGNALS],
    )

    class Meta:
        model = RiskRules
        fields = ["creator", "slow_down_from", "step_up_from", "block_from", "contact", "silent_signals"]


@admin.register(RiskRules)
class RiskRulesAdmin(ScopedAdmin):
    see = change = Work.MONEY
    can_add = True
    form = RiskRulesForm
    row_relations = ("creator",)
    list_display = ["creator", "slow_down_from", "step_up_from", "block_from", "contact"]
    fieldsets = [
        (None, {"fields": ["creator", "contact"]}),
        (
            "From which score on",
            {
                "fields": [("slow_down_from", "step_up_from", "block_from")],
                "description": "Below the first, everybody is let through. From there on others go first for 20 seconds; "
                "then a code is asked for; then nothing is held.",
            },
        ),
        ("Signals", {"fields": ["silent_signals"]}),
    ]


@admin.register(Sighting)
class SightingAdmin(LogAdmin):
    creator_path = "shopper__creator_id"
    see = Work.ORDERS
    row_relations = ("shopper",)
    list_display = ["shopper", "trait", "is_disposable", "first_at", "last_at"]
    list_filter = ["trait"]


@admin.register(StepUp)
class StepUpAdmin(LogAdmin):
    creator_path = "shopper__creator_id"
    see = Work.ORDERS
    row_relations = ("shopper",)
    list_display = ["shopper", "sent_at", "tries", "passed_at", "allowed_until"]
    exclude = ["code_hash"]
