"""
What people were told of how many bought, and what it was counted from.
"""

from __future__ import annotations

from django.contrib import admin

from creatorshop.office.scope import LogAdmin
from drops.catalog.creators import Work
from drops.sales.models import ClaimEvidence


@admin.register(ClaimEvidence)
class ClaimEvidenceAdmin(LogAdmin):
    creator_path = "drop__creator_id"
    see = Work.ORDERS
    row_relations = ("drop__creator",)
    list_display = ["drop", "kind", "count", "shoppers", "since", "shown_at"]
    list_filter = [("drop", admin.RelatedOnlyFieldListFilter)]
    fields = ["drop", "kind", "count", "shoppers", "since", "shown_at", "orders_hash"]
    date_hierarchy = "shown_at"
