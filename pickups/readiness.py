from drops.schedule.models import Drop
from drops.schedule.readiness import Check, ReadinessCheck
from drops.stock.models import StockPool
from drops.stock.pools import pool_counts_of_drops
from pickups.models import Location, Shelf


class ShelvesReady(ReadinessCheck):
    """Units on a shelf can be had: its location is open and hands over for the creator."""

    name = "shelves"

    def checks(self, *, drop: Drop) -> list[Check]:
        units: dict[int, int] = {}
        for count in pool_counts_of_drops(drop_ids=[drop.pk]):
            if not count.is_store_room:
                units[count.pool_id] = units.get(count.pool_id, 0) + count.for_sale
        serving = Location.objects.active().serving(creator_id=drop.creator_id)
        reachable = set(Shelf.objects.filter(location__in=serving).values_list("pool", flat=True))
        return [
            Check("shelves", True, f"{units[pool.pk]} units {pool.where}.")
            if pool.pk in reachable
            else Check("shelves", False, f"{units[pool.pk]} units {pool.where}, where nobody hands anything over.")
            for pool in StockPool.objects.filter(pk__in=units).order_by("name")
            if units[pool.pk]
        ]
