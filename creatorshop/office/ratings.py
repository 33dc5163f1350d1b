"""
What buyers think of what they got. An average is shown only from five of them on, so that nobody is found behind it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Avg, Count
from django.http import HttpRequest, HttpResponse

from creatorshop.office.scope import LogAdmin
from drops.catalog.creators import Work
from drops.sales.ratings import MOST, Rating

FEWEST = 5


@admin.register(Rating)
class RatingAdmin(LogAdmin):
    creator_path = "order__creator_id"
    see = Work.ORDERS
    row_relations = ("order__drop",)
    list_display = ["score", "order", "drop", "rated_at"]
    list_filter = ["score", ("order__drop", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["order__ref"]
    ordering = ("-rated_at", "-pk")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say above the list what they come to, of all that this person may see."""
        found = self.get_queryset(request).aggregate(average=Avg("score"), number=Count("pk"))
        if request.method == "GET" and found["number"] >= FEWEST:
            messages.info(request, f"{found['average']:.1f} of {MOST} on average, from {found['number']} orders.")
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    @admin.display(description="Drop")
    def drop(self, rating: Rating) -> str:
        return rating.order.drop.title
