import json
from datetime import datetime
from typing import Any

from creatorshop.chat import news
from drops.sales.offering import promote_in_drop
from drops.stock import stream


def fresh_snapshot(*, drop_id: int) -> dict[str, Any]:
    """
    Return a drop's stock as it is now, numbered.

    Whoever asks notices for those who wait: a unit that came back unseen is theirs before it is shown.
    """
    promote_in_drop(drop_id=drop_id)
    return stream.snapshot_of(drop_id=drop_id)


def look(*, drop_id: int, asked_at: datetime | None, shown: stream.Version) -> stream.Look:
    """
    Look at a drop's stock for a board, and spread what nobody had published yet.

    Whoever numbers a snapshot is the only one who knows that it is new, so the same call has to tell the others.
    """
    promote_in_drop(drop_id=drop_id)
    looked = stream.look(drop_id=drop_id, asked_at=asked_at, shown=shown)
    if looked.is_new:
        news.tell(topic=news.drop_topic(drop_id), word=json.dumps(looked.snapshot))
    return looked
