import asyncio
import json
import time
from datetime import timedelta
from typing import Any

from creatorshop.chat import clock, doorway, news
from creatorshop.chat.admission import queue_here
from creatorshop.chat.database import ask
from creatorshop.chat.hub import Hub, Mailbox, hub_here
from creatorshop.chat.inbound import HoldEvent
from creatorshop.chat.running import plain
from creatorshop.chat.sockets import BEAT_S, PROTOCOL, SlowingDown, Socket, Unreadable, beat
from creatorshop.visitors import origin_traits_of_socket
from drops.audience.sessions import SessionInvalid
from drops.errors import ShopError
from drops.stock.models import Hold
from drops.stock.stream import iso

# Nobody taps faster than this for long: so many frames at once, and so many a second after that.
BURST = 20
FRAMES_A_SECOND = 4.0
LOOK_S = 2.0  # while Redis is away
LOOK_ANYWAY_S = 60.0  # repairs whatever went wrong with the news


class ThreadConsumer(Socket):
    """Carries one shopper's thread: what was said since `since`, then everything new, and their events back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._visit: doorway.Visit | None = None
        self._is_decided = asyncio.Event()  # whether this client may come in
        self._catching_up = asyncio.Lock()
        self._seq = 0
        self._wakes_at: float | None = None
        self._allowance, self._counted_at = float(BURST), time.monotonic()

    async def feed(self) -> None:
        try:
            self._seq = self._since()
            seen = origin_traits_of_socket(self.scope)
            visit = await ask(doorway.enter, token=self._token(), origin=self.origin(), seen=seen)
            hub = hub_here()
            # Listen before reading: what is said in between is heard.
            async with hub.watching(news.thread_topic(visit.thread_id), room=1) as mailbox:
                await self._catch_up(visit, is_first=True)
                self._visit = visit
                self._is_decided.set()
                await self._go_on(visit, hub, mailbox)
        finally:
            self._is_decided.set()

    async def _go_on(self, visit: doorway.Visit, hub: Hub, mailbox: Mailbox) -> None:
        beat_at = time.monotonic() + BEAT_S
        look_at = time.monotonic() + LOOK_ANYWAY_S
        while True:
            words = await mailbox.take(within=self._patience(hub.is_deaf, beat_at))
            now = time.monotonic()
            if now >= beat_at:
                await self.send(beat())
                beat_at = now + BEAT_S
            is_woken = self._wakes_at is not None and now >= self._wakes_at
            if words or hub.is_deaf or is_woken or now >= look_at:
                await self._catch_up(visit)
                look_at = now + LOOK_ANYWAY_S

    async def heard(self, text: str) -> None:
        """
        Hand an event into the thread and say what became of it.

        :raises Unreadable: if it is no event.
        :raises SlowingDown: if too many come too fast.
        """
        self._spend_allowance()
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            raise Unreadable from None
        await self._is_decided.wait()
        visit = self._visit
        if visit is None:
            return
        if isinstance(event, dict) and event.get("kind") == "hold" and await self._holds(visit, event):
            return
        try:
            answer = await ask(doorway.hand_in, visit=visit, event=event)
        except doorway.NoEvent:
            raise Unreadable from None
        if answer.code:
            await self._say("refused", id=answer.id, code=answer.code, message=answer.message)
        else:
            await self._say("ack", id=answer.id)
        # The news of it comes through the hub too; this way the answer needs no Redis.
        await self._catch_up(visit)

    async def _holds(self, visit: doorway.Visit, event: dict[str, Any]) -> bool:
        """Admit a hold with whoever asks at the same time, and answer at once; the thread tells of it afterwards."""
        try:
            read = doorway.read_event(event)
        except doorway.NoEvent:
            raise Unreadable from None
        if not isinstance(read, HoldEvent):
            return False
        answer = await queue_here().admit(doorway.wish_of(visit=visit, event=read))
        await self._say("ack", id=str(read.id), **outcome_of(answer))
        if self._seq:
            # A program that holds without a conversation is not told in words.
            await ask(doorway.conclude, visit=visit, event=read, answer=answer)
            await self._catch_up(visit)
        return True

    async def _catch_up(self, visit: doorway.Visit, *, is_first: bool = False) -> None:
        async with self._catching_up:
            heard = await ask(doorway.news, visit=visit, since=self._seq)
            # A little after the instant, so that one look is enough; never so soon that it becomes a busy loop.
            self._wakes_at = None if heard.wakes_in is None else time.monotonic() + max(heard.wakes_in, 0.5) + 0.05
            if is_first:
                await self._say("hello", seq=heard.seq)
            for message in heard.messages:
                await self._say("message", message=message)
            self._seq = heard.seq

    async def _say(self, kind: str, **content: Any) -> None:
        frame = {"type": kind, "now": clock.now_iso(), **content}
        await self.send(json.dumps(frame, separators=(",", ":"), ensure_ascii=False))

    def _patience(self, is_deaf: bool, beat_at: float) -> float:
        now = time.monotonic()
        waits = [beat_at - now]
        if is_deaf:
            waits.append(LOOK_S)
        if self._wakes_at is not None:
            waits.append(self._wakes_at - now)
        return max(0.0, min(waits))

    def _since(self) -> int:
        query = self.scope.get("query_string", b"").decode("latin-1")
        given = next((part[6:] for part in query.split("&") if part.startswith("since=")), "0")
        if not (given.isascii() and given.isdecimal() and len(given) <= 18):
            raise Unreadable
        return int(given)

    def _token(self) -> str:
        protocols: list[str] = self.scope.get("subprotocols", [])
        if PROTOCOL not in protocols:
            raise Unreadable
        token = next((name.removeprefix("bearer.") for name in protocols if name.startswith("bearer.")), None)
        if token is None:
            raise SessionInvalid("A session token is needed.")
        return token

    def _spend_allowance(self) -> None:
        now = time.monotonic()
        self._allowance = min(float(BURST), self._allowance + (now - self._counted_at) * FRAMES_A_SECOND)
        self._counted_at = now
        if self._allowance < 1:
            raise SlowingDown
        self._allowance -= 1


def outcome_of(answer: Hold | ShopError) -> dict[str, Any]:
    """Return what became of a hold, as the acknowledgement of its event says it."""
    if isinstance(answer, ShopError):
        return {"refusal": {"code": answer.code, "message": answer.message, "facts": plain(answer.facts)}}
    lasts = (answer.base_expires_at - answer.created_at) // timedelta(milliseconds=1)
    return {"hold": {"hold": answer.ref, "expires_at": iso(answer.base_expires_at), "expires_in_ms": lasts}}
