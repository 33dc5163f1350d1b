"""
More or fewer units while a drop runs (stock.md R11). What is held or sold is never taken away from anybody.

A cut takes free units out at once. Those that are on hold stay with their shoppers; they are recorded as the SKU's
shortfall and leave as they return: in the transaction that lets a hold go or ends it, before the next hold of the SKU
looks for units, and in the sweep. A hold that is paid keeps its units, and that part of the shortfall stays on record.

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
from drops.stock.counts import count_of
from drops.stock.models import DropSku, StockChange

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


def change_units(*, drop_sku_id: int, by: int, actor: str) -> StockChange:
    """
    Sell so many units more or fewer of a SKU, in a drop that runs.

    :raises NothingToChange: if it is by nothing.
    :raises NotRunning: if the drop is neither open nor paused.
    :raises CutTooDeep: if fewer units are left that were not sold; nothing changes then.
    """
    if by == 0:
        raise NothingToChange("Say how many units more or fewer.")
    with transaction.atomic():
        # no_key: claims take a key share on this row and must not wait. It keeps two people from changing it at once.
        rows = DropSku.objects.select_for_update(no_key=True, of=("self",)).select_related("drop", "sku__product")
        drop_sku = rows.get(pk=drop_sku_id)
        if drop_sku.drop.state_at(database_now()) not in RUNNING:
            raise NotRunning(f"{drop_sku.drop.title} is {drop_sku.drop.get_state_display().lower()}.")
        change = _add(drop_sku, by) if by > 0 else _cut(drop_sku, -by)
        _record(drop_sku, change, actor)
        if by > 0:
            announce(units_awaited, drop_sku_id=drop_sku.pk)
    return change


def take_out_returned(*, drop_sku_id: int) -> int:
    """
    Take free units out of the drop while there is a shortfall, and return how many left.

    Somebody else who is at it is not waited for: they, or the sweep, see to it.
    """
    with transaction.atomic():
        short = DropSku.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=drop_sku_id, shortfall__gt=0)
        drop_sku = short.first()
        if drop_sku is None:
            return 0
        voided = tokens.void_free(drop_sku_id=drop_sku_id, units=drop_sku.shortfall)
        if voided:
            drop_sku.shortfall -= voided
            _record(drop_sku, StockChange(by=0, voided=voided), "shop")
    return voided


def take_out_returned_of(*, drop_sku_ids: Collection[int]) -> int:
    """Do so for those of the given SKUs that have a shortfall; return how many units left."""
    return _take_out(DropSku.objects.filter(pk__in=drop_sku_ids))


def take_out_all_returned() -> int:
    """Do so for every SKU with a shortfall; return how many units left."""
    return _take_out(DropSku.objects.all())


def _take_out(among: QuerySet[DropSku]) -> int:
    short = among.filter(shortfall__gt=0).order_by("pk").values_list("pk", flat=True)
    return sum(take_out_returned(drop_sku_id=drop_sku_id) for drop_sku_id in list(short))


def _add(drop_sku: DropSku, units: int) -> StockChange:
    # Units that were to leave may stay instead, before new ones are minted.
    kept = min(units, drop_sku.shortfall)
    drop_sku.shortfall -= kept
    drop_sku.planned += units
    tokens.mint(drop_sku=drop_sku, units=units - kept)
    return StockChange(by=units, minted=units - kept)


def _cut(drop_sku: DropSku, units: int) -> StockChange:
    count = count_of(drop_sku_id=drop_sku.pk)
    most = max(0, count.free + count.held - drop_sku.shortfall)
    if units > most:
        raise CutTooDeep(
            f"Only {most} units of {drop_sku.sku} could still leave: {count.sold} are sold.", most=most, asked=units
        )
    voided = tokens.void_free(drop_sku_id=drop_sku.pk, units=units)
    drop_sku.shortfall += units - voided
    drop_sku.planned -= units
    return StockChange(by=-units, voided=voided)


def _record(drop_sku: DropSku, change: StockChange, actor: str) -> None:
    drop_sku.save(update_fields=["planned", "shortfall"])
    change.drop_sku, change.shortfall = drop_sku, drop_sku.shortfall
    change.actor, change.at = actor[:_ACTOR], database_now()
    change.save(force_insert=True)
    announce(stock_changed, drop_id=drop_sku.drop_id)
