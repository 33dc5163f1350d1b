"""
More or fewer units while a drop runs (stock.md R11), and units that change their pool. What is held or sold is never taken
away from anybody.

A cut takes free units of a pool out at once. Those that are on hold stay with their shoppers; they are recorded as the SKU's
shortfall in that pool and leave as they return: in the transaction that lets a hold go or ends it, before the next hold of the SKU
looks for units, and in the sweep. A hold that is paid keeps its units, and that part of the shortfall stays on record, until
one of them leaves by a refund.

Known imprecision: a unit whose hold lapses between that look and the claim, milliseconds later, goes to the next shopper.
The shortfall stays on record then as well, and the next unit leaves.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from drops.clock import database_now
from drops.errors import Invalid, Refused
from drops.events import announce, stock_changed, units_awaited
from drops.schedule.models import DropState
from drops.stock import tokens
from drops.stock.models import DropSku, Lot, StockChange, StockMove, StockPool
from drops.stock.pools import pool_count_of, refuse_foreign, store_room_of

RUNNING = [DropState.OPEN, DropState.PAUSED]
_ACTOR = 60


class NotRunning(Refused):
    """The drop is not on sale: before it opens its units are planned, and afterwards they are counted."""

    code = "drop_not_running"


class NothingToChange(Invalid):
    code = "nothing_to_change"


class CutTooDeep(Refused):
    """More units would leave than are neither sold nor to leave already."""

    code = "cut_too_deep"


def change_units(*, drop_sku_id: int, by: int, actor: str, pool: StockPool | None = None) -> StockChange:
    """
    Sell so many units more or fewer of a SKU from one pool, the store-room unless told otherwise, in a drop that runs.

    :raises NothingToChange: if it is by nothing.
    :raises NotRunning: if the drop is neither open nor paused.
    :raises ForeignPool: if the pool is another creator's.
    :raises CutTooDeep: if fewer units are left there that were not sold; nothing changes then.
    """
    if by == 0:
        raise NothingToChange("Say how many units more or fewer.")
    with transaction.atomic():
        drop_sku = _locked(drop_sku_id, RUNNING)
        pool = pool or store_room_of(creator_id=drop_sku.drop.creator_id)
        refuse_foreign(pool=pool, creator_id=drop_sku.drop.creator_id)
        lot, _ = Lot.objects.get_or_create(drop_sku=drop_sku, pool=pool)
        change = _add(drop_sku, lot, by) if by > 0 else _cut(drop_sku, lot, -by)
        _record(drop_sku, pool.pk, change, actor)
        if by > 0:
            announce(units_awaited, drop_sku_id=drop_sku.pk)
    return change


def move_units(*, drop_sku_id: int, source: StockPool, target: StockPool, units: int, actor: str) -> StockMove:
    """
    Carry so many free units of a SKU from one pool to another; also while the drop runs.

    :raises NothingToChange: if it is none, or if the two pools are one.
    :raises NotRunning: if the drop is over.
    :raises ForeignPool: if a pool is another creator's.
    :raises NoMoreUnits: if fewer are free; none is moved then. Held and sold units are never touched.
    """
    if units < 1 or source.pk == target.pk:
        raise NothingToChange("Say how many units go from where to where.")
    with transaction.atomic():
        drop_sku = _locked(drop_sku_id, [DropState.DRAFT, DropState.SCHEDULED, *RUNNING])
        for pool in (source, target):
            refuse_foreign(pool=pool, creator_id=drop_sku.drop.creator_id)
        # What is to leave leaves first, or it would be sold from the other pool.
        take_out_returned(drop_sku_id=drop_sku_id)
        tokens.carry(drop_sku_id=drop_sku_id, source=source, target=target, units=units)
        announce(stock_changed, drop_id=drop_sku.drop_id)
        announce(units_awaited, drop_sku_id=drop_sku_id)
        return StockMove.objects.create(
            drop_sku=drop_sku, source=source, target=target, units=units, actor=actor[:_ACTOR], at=database_now()
        )


def take_out_returned(*, drop_sku_id: int) -> int:
    """
    Take free units out of the drop while their pool has a shortfall, and return how many left.

    Somebody else who is at it is not waited for: they, or the sweep, see to it.
    """
    gone = 0
    with transaction.atomic():
        short = DropSku.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=drop_sku_id, shortfall__gt=0)
        drop_sku = short.first()
        if drop_sku is None:
            return 0
        for lot in Lot.objects.filter(drop_sku=drop_sku, shortfall__gt=0).order_by("pk"):
            voided = tokens.void_free(drop_sku_id=drop_sku_id, pool_id=lot.pool_id, units=lot.shortfall)
            if voided:
                _make_good(drop_sku, lot, voided)
                gone += voided
    return gone


def take_out_returned_of(*, drop_sku_ids: Collection[int]) -> int:
    """Do so for those of the given SKUs that have a shortfall; return how many units left."""
    return _take_out(DropSku.objects.filter(pk__in=drop_sku_ids))


def take_out_all_returned() -> int:
    """Do so for every SKU with a shortfall; return how many units left."""
    return _take_out(DropSku.objects.all())


def take_off_plan(*, drop_sku_id: int, pool_id: int, units: int) -> None:
    """Take units that left the drop off its plan: those first that were to leave as soon as they return."""
    drop_sku = DropSku.objects.select_for_update(no_key=True).get(pk=drop_sku_id)
    lot, _ = Lot.objects.get_or_create(drop_sku=drop_sku, pool_id=pool_id)
    made_good = min(units, lot.shortfall)
    drop_sku.planned -= units - made_good
    tokens.plan(drop_sku_id=drop_sku_id, pool_id=pool_id, by=made_good - units)
    if made_good:
        _make_good(drop_sku, lot, made_good)
    else:
        drop_sku.save(update_fields=["planned"])


def _take_out(among: QuerySet[DropSku]) -> int:
    short = among.filter(shortfall__gt=0).order_by("pk").values_list("pk", flat=True)
    return sum(take_out_returned(drop_sku_id=drop_sku_id) for drop_sku_id in list(short))


def _locked(drop_sku_id: int, states: list[DropState]) -> DropSku:
    # no_key: claims take a key share on this row and must not wait. It keeps two people from changing it at once.
    rows = DropSku.objects.select_for_update(no_key=True, of=("self",)).select_related("drop", "sku__product")
    drop_sku = rows.get(pk=drop_sku_id)
    if drop_sku.drop.state_at(database_now()) not in states:
        raise NotRunning(f"{drop_sku.drop.title} is {drop_sku.drop.get_state_display().lower()}.")
    return drop_sku


def _add(drop_sku: DropSku, lot: Lot, units: int) -> StockChange:
    # Units that were to leave may stay instead, before new ones are minted.
    kept = min(units, lot.shortfall)
    _owe(drop_sku, lot, -kept)
    drop_sku.planned += units
    tokens.plan(drop_sku_id=drop_sku.pk, pool_id=lot.pool_id, by=kept)
    tokens.mint(drop_sku=drop_sku, units=units - kept, pool=lot.pool)
    return StockChange(by=units, minted=units - kept)


def _cut(drop_sku: DropSku, lot: Lot, units: int) -> StockChange:
    count = pool_count_of(drop_sku_id=drop_sku.pk, pool_id=lot.pool_id)
    most = max(0, count.free + count.held - lot.shortfall)
    if units > most:
        raise CutTooDeep(
            f"Only {most} units of {drop_sku.sku} could still leave: {count.sold} are sold.", most=most, asked=units
        )
    voided = tokens.void_free(drop_sku_id=drop_sku.pk, pool_id=lot.pool_id, units=units)
    _owe(drop_sku, lot, units - voided)
    drop_sku.planned -= units
    tokens.plan(drop_sku_id=drop_sku.pk, pool_id=lot.pool_id, by=-units)
    return StockChange(by=-units, voided=voided)


def _owe(drop_sku: DropSku, lot: Lot, by: int) -> None:
    """Note that so many units more or fewer are to leave as they return."""
    lot.shortfall += by
    lot.save(update_fields=["shortfall"])
    drop_sku.shortfall += by


def _make_good(drop_sku: DropSku, lot: Lot, units: int) -> None:
    """Note that so many units of a shortfall have left."""
    _owe(drop_sku, lot, -units)
    _record(drop_sku, lot.pool_id, StockChange(by=0, voided=units), "shop")


def _record(drop_sku: DropSku, pool_id: int, change: StockChange, actor: str) -> None:
    drop_sku.save(update_fields=["planned", "shortfall"])
    change.drop_sku, change.pool_id, change.shortfall = drop_sku, pool_id, drop_sku.shortfall
    change.actor, change.at = actor[:_ACTOR], database_now()
    change.save(force_insert=True)
    announce(stock_changed, drop_id=drop_sku.drop_id)
