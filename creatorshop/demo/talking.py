"""
One conversation of the demo waits for a person, so that whoever opens the inbox sees what it is for.
"""

from __future__ import annotations

from uuid import uuid4

from creatorshop.chat import threads
from creatorshop.chat.inbound import Context, OpenedEvent, SaidEvent, TextEvent
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
    came = OpenedEvent(id=uuid4(), kind="opened", context=Context(drop=order.drop.ref, locale="en-GB"))
    said: list[SaidEvent] = [came, *(TextEvent(id=uuid4(), kind="text", text=words) for words in WORDS)]
    thread = threads.thread_of(order.shopper)
    for event in said:
        threads.receive(thread_id=thread.pk, event=event)
