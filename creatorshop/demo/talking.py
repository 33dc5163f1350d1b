"""
One conversation of the demo waits for a person, so that whoever opens the inbox sees what it is for.
"""

from __future__ import annotations

from uuid import uuid4

from creatorshop.chat import threads
from creatorshop.chat.inbound import read_event
from creatorshop.chat.models import Thread
from drops.catalog.models import Creator
from drops.sales.models import Order

WORDS = (
    "Hello! Where is my order?",
    "My shelf is 9 cm high. Will it fit?",
    "Could I talk to a person please?",
)


def let_somebody_ask(*, creator: Creator) -> None:
    """Let the last buyer of a parcel open the chat and ask what the assistant cannot answer; only where nobody talked yet."""
    order = (
        Order.objects.filter(creator=creator, delivery_method="parcel")
        .select_related("drop", "shopper")
        .order_by("-pk")
        .first()
    )
    if order is None or Thread.objects.filter(creator=creator).exists():
        return
    thread = threads.thread_of(order.shopper)
    _send(thread, kind="opened", context={"drop": order.drop.ref, "locale": "en-GB"})
    for words in WORDS:
        _send(thread, kind="text", text=words)


def _send(thread: Thread, **event: object) -> None:
    threads.receive(thread_id=thread.pk, event=read_event({"id": str(uuid4()), **event}))
