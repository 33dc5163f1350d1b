"""
Opening sockets as browsers and programs do, in the test's own event loop.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import unquote

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async

from creatorshop.asgi import application

Answer = TypeVar("Answer")


async def in_the_shop(deed: Callable[..., Answer], *args: Any, **kwargs: Any) -> Answer:
    """Do something in the database, from an async test, on the test's own connection."""
    return await database_sync_to_async(deed)(*args, **kwargs)


class Browser:
    """One end of a socket, speaking ASGI to the shop's own application."""

    def __init__(self, path: str, *, origin: str, subprotocols: list[str]) -> None:
        path, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": unquote(path),
            "query_string": query.encode(),
            "headers": [(b"origin", origin.encode())] if origin else [],
            "subprotocols": subprotocols,
        }
        self._shop = ApplicationCommunicator(application, scope)
        self.subprotocol: str | None = None

    async def connect(self) -> bool:
        """Shake hands, and tell whether the shop accepted."""
        await self._shop.send_input({"type": "websocket.connect"})
        answer = await self._shop.receive_output(timeout=5)
        self.subprotocol = answer.get("subprotocol")
        return bool(answer["type"] == "websocket.accept")

    async def say(self, frame: Any) -> None:
        """Send a frame: text as it is, bytes as they are, anything else as JSON."""
        if isinstance(frame, bytes):
            await self._shop.send_input({"type": "websocket.receive", "bytes": frame})
        else:
            text = frame if isinstance(frame, str) else json.dumps(frame)
            await self._shop.send_input({"type": "websocket.receive", "text": text})

    async def next_frame(self, kind: str = "", within: float = 5) -> dict[str, Any]:
        """Return the next frame, or the next of a kind, skipping others."""
        while True:
            said = await self._shop.receive_output(timeout=within)
            assert said["type"] == "websocket.send", said
            frame: dict[str, Any] = json.loads(said["text"])
            if kind in ("", frame["type"]):
                return frame

    async def close_code(self, within: float = 5) -> int:
        """Return the code with which the shop closes, skipping frames before it."""
        while True:
            said = await self._shop.receive_output(timeout=within)
            if said["type"] == "websocket.close":
                return int(said["code"])

    async def leave(self) -> None:
        await self._shop.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._shop.wait(timeout=5)


@asynccontextmanager
async def socket(path: str, *, origin: str = "", subprotocols: list[str] | None = None) -> AsyncIterator[Browser]:
    """Open a socket and leave it afterwards."""
    browser = Browser(path, origin=origin, subprotocols=subprotocols or [])
    assert await browser.connect()
    try:
        yield browser
    finally:
        await browser.leave()
