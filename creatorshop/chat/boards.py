"""
A drop's stock in one socket process: looked at once, shown to every socket that watches it (docs/adr/0004-stock-hub.md).
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import Error

from creatorshop.chat import clock, live, news
from creatorshop.chat.database import ask
from creatorshop.chat.frames import Frame, Outlet
from creatorshop.chat.hub import Hub, hub_here
from creatorshop.chat.sockets import BEAT_S, beat
from drops.stock.stream import PACE, UNNUMBERED, Look

logger = logging.getLogger(__name__)

PACE_S = PACE / timedelta(seconds=1)
LOOK_S = 0.5  # while a hold lives or Redis is away: so old does a lost word let a count become
LOOK_ANYWAY_S = 15.0  # repairs whatever else went wrong
TURN_S = 0.02  # after a hold's end, so that the database's clock has passed it as well
DUTY = 4  # a look that took long is followed by a pause so many times as long: counting keeps no database busy
NEWS_ROOM = 64
AT_ONCE = 500  # sockets that are told before the rest of this process gets a turn


class Board:
    """Keeps the newest snapshot of a drop for as long as anybody watches it."""

    def __init__(self, drop_id: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._drop_id = drop_id
        self._viewers: dict[Outlet, Frame | None] = {}  # and what each was shown last
        self._version = UNNUMBERED
        self._body = ""  # of the newest frame, without the time of sending
        self._frame: Frame | None = None
        self._hub: Hub | None = None
        self._asked_at: datetime | None = None  # a question that is not settled yet, by the database's clock
        self._looked_at = -math.inf
        self._look_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._telling: asyncio.Task[None] | None = None

    def join(self, viewer: Outlet) -> None:
        """Show a viewer the newest frame, now and after every change, until they leave."""
        self._viewers[viewer] = self._frame
        if self._frame is not None:
            viewer.offer(self._headed())
        if not self._tasks:
            self._tasks = [self._loop.create_task(self._keep()), self._loop.create_task(self._beat())]

    def leave(self, viewer: Outlet) -> None:
        """Show a viewer nothing any more. The board goes with the last of them."""
        viewer.close()
        self._viewers.pop(viewer, None)
        if self._viewers:
            return
        _boards.pop((self._loop, self._drop_id), None)
        for task in (*self._tasks, self._telling):
            if task is not None:
                task.cancel()

    async def _keep(self) -> None:
        self._hub = hub_here()
        # Listen before the first look: what happens in between is heard.
        async with self._hub.watching(news.drop_topic(self._drop_id), room=NEWS_ROOM) as heard:
            while True:
                words = await heard.take(within=max(0.0, self._look_at - time.monotonic()))
                for word in words:
                    if word != news.MOVED:
                        self._take_in(json.loads(word))
                if news.MOVED in words:
                    self._asked_at = None
                    self._look_by(self._looked_at + PACE_S)
                if time.monotonic() >= self._look_at:
                    await self._look()

    async def _look(self) -> None:
        self._looked_at = began = time.monotonic()
        self._look_at = began + LOOK_ANYWAY_S
        try:
            looked: Look = await ask(live.look, drop_id=self._drop_id, asked_at=self._asked_at, shown=self._version)
        except Error:
            # Clients keep what they have, and no newer number claims to be true. Look again soon.
            logger.warning("Unable to read the stock of drop %s", self._drop_id, exc_info=True)
            self._look_by(began + LOOK_S)
            return
        clock.learn(datetime.fromisoformat(looked.snapshot["server_time"]))
        self._asked_at = None if looked.is_settled else looked.asked_at
        if not looked.is_settled:
            self._look_by(began + PACE_S)
        if looked.turns_at is not None:
            self._look_by(_moment_of(looked.turns_at))
        self._take_in(looked.snapshot)
        self._look_at = max(self._look_at, began + PACE_S, began + DUTY * (time.monotonic() - began))

    def _look_by(self, moment: float) -> None:
        self._look_at = min(self._look_at, moment)

    def _take_in(self, snapshot: dict[str, Any]) -> None:
        """Show a snapshot if it is newer than what there is, and look again before it can be too old."""
        if self._hub is None or self._hub.is_deaf or any(sku["held"] for sku in snapshot["skus"]):
            self._look_by(self._looked_at + LOOK_S)
        if snapshot["next_return_at"] is not None:
            self._look_by(_moment_of(datetime.fromisoformat(snapshot["next_return_at"])))
        version = (snapshot["epoch"], snapshot["seq"])
        if version <= self._version:
            return
        self._version = version
        self._body = json.dumps(snapshot, separators=(",", ":"))[1:]
        self._frame = self._headed()
        if self._telling is None:
            self._telling = self._loop.create_task(self._tell())

    def _headed(self) -> Frame:
        return Frame(f'{{"type":"stock","now":"{clock.now_iso()}",{self._body}')

    async def _tell(self) -> None:
        """Offer the newest frame to everybody who has not had it, a few hundred in a row."""
        try:
            while behind := [viewer for viewer, shown in self._viewers.items() if shown is not self._frame]:
                for start in range(0, len(behind), AT_ONCE):
                    self._offer(self._frame, behind[start : start + AT_ONCE])
                    await asyncio.sleep(0)
        finally:
            self._telling = None

    def _offer(self, frame: Frame | None, viewers: list[Outlet]) -> None:
        for viewer in viewers:
            if frame is not None and viewer in self._viewers:
                self._viewers[viewer] = frame
                viewer.offer(frame)

    async def _beat(self) -> None:
        """Say "still here" to whoever has long heard nothing. Spread out: ten thousand beats at once would delay news."""
        while True:
            await asyncio.sleep(BEAT_S / 30)
            quiet_since = time.monotonic() - BEAT_S / 2
            quiet = [viewer for viewer in self._viewers if viewer.spoke_at <= quiet_since and not viewer.is_behind]
            frame = Frame(beat())
            for viewer in quiet[: math.ceil(len(self._viewers) / 12)]:
                viewer.offer(frame)


def _moment_of(instant: datetime) -> float:
    """Return when, on this process's monotonic clock, an instant of the database's clock is over."""
    return time.monotonic() + (instant - clock.now()) / timedelta(seconds=1) + TURN_S


_boards: dict[tuple[asyncio.AbstractEventLoop, int], Board] = {}


def board_of(*, drop_id: int) -> Board:
    """Return the running loop's board of a drop."""
    key = (asyncio.get_running_loop(), drop_id)
    if key not in _boards:
        _boards[key] = Board(drop_id)
    return _boards[key]
