"""
Shelves: units of a creator that lie at a partner's place before anybody has bought them.
"""

from django.db import transaction

from drops.catalog.models import Creator
from drops.errors import Refused
from drops.schedule.models import DropState
from drops.stock.models import StockPool, Token, TokenStatus
from pickups.models import Location, Shelf

_OVER = [DropState.CLOSED, DropState.DRAINED, DropState.SETTLED]


class NotServed(Refused):
    """The location hands nothing over for this creator."""

    code = "location_does_not_serve"


class ShelfInUse(Refused):
    """Units of a drop that is not over lie there; without the shelf nobody could ask for them."""

    code = "shelf_in_use"


def put_up_shelf(*, location: Location, creator: Creator) -> Shelf:
    """
    Give a creator a shelf at a location; the same again changes nothing.

    From now on whoever collects there has their unit from the shelf, so plan some for it.

    :raises NotServed: if the location hands nothing over for this creator.
    """
    with transaction.atomic():
        # Locked, so that a second click waits here and then finds the first one's shelf.
        location = Location.objects.select_for_update(no_key=True).get(pk=location.pk)
        if not Location.objects.serving(creator_id=creator.pk).filter(pk=location.pk).exists():
            raise NotServed(f"{location} does not hand over for {creator}.", location=location.ref)
        shelf = Shelf.objects.filter(location=location, creator=creator).first()
        if shelf is None:
            pool = StockPool.objects.create(creator=creator, name=_free_name(location, creator))
            shelf = Shelf.objects.create(location=location, creator=creator, pool=pool)
    return shelf


def take_down_shelf(*, shelf: Shelf) -> None:
    """
    Take a shelf away: pickups at its location come from the store-room again.

    :raises ShelfInUse: if units of a drop that is not over lie there.
    """
    with transaction.atomic():
        Shelf.objects.select_for_update().get(pk=shelf.pk)
        there = Token.objects.filter(pool=shelf.pool, status__in=[TokenStatus.FREE, TokenStatus.HELD])
        running = there.exclude(drop_sku__drop__state__in=_OVER)
        if running.exists():
            units = running.count()
            raise ShelfInUse(f"{units} units lie {shelf.pool.where}. Carry them to the store-room first.", units=units)
        Shelf.objects.filter(pk=shelf.pk).delete()


def _free_name(location: Location, creator: Creator) -> str:
    """Return the location's name, with its town where two are called alike."""
    taken = set(StockPool.objects.filter(creator=creator).values_list("name", flat=True))
    names = [location.name, f"{location.name}, {location.city}", f"{location.name} ({location.ref})"]
    return next(name[:80] for name in names if name[:80] not in taken)
