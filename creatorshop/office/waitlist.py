"""
Who waits for what. Places are the shop's to give; a person may only be taken out of line, for a reason that is kept.
"""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from creatorshop.office.pages import office_page
from creatorshop.office.scope import LogAdmin, scope_of
from drops.catalog.creators import Work
from drops.sales.waiting import take_out_of_line
from drops.stock.models import LIVE_ENTRIES, WaitlistEntry
from drops.stock.waitlist import place_of

LONGEST_REASON = 40
AT_ONCE = 200


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(LogAdmin):
    creator_path = "drop_sku__drop__creator_id"
    see = Work.ORDERS
    row_relations = ("shopper", "hold", "drop_sku__drop__creator", "drop_sku__sku__product")
    list_display = ["shopper", "drop_sku", "quantity", "state", "place", "skips", "skip_reason", "joined_at"]
    list_filter = ["state", "comes_first", ("drop_sku__drop", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["ref", "shopper__name", "shopper__email", "drop_sku__sku__code"]
    date_hierarchy = "joined_at"
    actions = ["take_out"]

    @admin.display(description="Place")
    def place(self, entry: WaitlistEntry) -> str:
        place = place_of(entry=entry)
        return str(place.number) if place else "–"

    def has_take_out_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).may_anywhere(Work.DROPS)

    @admin.action(description="Take out of line", permissions=["take_out"])
    def take_out(self, request: HttpRequest, rows: QuerySet[WaitlistEntry]) -> HttpResponse:
        chosen = ",".join(str(pk) for pk in rows.values_list("pk", flat=True)[:AT_ONCE])
        return HttpResponseRedirect(f"{reverse('admin:office_take_out_of_line')}?rows={chosen}")

    def get_urls(self) -> list[URLPattern]:
        page = path("take-out/", self.admin_site.admin_view(self.take_out_page), name="office_take_out_of_line")
        return [page, *super().get_urls()]

    def take_out_page(self, request: HttpRequest) -> HttpResponse:
        """Show who would leave the line, and do it when it is confirmed with a reason."""
        listed = HttpResponseRedirect(reverse("admin:drops_waitlistentry_changelist"))
        chosen = [pk for pk in (request.POST or request.GET).get("rows", "").split(",") if pk.isdecimal()]
        rows = list(self.get_queryset(request).filter(pk__in=chosen[:AT_ONCE], state__in=LIVE_ENTRIES).order_by("pk"))
        if not rows or not self.has_take_out_permission(request):
            messages.error(request, "None of these stands in line.")
            return listed
        reason = request.POST.get("reason", "").strip()[:LONGEST_REASON]
        if request.method == "POST" and reason:
            actor = f"office:{request.user}"
            self.run_on_rows(
                request,
                rows,
                work=Work.DROPS,
                do=lambda entry: take_out_of_line(ref=entry.ref, actor=actor, reason=reason),
                done="out of line.",
            )
            return listed
        if request.method == "POST":
            messages.error(request, "Please say why; the reason is kept.")
        return office_page(
            request,
            self,
            "admin/office/take_out.html",
            title="Take out of line",
            rows=rows,
            chosen=",".join(str(row.pk) for row in rows),
            longest_reason=LONGEST_REASON,
        )
