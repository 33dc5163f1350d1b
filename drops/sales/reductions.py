"""
When a price may be called reduced, and from what: Directive 98/6/EC, art. 6a (the "Omnibus" directive).

Whoever announces a reduction has to name the lowest price of the 30 days before it, and the reduction is counted from that
one (CJEU C-330/23, Aldi Süd). A price counts here only where somebody could have bought at it: while a drop with the SKU
was on, and for an hour at least. So nothing is reduced from a price that stood in the catalogue and was never asked of
anybody. What is new has no 30 days before it; states may allow less for that, and we do not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from drops.catalog.models import Sku, SkuPrice
from drops.schedule.models import DropState
from drops.stock.models import DropSku

LOOKS_BACK = timedelta(days=30)
ASKED_FOR = timedelta(hours=1)
LASTS = timedelta(days=30)  # a price that has stood for so long is simply the price


@dataclass(frozen=True)
class Step:
    """What a unit costs from an instant on, in minor units."""

    from_at: datetime
    price_minor: int


@dataclass(frozen=True)
class Window:
    """A time in which somebody could buy."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Reduction:
    """A reduction that may be announced: since when it applies, and the lowest price of the 30 days before, for one unit."""

    since: datetime
    lowest_before_minor: int


def reductions_of(*, skus: Collection[Sku], currency: str, now: datetime) -> dict[int, Reduction]:
    """
    Return the reductions of SKUs of one currency that may be announced, by the SKU's key.

    Asks nothing where no SKU wants to announce one.
    """
    asking = [sku for sku in skus if sku.announces_reduction]
    if not asking:
        return {}
    steps: dict[int, list[Step]] = {sku.pk: [] for sku in asking}
    for row in SkuPrice.objects.filter(sku__in=asking, currency=currency).order_by("from_at", "pk"):
        steps[row.sku_id].append(Step(row.from_at, row.price_minor))
    windows: dict[int, list[Window]] = {sku.pk: [] for sku in asking}
    sold_in = DropSku.objects.filter(sku__in=asking).exclude(drop__state=DropState.DRAFT).select_related("drop")
    for drop_sku in sold_in:
        drop = drop_sku.drop
        ends_at = min(drop.closed_at or drop.closes_at, drop.closes_at)
        windows[drop_sku.sku_id].append(Window(drop.opened_at or drop.opens_at, ends_at))
    found = {sku.pk: reduction_of(steps=steps[sku.pk], windows=windows[sku.pk], now=now) for sku in asking}
    return {sku_id: reduction for sku_id, reduction in found.items() if reduction is not None}


def reduction_of(*, steps: Sequence[Step], windows: Sequence[Window], now: datetime) -> Reduction | None:
    """Return the reduction that a history of prices bears out at an instant; None if it bears none out."""
    known = [step for step in steps if step.from_at <= now]
    if len(known) < 2:
        return None
    current = known[-1]
    applied = _asked(Window(current.from_at, now + timedelta.resolution), windows)
    since = min((window.starts_at for window in applied), default=None)
    if since is None or now - since > LASTS or known[0].from_at > since - LOOKS_BACK:
        return None
    lasted, before = timedelta(0), []
    for step, following in pairwise(known):
        asked = _asked(Window(max(step.from_at, since - LOOKS_BACK), following.from_at), windows)
        lasted += sum((window.ends_at - window.starts_at for window in asked), timedelta(0))
        before += [step.price_minor] if asked else []
    lowest = min(before, default=0)
    return Reduction(since, lowest) if lasted >= ASKED_FOR and lowest > current.price_minor else None


def lowest_before(prices: Sequence[tuple[int, Reduction | None]]) -> int | None:
    """
    Return what may be struck through beside the lowest of several prices, for one unit in minor units.

    Of those that cost the least every one has to be reduced, and the smallest of their reductions is told.
    """
    least = min((price for price, _ in prices), default=0)
    reductions = [reduction for price, reduction in prices if price == least]
    told = [reduction.lowest_before_minor for reduction in reductions if reduction is not None]
    return min(told) if told and len(told) == len(reductions) else None


def _asked(span: Window, windows: Sequence[Window]) -> list[Window]:
    """Return the parts of a span in which somebody could buy."""
    parts = [Window(max(span.starts_at, window.starts_at), min(span.ends_at, window.ends_at)) for window in windows]
    return [part for part in parts if part.starts_at < part.ends_at]
