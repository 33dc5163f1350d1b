"""
The banner above every page of the admin while something does not add up.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from creatorshop.insights.models import ProofAlert
from creatorshop.office.scope import scope_of
from drops.catalog.creators import Work


def alarms(request: HttpRequest) -> dict[str, Callable[[], list[dict[str, Any]]]]:
    """Give the admin's templates a way to ask for the open alerts that the person may see; nobody asks on other pages."""
    return {"office_alarms": cache(lambda: _alarms_of(request))}


def _alarms_of(request: HttpRequest) -> list[dict[str, Any]]:
    scope = scope_of(request)
    rows = ProofAlert.objects.open()
    if not scope.is_all:
        rows = rows.filter(drop__creator__in=scope.creator_ids(Work.SEE))
    counted = rows.values_list("drop_id", "drop__title").annotate(sums=Count("pk")).order_by("drop_id")
    return [
        {
            "title": title or "The ledger",
            "count": count,
            "url": reverse("admin:office_proof_of_drop", args=[drop_id]) if drop_id else reverse("admin:office_proof"),
        }
        for drop_id, title, count in counted
    ]
