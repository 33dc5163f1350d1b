"""
Frames for many sockets at once: encoded once, handed over without waiting.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol


class Frame:
    """A text frame, and the bytes that it is on the wire. A server's frames are not masked, so they are all alike."""

    __slots__ = ("text", "wire")

    def __init__(self, text: str) -> None:
        payload = text.encode()
        size = len(payload)
        # RFC 6455, 5.2: FIN and "text", then the size in seven bits, or a marker and 16 or 64 bits.
        if size < 126:
            head = bytes((0x81, size))
        elif size < 1 << 16:
            head = b"\x81\x7e" + size.to_bytes(2, "big")
        else:
            head = b"\x81\x7f" + size.to_bytes(8, "big")
        self.text = text
        self.wire = head + payload


class Sink(Protocol):
    """Where frames go."""

    async def send(self, text_data: str) -> None: ...


class Outlet:
    """
    One client's end of a board. It keeps nothing but the newest frame until the client has room for it.

    `push` hands bytes to the client at once, or tells that there is no room (creatorshop.chat.wire). A server that does not
    offer it costs a task for each frame, and works.
    """

    __slots__ = ("_next", "_push", "_sending", "_sink", "spoke_at")

    def __init__(self, sink: Sink, push: Callable[[bytes], bool] | None) -> None:
        self._sink = sink
        self._push = push
        self._next: Frame | None = None
        self._sending: asyncio.Task[None] | None = None
        self.spoke_at = 0.0

    @property
    def is_behind(self) -> bool:
        """Tell whether something still waits for room."""
        return self._sending is not None

    def offer(self, frame: Frame) -> None:
        """Send a frame now; or, instead of an older one that waits, as soon as there is room."""
        self.spoke_at = time.monotonic()
        if self._sending is None and self._push is not None and self._push(frame.wire):
            return
        self._next = frame
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send_what_waits())

    def close(self) -> None:
        """Forget what waits."""
        if self._sending is not None:
            self._sending.cancel()

    async def _send_what_waits(self) -> None:
        try:
            while self._next is not None:
                frame, self._next = self._next, None
                await self._sink.send(frame.text)
        except OSError:
            # The client is gone; its "disconnect" is on the way.
            self._next = None
        finally:
            self._sending = None


def push_of(scope: dict[str, Any]) -> Callable[[bytes], bool] | None:
    """Return the server's way to hand over bytes at once, if it has one."""
    push: Callable[[bytes], bool] | None = scope.get("extensions", {}).get(PUSH)
    return push


PUSH = "creatorshop.push"
