"""
A drop's stock in one socket process: read once, shown to every socket that watches it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from django.db import Error

from creatorshop.chat import clock, live, news
from creatorshop.chat.database import ask
from creatorshop.chat.hub import Hub, Mailbox, hub_here

logger = logging.getLogger(__name__)

COALESCE_S = 0.1  # many claims in one instant make one snapshot
LOOK_S = 2.0  # while a hold lives (its end is no write) or Redis is away
LOOK_ANYWAY_S = 15.0  # repairs whatever else went wrong
AGAIN_S = 0.3  # while somebody else is publishing: their word may be lost
NEWS_ROOM = 64


class Board:
    """Keeps the newest snapshot of a drop for as long as anybody looks at it."""

    def __init__(self, drop_id: int) -> None:
        self._drop_id = drop_id
        self._viewers: set[Mailbox] = set()
        self._version = (-1, -1)
        self._skus: list[dict[str, Any]] = []
        self._frame = ""
        self._has_live_holds = False
        self._is_unsettled = False
        self._keeper: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def viewing(self) -> AsyncIterator[Mailbox]:
        """Give a mailbox that gets the newest frame now and after every change."""
        mailbox = Mailbox(room=1)
        self._viewers.add(mailbox)
        if self._frame:
            mailbox.put(self._frame)
        if self._keeper is None:
            self._keeper = asyncio.get_running_loop().create_task(self._keep())
        try:
            yield mailbox
        finally:
            self._viewers.discard(mailbox)
            if not self._viewers:
                _boards.pop((asyncio.get_running_loop(), self._drop_id), None)
                self._keeper.cancel()

    async def _keep(self) -> None:
        hub = hub_here()
        # Listen before the first look: what happens in between is heard.
        async with hub.watching(news.drop_topic(self._drop_id), room=NEWS_ROOM) as heard:
            await self._look()
            while True:
                words = await heard.take(within=self._patience(hub))
                for word in words:
                    if word != news.MOVED:
                        self._show(json.loads(word))
                if news.MOVED in words:
                    await asyncio.sleep(COALESCE_S)
                if news.MOVED in words or not words:
                    await self._look()

    def _patience(self, hub: Hub) -> float:
        if self._is_unsettled:
            return AGAIN_S
        return LOOK_S if self._has_live_holds or hub.is_deaf else LOOK_ANYWAY_S

    async def _look(self) -> None:
        try:
            snapshot = await ask(live.fresh_snapshot, drop_id=self._drop_id)
        except Error:
            # Clients keep what they have, and no newer number claims to be true. Look again soon.
            logger.warning("Unable to read the stock of drop %s", self._drop_id, exc_info=True)
            self._is_unsettled = True
            return
        clock.learn(datetime.fromisoformat(snapshot["server_time"]))
        is_shown = self._show(snapshot)
        # Other counts under the number that is known already: somebody is publishing them in this very moment.
        self._is_unsettled = not is_shown and snapshot["skus"] != self._skus

    def _show(self, snapshot: dict[str, Any]) -> bool:
        """Hand a snapshot to every viewer if it is newer than what they have, and tell whether it was."""
        version = (snapshot["epoch"], snapshot["seq"])
        if version <= self._version:
            return False
        self._version = version
        self._skus = snapshot["skus"]
        self._has_live_holds = any(sku["held"] for sku in self._skus)
        # The frame without its head: each socket puts that before it, with the time of sending.
        self._frame = json.dumps(snapshot, separators=(",", ":"))[1:]
        for viewer in self._viewers:
            viewer.put(self._frame)
        return True


_boards: dict[tuple[asyncio.AbstractEventLoop, int], Board] = {}


def board_of(*, drop_id: int) -> Board:
    """Return the running loop's board of a drop. It goes when its last viewer does."""
    key = (asyncio.get_running_loop(), drop_id)
    if key not in _boards:
        _boards[key] = Board(drop_id)
    return _boards[key]
