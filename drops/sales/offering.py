"""
Offering units that came back to those who wait, in their order (stock.md R9).

Whoever notices does it: the service that gave units back, the sweep, the publisher's timer, and whoever asks for stock, a
hold or their place. Two who notice at once give one offer, because an offer takes its entry out of the line in the very
transaction that places the hold (drops/migrations/waitlist.sql).
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError

from drops.clock import database_now
from drops.errors import ShopError
from drops.events import announce, hold_changed
from drops.sales import holding, refusals
from drops.sales.delivery import Destination
from drops.sales.quotes import make_quote
from drops.schedule.models import Drop, DropState
from drops.stock import holds, resync, waitlist
from drops.stock.models import Hold, HoldSource, WaitlistEntry

logger = logging.getLogger(__name__)

LOOKS = 50  # entries that one noticing looks at; the next goes on
# Nothing is wrong with the entry then: the units went elsewhere, or the drop does not sell.
_NOT_NOW = (
    holds.Busy,
    holds.OnlySomeLeft,
    holds.NoneLeftHere,
    holds.HeldByOthers,
    holds.SoldOut,
    refusals.NotYetOpen,
    refusals.DropPaused,
    refusals.DropClosed,
)


def promote(*, drop_sku_id: int) -> list[Hold]:
    """
    Offer the free units of a SKU to those in line, and return the offers.

    Each is a hold at today's price with its own time to live. Whoever cannot be served is skipped and keeps their place.
    """
    return [hold for line in waitlist.lines_of_sku(drop_sku_id=drop_sku_id) for hold in _promote(line)]


def promote_in_drop(*, drop_id: int) -> list[Hold]:
    """Do so for every SKU of a drop. Cheap when there is nothing to do."""
    return [hold for line in waitlist.lines_of_drop(drop_id=drop_id) for hold in _promote(line)]


def promote_everywhere() -> list[Hold]:
    """Do so for every drop."""
    return [hold for line in waitlist.all_lines() for hold in _promote(line)]


def offer_lasts(*, drop: Drop) -> timedelta:
    """Return how long an offer of a drop is good for."""
    return timedelta(minutes=max(settings.WAITLIST_OFFER_MINUTES, drop.hold_minutes))


def _promote(line: waitlist.Line) -> list[Hold]:
    offers: list[Hold] = []
    if not _sells(line.drop_sku_id):
        return offers
    # Or somebody would be chosen for units that leave before they can be offered, and whoever comes behind overlooked.
    resync.take_out_returned(drop_sku_id=line.drop_sku_id)
    for _ in range(LOOKS):
        now = database_now()
        look = waitlist.look(line=line, now=now)
        if look.entry is None:
            break
        try:
            hold = _offer(look.entry)
        except _NOT_NOW as refusal:
            logger.info("Nothing could be offered to %s: %s", look.entry, refusal.code)
            break
        except ShopError as refusal:
            waitlist.pass_over(entry=look.entry, reason=refusal.code, now=now)
        except IntegrityError as error:
            if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "offer_has_its_entry":
                raise
            # They left, or somebody else noticed too and was quicker.
        else:
            waitlist.note_skips(served=look.entry, free=look.free)
            announce(hold_changed, hold_id=hold.pk, state=hold.state, reason="offered")
            offers.append(hold)
    return offers


def _sells(drop_sku_id: int) -> bool:
    drop = Drop.objects.filter(drop_skus=drop_sku_id).first()
    return drop is not None and drop.state_at(database_now()) == DropState.OPEN


def _offer(entry: WaitlistEntry) -> Hold:
    drop = entry.drop_sku.drop
    quote = make_quote(
        shopper=entry.shopper,
        drop=drop,
        sku_code=entry.drop_sku.sku.code,
        quantity=entry.quantity,
        destination=Destination(entry.country, entry.postcode),
        method=entry.delivery_method,
        option=entry.delivery_option,
    )
    return holding.place_hold(
        shopper=entry.shopper,
        quote_ref=quote.ref,
        quote_hash=quote.hash,
        idempotency_key=f"offer:{quote.ref}",
        source=HoldSource.WAITLIST,
        lasts=offer_lasts(drop=drop),
    )
