"""Where units lie."""

from drops.stock.models import StockPool

STORE_ROOM = "Store-room"


def store_room_of(*, creator_id: int) -> StockPool:
    """Return where a creator's parcels are packed, made at the first question."""
    pool, _ = StockPool.objects.get_or_create(creator_id=creator_id, is_store_room=True, defaults={"name": STORE_ROOM})
    return pool
