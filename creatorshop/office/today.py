"""
The first page after the login: the drop that matters now, and what waits for a hand.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from creatorshop.chat.models import Thread
from creatorshop.office.failed_refunds import failed_refunds
from creatorshop.office.partner_scope import spoken_for
from creatorshop.office.partner_today import partners_today
from creatorshop.office.scope import Scope, scope_of
from drops.catalog.creators import Work
from drops.catalog.models import Photo
from drops.clock import database_now
from drops.returns.models import Return, ReturnState
from drops.returns.owing import money_due_on, owed_withdrawals
from drops.sales.models import Order, OrderState
from drops.schedule.models import Drop, DropState
from drops.stock.models import Token, TokenStatus
from fulfillment.import_rules import ImportRule
from fulfillment.models import Batch, BatchState, Parcel, ParcelState

MOST_DROPS = 6
_ORDER = [DropState.OPEN, DropState.PAUSED, DropState.SCHEDULED, DropState.DRAFT, DropState.CLOSED]


def today(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the admin's first page what a creator looks for there."""
    scope, now = scope_of(request), database_now()
    if not scope.is_all and not scope.works and spoken_for(request):
        return {**context, "title": "Today", "office_partners": partners_today(request, now)}
    return {**context, "title": "Today", "office_drops": _drops(scope, now), "office_tasks": _tasks(scope)}


def _drops(scope: Scope, now: Any) -> list[dict[str, Any]]:
    rows = _own(Drop.objects.all(), scope, Work.SEE)
    found = list(rows.select_related("creator", "capsule").order_by("-opens_at", "-pk")[:40])
    states = {drop.pk: drop.state_at(now) for drop in found}
    found.sort(key=lambda drop: _ORDER.index(states[drop.pk]) if states[drop.pk] in _ORDER else len(_ORDER))
    shown = found[:MOST_DROPS]
    counted = (
        Token.objects.filter(drop_sku__drop__in=shown)
        .values_list("drop_sku__drop_id")
        .annotate(
            sold=Count("pk", filter=Q(status=TokenStatus.SOLD)),
            free=Count("pk", filter=Q(free_at__lte=now)),
            all=Count("pk", filter=~Q(status=TokenStatus.VOID)),
        )
    )
    counts = {drop_id: (sold, free, total) for drop_id, sold, free, total in counted}
    lines = []
    for drop in shown:
        sold, free, total = counts.get(drop.pk, (0, 0, 0))
        lines.append(
            {
                "drop": drop,
                "state": states[drop.pk],
                "state_label": DropState(states[drop.pk]).label,
                "opens_at": drop.opens_at.astimezone(drop.zone),
                "closes_at": drop.closes_at.astimezone(drop.zone),
                "sold": sold,
                "free": free,
                "held": total - sold - free,
                "total": total,
                "url": reverse("admin:office_board", args=[drop.pk]),
            }
        )
    return lines


def _tasks(scope: Scope) -> list[dict[str, Any]]:
    """Return what waits, with where it is done; nothing that is at zero."""
    parcels = _own(Parcel.objects.all(), scope, Work.PACK)
    batches = _own(Batch.objects.filter(state=BatchState.RUNNING), scope, Work.PACK)
    photos = _own(Photo.objects.filter(alt_text=""), scope, Work.CATALOG, "product__creator_id")
    orders = _own(Order.objects.filter(state=OrderState.PAID), scope, Work.ORDERS)
    parcel_list, state = reverse("admin:fulfillment_parcel_changelist"), "?state__exact="
    threads = _own(Thread.objects.filter(waits_since__isnull=False), scope, Work.ORDERS)
    tasks = [
        (
            threads.count(),
            ("conversation waits for a person", "conversations wait for a person"),
            f"{reverse('admin:chat_thread_changelist')}?inbox=waiting",
        ),
        *_returns(scope),
        (
            failed_refunds(scope).count(),
            ("refund came back and is still owed", "refunds came back and are still owed"),
            reverse("admin:office_failed_refunds"),
        ),
        (
            parcels.filter(state=ParcelState.NEEDS_HUMAN).count(),
            ("parcel has a problem", "parcels have a problem"),
            f"{parcel_list}{state}{ParcelState.NEEDS_HUMAN}",
        ),
        (
            parcels.filter(state=ParcelState.WAITING).count(),
            ("parcel waits for a batch", "parcels wait for a batch"),
            f"{parcel_list}{state}{ParcelState.WAITING}",
        ),
        (
            batches.count(),
            ("batch is ready to pack", "batches are ready to pack"),
            reverse("admin:fulfillment_batch_changelist"),
        ),
        (
            orders.count(),
            ("paid order is not handed over yet", "paid orders are not handed over yet"),
            f"{reverse('admin:drops_order_changelist')}{state}{OrderState.PAID}",
        ),
        (
            photos.count(),
            ("photo has no alt text", "photos have no alt text"),
            reverse("admin:drops_photo_changelist"),
        ),
    ]
    if scope.is_all:
        # Nobody else could do anything about it; the table itself says it to all who read it.
        tasks.append(
            (
                ImportRule.objects.stale(day=database_now().date()).count(),
                ("import rule was not checked for 90 days", "import rules were not checked for 90 days"),
                f"{reverse('admin:fulfillment_importrule_changelist')}?look=old",
            )
        )
    return [
        {"count": count, "text": one if count == 1 else many, "url": url} for count, (one, many), url in tasks if count
    ]


def _returns(scope: Scope) -> list[tuple[int, tuple[str, str], str]]:
    """Return what waits of the returns: an answer, a look at what arrived, and the money of withdrawals."""
    listed, creator = reverse("admin:drops_return_changelist"), "order__creator_id"
    asked = _own(Return.objects.filter(state=ReturnState.REQUESTED), scope, Work.ORDERS, creator)
    here = _own(Return.objects.filter(state=ReturnState.RECEIVED), scope, Work.PACK, creator)
    owed = _own(owed_withdrawals().select_related("order__creator"), scope, Work.MONEY, creator)
    first = owed.order_by("created_at", "pk").first()
    day = money_due_on(returned=first) if first else None
    by = f"{day:%-d %b %Y}" if day else ""
    return [
        (
            asked.count(),
            ("return waits for your answer", "returns wait for your answer"),
            f"{listed}?state__exact={ReturnState.REQUESTED}",
        ),
        (
            here.count(),
            ("return has arrived to be looked at", "returns have arrived to be looked at"),
            f"{listed}?state__exact={ReturnState.RECEIVED}",
        ),
        (
            owed.count(),
            (f"withdrawal’s money is due by {by}", f"withdrawals’ money is due, the first by {by}"),
            f"{listed}?money=owed",
        ),
    ]


def _own(rows: QuerySet[Any], scope: Scope, work: Work, path: str = "creator_id") -> QuerySet[Any]:
    return rows if scope.is_all else rows.filter(**{f"{path}__in": scope.creator_ids(work)})
