"""
What both kinds of socket have in common: accept, be admitted, then send until somebody leaves.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error

from creatorshop.chat import clock
from creatorshop.chat.gatekeeping import NoSuchDrop, OriginNotAllowed
from drops.audience.sessions import SessionInvalid

logger = logging.getLogger(__name__)

# Close codes; the widget decides by them whether to come back.
SESSION_INVALID = 4401  # get a new session, then come back
ORIGIN_REFUSED = 4403  # do not come back: the creator does not list this page
GONE = 4404  # do not come back: there is no such drop
PROTOCOL_ERROR = 4408  # do not come back the same way: what was sent cannot be read
TOO_FAST = 4429  # come back later
TRY_AGAIN = 1013  # the shop cannot look things up right now

PROTOCOL = "creatorshop.v1"
FRAME_LIMIT = 8 * 1024
BEAT_S = 15.0


class Unreadable(Exception):
    """A client sent what this protocol does not know."""


class SlowingDown(Exception):
    """A client sends faster than people do."""


_CODES: dict[type[Exception], int] = {
    SessionInvalid: SESSION_INVALID,
    OriginNotAllowed: ORIGIN_REFUSED,
    NoSuchDrop: GONE,
    Unreadable: PROTOCOL_ERROR,
    SlowingDown: TOO_FAST,
    Error: TRY_AGAIN,  # of the database: also the one that a connection raises which was closed under our hands
}


class Socket(AsyncWebsocketConsumer):
    """A socket that is admitted once and then fed by one task of its own."""

    _feeding: asyncio.Task[None] | None = None

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """
        Take in what the server hands over, one after the other, until the client is gone.

        Channels does the same with a task for each message, and a turn in a thread to close the database connections
        that a socket might have opened. Ours open none: they ask (creatorshop.chat.database).
        """
        self.scope, self.base_send = scope, send
        while True:
            message = await receive()
            match message["type"]:
                case "websocket.connect":
                    await self.connect()
                case "websocket.receive":
                    await self.receive(message.get("text"), message.get("bytes"))
                case "websocket.disconnect":
                    await self.disconnect(message["code"])
                    return

    async def connect(self) -> None:
        protocols = self.scope.get("subprotocols", [])
        # Accept first: a browser that is turned away during the handshake never learns the close code.
        await self.accept(subprotocol=PROTOCOL if PROTOCOL in protocols else None)
        self._feeding = asyncio.get_running_loop().create_task(self._feed_until_closed())

    async def disconnect(self, code: int) -> None:
        feeding = self._feeding
        if feeding is not None:
            feeding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await feeding

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            if text_data is None or len(text_data.encode()) > FRAME_LIMIT:
                raise Unreadable
            await self.heard(text_data)
        except tuple(_CODES) as refusal:
            await self.close(code=code_of(refusal))

    async def feed(self) -> None:
        """Be admitted, then send whatever there is to send, or see to it that somebody else does."""
        raise NotImplementedError

    async def heard(self, text: str) -> None:
        """
        Take in a frame of the client.

        :raises Unreadable: if it is none that this socket takes.
        """
        raise Unreadable

    def origin(self) -> str:
        """Return the origin of the page that opened the socket, or "" for a program."""
        headers: list[tuple[bytes, bytes]] = self.scope["headers"]
        return next((value.decode("latin-1") for name, value in headers if name == b"origin"), "")

    async def _feed_until_closed(self) -> None:
        try:
            await self.feed()
        except tuple(_CODES) as refusal:
            await self.close(code=code_of(refusal))
        except OSError:
            # The client is gone; its "disconnect" is on the way.
            return
        except Exception:
            logger.exception("Unable to feed a socket")
            await self.close(code=TRY_AGAIN)
        finally:
            self._feeding = None


class Nowhere(Socket):
    """Turns away whoever knocks at an address that is none of ours."""

    async def connect(self) -> None:
        await self.close()


def beat() -> str:
    """Return the frame that says "still here"."""
    return f'{{"type":"beat","now":"{clock.now_iso()}"}}'


def code_of(refusal: Exception) -> int:
    return next(code for kind, code in _CODES.items() if isinstance(refusal, kind))
