"""
The board of one drop: what is left right now, what is missing before it may open, and the next thing to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from kombu.exceptions import OperationalError

from creatorshop.office import lots
from creatorshop.office.brakes import BRAKES
from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.risk import worth_a_look
from creatorshop.office.scope import Scope, ScopedAdmin, scope_of
from drops.catalog.creators import Work
from drops.catalog.models import Sku
from drops.clock import database_now
from drops.errors import ShopError
from drops.money import format_minor
from drops.reminders.counting import counts_by_channel, counts_by_kind
from drops.schedule.models import Drop, DropState
from drops.schedule.readiness import Check, readiness_of
from drops.schedule.windows import close_drop, open_drop, pause_drop, resume_drop, schedule_drop
from drops.stock.counts import counts_of
from drops.stock.models import StockPool
from drops.stock.planning import plan_units
from drops.stock.resync import RUNNING, change_units
from drops.stock.stream import snapshot_of
from fulfillment.batches import ask_to_run, make_batch
from fulfillment.models import Batch, Parcel, ParcelState
from fulfillment.tasks import run_batch

MOST_UNITS = 10_000
LIVE = ("available", "kept", "held", "sold", "waiting")  # the counts that the page keeps true
# Where a line of the checklist is mended.
FIX_AT = {
    "products": "admin:drops_product_changelist",
    "photos": "admin:drops_product_changelist",
    "benefits": "admin:drops_product_changelist",
    "sku_limit": "admin:drops_capsule_changelist",
    "delivery": "admin:fulfillment_zone_changelist",
    "customs": "admin:drops_sku_changelist",
}
STEPS: dict[str, tuple[str, Callable[..., Drop], list[DropState]]] = {
    "schedule": ("Schedule", schedule_drop, [DropState.DRAFT]),
    "open": ("Open now", open_drop, [DropState.SCHEDULED]),
    "pause": ("Pause", pause_drop, [DropState.OPEN]),
    "resume": ("Resume", resume_drop, [DropState.PAUSED]),
    "close": ("Close", close_drop, [DropState.SCHEDULED, DropState.OPEN, DropState.PAUSED]),
}


def board_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    drop: Drop = row_or_404(admin, request, object_id)
    now, scope = database_now(), scope_of(request)
    state = drop.state_at(now)
    pools = lots.pools_of(drop)
    rows = _rows_of(drop, pools)
    checks = readiness_of(drop=drop) if state in (DropState.DRAFT, DropState.SCHEDULED, DropState.PAUSED) else []
    parcels = Parcel.objects.filter(order__drop=drop)
    return office_page(
        request,
        admin,
        "admin/office/board.html",
        title=drop.title,
        subtitle=drop.capsule.title,
        drop=drop,
        state=state,
        state_label=DropState(state).label,
        opens_at=drop.opens_at.astimezone(drop.zone),
        closes_at=drop.closes_at.astimezone(drop.zone),
        rows=rows,
        pools=pools if len(pools) > 1 else [],
        may_carry=scope.may(Work.DROPS, drop.creator_id) and state in lots.MOVABLE,
        sums={name: sum(row[name] for row in rows) for name in ("total", *LIVE)},
        checks=[{"check": check, "fix": _fix_of(check, drop)} for check in checks],
        is_ready=all(check.ok for check in checks),
        steps=[(name, label) for name, (label, _, states) in STEPS.items() if state in states],
        may_run=scope.may(Work.DROPS, drop.creator_id),
        may_plan=scope.may(Work.DROPS, drop.creator_id) and state in (DropState.DRAFT, DropState.SCHEDULED),
        brakes=[(name, brake.label) for name, brake in BRAKES.items()] if _may_brake(scope, drop, state) else [],
        may_change=scope.may(Work.DROPS, drop.creator_id) and state in RUNNING,
        doubts=worth_a_look(drop) if scope.may(Work.ORDERS, drop.creator_id) else [],
        may_overrule=scope.may(Work.MONEY, drop.creator_id),
        may_pack=scope.may(Work.PACK, drop.creator_id),
        may_see_waitlist=scope.may(Work.ORDERS, drop.creator_id),
        reminders=counts_by_channel(drop=drop),
        nudges=counts_by_kind(drop=drop),
        is_over=state in (DropState.CLOSED, DropState.DRAINED, DropState.SETTLED),
        parcels_waiting=parcels.filter(state=ParcelState.WAITING).count(),
        parcels_total=parcels.count(),
        batches=Batch.objects.filter(drop=drop).order_by("-created_at", "-pk")[:5],
        sockets_url=f"{settings.SOCKETS_URL.rstrip('/')}/ws/v1/drops/{drop.ref}/stock",
    )


def counts(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Return the same snapshot that the stock socket sends, for when no socket gets through."""
    drop: Drop = row_or_404(admin, request, object_id)
    return JsonResponse(snapshot_of(drop_id=drop.pk), headers={"Cache-Control": "no-store"})


def move(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    drop: Drop = row_or_404(admin, request, object_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    step = STEPS.get(request.POST.get("step", ""))
    if step is not None and not refuse_unless_may(request, Work.DROPS, drop.creator_id):
        label, service, _ = step
        facts: dict[str, Any] = {"drop_id": drop.pk, "now": database_now()}
        if service is pause_drop:
            facts["reason"] = request.POST.get("reason", "").strip()[:200] or "Paused by the creator."
        _try(request, lambda: service(**facts), f"{drop.title}: {label.lower()} – done.")
    return _back(drop)


def plan(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Give each SKU of the capsule the number of units that was typed beside it."""
    drop: Drop = row_or_404(admin, request, object_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if refuse_unless_may(request, Work.DROPS, drop.creator_id):
        return _back(drop)
    changed, pools = set(), lots.pools_of(drop)
    for sku in _skus_of(drop):
        for pool, typed in lots.typed_by_pool(request, "units", sku.pk, pools):
            if not (typed.isascii() and typed.isdigit() and int(typed) <= MOST_UNITS):
                messages.error(request, f"{sku}: {typed[:20]!r} is not a number of units up to {MOST_UNITS:,}.")
            elif _try(request, partial(plan_units, drop=drop, sku=sku, units=int(typed), pool=pool), ""):
                changed.add(sku.pk)
    if changed:
        messages.success(request, f"{len(changed)} SKUs planned.")
    return _back(drop)


def change(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Sell each SKU by as many units more or fewer as was typed beside it, while the drop runs."""
    drop: Drop = row_or_404(admin, request, object_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if refuse_unless_may(request, Work.DROPS, drop.creator_id):
        return _back(drop)
    pools = lots.pools_of(drop)
    for drop_sku in drop.drop_skus.select_related("sku__product").order_by("position", "pk"):
        for pool, written in lots.typed_by_pool(request, "by", drop_sku.sku_id, pools):
            typed = written.replace("\N{MINUS SIGN}", "-")
            if re.fullmatch(r"[+-]?[0-9]{1,5}", typed) is None or abs(int(typed)) > MOST_UNITS:
                messages.error(request, f"{drop_sku.sku}: {typed[:20]!r} is not a change like +5 or -3.")
                continue
            facts: dict[str, Any] = {"by": int(typed), "actor": f"office:{request.user}", "pool": pool}
            done = (
                f"{drop_sku.sku}: {int(typed):+d} units."
                if pool.is_store_room
                else (f"{drop_sku.sku}: {int(typed):+d} units {pool.where}.")
            )
            _try(request, partial(change_units, drop_sku_id=drop_sku.pk, **facts), done)
    return _back(drop)


def carry(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Carry free units of a SKU from one pool to another."""
    drop: Drop = row_or_404(admin, request, object_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not refuse_unless_may(request, Work.DROPS, drop.creator_id):
        try:
            done = lots.carry_as_asked(request, drop)
        except ShopError as refusal:
            messages.error(request, refusal.message)
        else:
            if done:
                messages.success(request, done)
    return _back(drop)


def batch(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Gather the waiting parcels into a batch and let a worker carry it to where people pack."""
    drop: Drop = row_or_404(admin, request, object_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not refuse_unless_may(request, Work.PACK, drop.creator_id):
        now = database_now()

        def gather() -> None:
            made = make_batch(drop_id=drop.pk, by_user_id=request.user.pk, now=now)
            start_batch(batch_id=made.pk)

        _try(request, gather, "The batch is made; its papers appear in a moment.")
    return _back(drop)


def start_batch(*, batch_id: int) -> None:
    """Tell the workers to run a batch. With the broker down they find it by themselves within a minute."""
    ask_to_run(batch_id=batch_id, now=database_now())
    try:
        run_batch.delay(batch_id=batch_id)
    except OperationalError:
        # Nothing is lost: `resume_batches` looks for batches that were told to run.
        return


def _may_brake(scope: Scope, drop: Drop, state: DropState) -> bool:
    return scope.may(Work.MONEY, drop.creator_id) and state not in (DropState.DRAFT, DropState.SCHEDULED)


def _rows_of(drop: Drop, pools: list[StockPool]) -> list[dict[str, Any]]:
    """Return a line for each SKU of the drop, and before the opening also for those that could join it."""
    lots_of = lots.lots_by_sku(drop, pools)
    counts_by_sku = {count.sku_id: count for count in counts_of(drop_id=drop.pk)}
    skus = {sku.pk: sku for sku in _skus_of(drop)}
    missing = [sku_id for sku_id in counts_by_sku if sku_id not in skus]
    skus |= {sku.pk: sku for sku in Sku.objects.filter(pk__in=missing).select_related("product")}
    is_fixed = drop.state not in (DropState.DRAFT, DropState.SCHEDULED)
    shortfalls = dict(drop.drop_skus.values_list("sku_id", "shortfall"))
    lines = []
    for sku in skus.values():
        count = counts_by_sku.get(sku.pk)
        if count is None and is_fixed:
            continue
        lines.append(
            {
                "sku": sku,
                "price": format_minor(sku.price_minor, drop.creator.currency),
                "total": count.for_sale if count else 0,
                **{name: getattr(count, name) if count else 0 for name in LIVE},
                "is_planned": count is not None,
                "shortfall": shortfalls.get(sku.pk, 0),
                "lots": lots_of.get(sku.pk, []),
            }
        )
    return lines


def _skus_of(drop: Drop) -> list[Sku]:
    found = Sku.objects.filter(product__capsule=drop.capsule, product__state="active").select_related("product")
    return list(found.order_by("product__position", "product_id", "position", "pk"))


def _fix_of(check: Check, drop: Drop) -> str:
    if check.ok:
        return ""
    name = FIX_AT.get(check.code)
    return reverse(name) if name else f"{reverse('admin:office_board', args=[drop.pk])}#units"


def _try(request: HttpRequest, do: Callable[[], object], done: str) -> bool:
    try:
        do()
    except ShopError as refusal:
        problems = refusal.facts.get("problems")
        for problem in problems if isinstance(problems, list) else [refusal.message]:
            messages.error(request, problem)
        return False
    if done:
        messages.success(request, done)
    return True


def _back(drop: Drop) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:office_board", args=[drop.pk]))
