"""
The socket server's end of a connection, in a real server on loopback.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from websockets.asyncio.client import connect

from creatorshop.chat.frames import Frame, push_of
from creatorshop.chat.wire import SEND_BUFFER, Wire

HELLO = (
    b"GET / HTTP/1.1\r\nHost: shop\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FRAME = Frame("x" * 4000)


@dataclass
class Shop:
    """A server whose only socket waits; `push` is that socket's."""

    port: int
    push: Callable[[bytes], bool] | None = None


@asynccontextmanager
async def serving() -> AsyncIterator[Shop]:
    came = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        shop.push = push_of(scope)
        came.set()
        while (await receive())["type"] != "websocket.disconnect":
            pass

    config = uvicorn.Config(app, ws=Wire, lifespan="off", ws_per_message_deflate=False, log_level="error")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        shop = Shop(listener.getsockname()[1])
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield shop
        finally:
            server.should_exit = True
            await serving


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_what_is_pushed_arrives_as_text_and_uncompressed():
    async with serving() as shop, connect(f"ws://127.0.0.1:{shop.port}", proxy=None) as client:
        await until(lambda: shop.push is not None)
        assert shop.push(Frame("Ring mug, 3 left").wire)
        assert await client.recv() == "Ring mug, 3 left"
        assert client.protocol.extensions == []


async def test_a_client_that_does_not_read_is_told_apart_before_much_is_kept_for_it():
    loop = asyncio.get_running_loop()
    async with serving() as shop:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", shop.port))
            await loop.sock_sendall(client, HELLO)
            await until(lambda: shop.push is not None)

            taken = 0
            while shop.push(FRAME.wire):
                taken += 1
            # The kernel doubles what it is asked for, and the client's own side keeps some.
            assert 0 < taken * len(FRAME.wire) < 4 * SEND_BUFFER

            read = b""
            while not read.endswith(FRAME.wire[-1000:]) or len(read) < taken * len(FRAME.wire):
                read += await loop.sock_recv(client, 65536)
            await until(lambda: shop.push(Frame("newest").wire))
            while not read.endswith(b"newest"):
                read += await loop.sock_recv(client, 65536)

    # Everything that was taken arrived whole, then the newest.
    assert read.partition(b"\r\n\r\n")[2].startswith(FRAME.wire * taken)


async def test_nobody_is_there_to_miss_what_is_pushed_after_they_left():
    async with serving() as shop:
        async with connect(f"ws://127.0.0.1:{shop.port}", proxy=None):
            await until(lambda: shop.push is not None)
        await until(lambda: shop.push(FRAME.wire))
        assert shop.push(FRAME.wire)
