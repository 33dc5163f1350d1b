import json
from typing import Any

from creatorshop.chat import news
from drops.sales.offering import promote_in_drop
from drops.stock.stream import publish, snapshot_of


def fresh_snapshot(*, drop_id: int) -> dict[str, Any]:
    """
    Return a drop's stock as it is now, numbered, and spread it if nobody had published it yet.

    Whoever numbers a snapshot is the only one who knows that it is new, so the same call has to tell the others. And
    whoever looks notices for those who wait: a unit that came back unseen is theirs before it is shown.
    """
    promote_in_drop(drop_id=drop_id)
    published = publish(drop_id=drop_id)
    if published is None:
        return snapshot_of(drop_id=drop_id)
    news.tell(topic=news.drop_topic(drop_id), word=json.dumps(published))
    return published
