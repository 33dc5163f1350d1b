"""
Why a wish is not to be had: the claim's verdicts as sentences with their facts.
"""

from copy import copy
from datetime import datetime

from drops.audience.memberships import open_tier
from drops.errors import NotFound, Refused, ShopError
from drops.events import announce, units_awaited
from drops.sales import screening
from drops.sales.accepting import Outcome
from drops.schedule.models import Drop, DropState
from drops.stock import holds, limits
from drops.stock.models import DropSku, LimitKind, StockPool
from drops.stock.pools import pool_counts_of


class QuoteNotFound(NotFound):
    code = "quote_not_found"


class QuoteExpired(Refused):
    code = "quote_expired"


class QuoteChanged(Refused):
    """The accepted hash is not that of the quote: what was seen is not what would be charged."""

    code = "quote_changed"


class AlreadyHolding(Refused):
    code = "already_holding"


class QuoteUsed(Refused):
    """The quote was accepted before, under another key."""

    code = "quote_used"


class NotYetOpen(Refused):
    code = "not_yet_open"


class DropPaused(Refused):
    code = "drop_paused"


class DropClosed(Refused):
    code = "drop_closed"


class NotEligible(Refused):
    """Members are first, and the shopper is none and was not given early access."""

    code = "not_eligible"


class Reasons:
    """The refusals of wishes that were looked at together: what many of them are told is worked out once."""

    def __init__(self) -> None:
        self._shortages: dict[tuple[object, ...], Refused] = {}

    def of(self, outcome: Outcome) -> ShopError | None:
        """Return why a wish was refused by looking, or None if what was in the way has gone between two looks."""
        match outcome.word:
            case "quote_unknown":
                return QuoteNotFound("There is no such quote.")
            case "quote_changed":
                return QuoteChanged(
                    "The price changed while you read. Please look at the new total.", total_minor=outcome.total_minor
                )
            case "not_on_sale":
                return not_on_sale(drop=Drop.objects.get(pk=outcome.drop_id), now=outcome.at)
            case "not_entitled":
                return not_eligible(drop=Drop.objects.select_related("creator").get(pk=outcome.drop_id))
            case "quote_used":
                return QuoteUsed("This price was accepted already. Please ask for it again.")
            case "quote_stale":
                words = "This price was good for two minutes. Please ask for it again."
                return QuoteExpired(words, valid_until=outcome.until)
            case "holding":
                sku = DropSku.objects.select_related("sku__product").get(pk=outcome.drop_sku_id).sku
                return AlreadyHolding(f"You hold {sku} already.", hold=outcome.other, expires_at=outcome.until)
            case "blocked":
                return screening.blocked(outcome)
            case "step_up":
                return screening.step_up_required(outcome)
            case "slow_down":
                return screening.slow_down(outcome)
            case "cooling_down":
                return screening.cooling_down(outcome)
            case "limit":
                kind = LimitKind(outcome.other or LimitKind.ACCOUNT)
                limit = outcome.account_limit
                if kind != LimitKind.ACCOUNT:
                    limit = limits.limit_of(drop=Drop.objects.get(pk=outcome.drop_id), kind=kind)
                return limits.limit_reached(
                    limit=limit, left=max(0, outcome.left_over or 0), asked=outcome.quantity, kind=kind
                )
            case "short":
                return self._shortage(outcome)
        return None

    def _shortage(self, outcome: Outcome) -> Refused:
        same = (outcome.drop_sku_id, outcome.pool_id, outcome.delivery_method, outcome.quantity)
        facts = (*same, outcome.left_over, outcome.until, outcome.other)
        if facts not in self._shortages:
            self._shortages[facts] = _shortage(outcome)
        # Each their own: an exception keeps the trace of whoever raises it.
        return copy(self._shortages[facts])


def _shortage(outcome: Outcome) -> Refused:
    """Return why the units are not to be had; "sold out" is said only when no pool has one, nor gets one back."""
    left, until, kept = outcome.left_over or 0, outcome.until, int(outcome.other or 0)
    if kept:
        # Whoever is turned away here notices for those who wait.
        announce(units_awaited, drop_sku_id=outcome.drop_sku_id)
    if outcome.has_other_pools:
        counts = pool_counts_of(drop_sku_id=outcome.drop_sku_id)
        others = [count for count in counts if count.pool_id != outcome.pool_id]
        elsewhere = [count for count in others if count.available]
        if elsewhere:
            return holds.shortage_here(
                pool=StockPool.objects.get(pk=outcome.pool_id),
                method=outcome.delivery_method,
                asked=outcome.quantity,
                left=left,
                elsewhere=elsewhere,
                next_return_at=until,
            )
        until = min((at for at in (until, *(count.next_return_at for count in others)) if at), default=None)
        kept += sum(count.free for count in others)
    return holds.shortage(
        name=outcome.terms["title"],
        asked=outcome.quantity,
        left=left,
        units=outcome.units,
        next_return_at=until,
        kept=kept,
    )


def not_on_sale(*, drop: Drop, now: datetime) -> Refused | None:
    """Return why a drop does not sell at an instant, or None if it does."""
    state = drop.state_at(now)
    if state in (DropState.SCHEDULED, DropState.DRAFT):
        return NotYetOpen(f"{drop.title} is not open yet.", opens_at=drop.opens_at, time_zone=drop.time_zone)
    if state == DropState.PAUSED:
        reason = f" {drop.pause_reason}" if drop.pause_reason else ""
        return DropPaused(f"The creator paused the drop.{reason}", paused_at=drop.paused_at, reason=drop.pause_reason)
    if state != DropState.OPEN:
        return DropClosed(f"{drop.title} has closed.", closed_at=drop.closed_at or drop.closes_at)
    return None


def not_eligible(*, drop: Drop) -> NotEligible:
    """Return what somebody is told who is neither a member nor invited, while members are first."""
    tier = open_tier(creator=drop.creator)
    at = drop.open_to_all_at.astimezone(drop.zone)
    return NotEligible(
        f"{drop.title} is for members first. It opens for everybody on {at:%d %b at %H:%M} ({drop.time_zone}).",
        open_to_all_at=drop.open_to_all_at,
        opens_at=drop.opens_at,
        time_zone=drop.time_zone,
        tier=tier.name if tier else "",
        creator=drop.creator.slug,
    )
