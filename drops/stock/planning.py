"""
Which SKUs a drop sells, and how many of each: the sync before the opening.
"""

from django.db import transaction

from drops.catalog.models import Sku
from drops.errors import Invalid, Refused
from drops.events import announce, stock_changed
from drops.schedule.models import Drop, DropState
from drops.stock import tokens
from drops.stock.models import DropSku, StockPool, Token, TokenStatus
from drops.stock.pools import refuse_foreign, store_room_of

_EDITABLE = [DropState.DRAFT, DropState.SCHEDULED]


class NotInCapsule(Invalid):
    code = "sku_not_in_capsule"


class DropIsOpen(Refused):
    code = "drop_is_open"


def plan_units(*, drop: Drop, sku: Sku, units: int, pool: StockPool | None = None) -> DropSku:
    """
    Put a SKU into a drop with so many units in one pool, and mint or void tokens until they agree.

    Without a pool the units lie in the store-room; those in other pools stay as they are.

    :raises NotInCapsule: if the SKU's product is not in the drop's capsule.
    :raises ForeignPool: if the pool is another creator's.
    :raises DropIsOpen: if the drop is on sale already.
    """
    with transaction.atomic():
        locked = Drop.objects.select_for_update(no_key=True).get(pk=drop.pk)
        if locked.state not in _EDITABLE:
            raise DropIsOpen(f"{drop.title} is {locked.get_state_display().lower()}; its units are fixed.")
        if sku.product.capsule_id != drop.capsule_id:
            raise NotInCapsule(f"{sku} is not in {drop.capsule.title}.", sku=sku.code)
        pool = pool or store_room_of(creator_id=drop.creator_id)
        refuse_foreign(pool=pool, creator_id=drop.creator_id)
        drop_sku, _ = DropSku.objects.get_or_create(
            drop=drop, sku=sku, defaults={"position": DropSku.objects.filter(drop=drop).count()}
        )
        everywhere = Token.objects.filter(drop_sku=drop_sku).exclude(status=TokenStatus.VOID)
        alive = everywhere.filter(pool=pool).count()
        if units > alive:
            tokens.mint(drop_sku=drop_sku, units=units - alive, pool=pool)
        elif units < alive:
            tokens.void(drop_sku=drop_sku, units=alive - units, pool=pool)
        drop_sku.planned = everywhere.count()
        drop_sku.save(update_fields=["planned"])
        announce(stock_changed, drop_id=drop.pk)
    return drop_sku


def plan_all_on_hand(*, drop: Drop) -> list[DropSku]:
    """Put every SKU of the drop's capsule that is in the store-room into the drop, with all its units."""
    skus = Sku.objects.filter(product__capsule=drop.capsule, product__state="active", on_hand__gt=0)
    ordered = skus.select_related("product").order_by("product__position", "product_id", "position", "pk")
    return [plan_units(drop=drop, sku=sku, units=sku.on_hand) for sku in ordered]
