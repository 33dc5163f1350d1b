"""
The socket server's end of a connection: uvicorn's own, with three changes for ten thousand of them in one process.

uvicorn finds it by name (desk/stack.py). Under any other server, or uvicorn's own protocol, the sockets work as well; they
are only slower and larger.
"""

import asyncio
import socket
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from creatorshop.chat.frames import PUSH

# What the kernel keeps for a client that does not read. Left alone it grows to megabytes of old news for each.
SEND_BUFFER = 32 * 1024


class Wire(WebSocketsSansIOProtocol):
    """A connection that takes frames which were encoded once for everybody, and has room for little."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # "No room" from the first byte on that the kernel does not take: what waits here could not be replaced by news.
        self.transport.set_write_buffer_limits(high=0)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.close_sent:
            return
        extensions = cast("dict[str, Any]", self.scope["extensions"])
        extensions[PUSH] = self.push

    def push(self, wire: bytes) -> bool:
        """Send bytes that are whole frames, or tell that the client has no room for them."""
        if self.disconnected or self.close_sent or self.transport.is_closing():
            # Nobody is there to miss them.
            return True
        if not self.handshake_complete or not self.writable.is_set():
            return False
        self.transport.write(wire)
        return True
