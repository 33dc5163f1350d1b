"""
The audience: so many sockets on one drop's stock, in a process of its own, without Django.

Reads {"host", "port", "path", "sockets"} from stdin. Writes one JSON line when everybody has had the first snapshot, waits
for a line on stdin, then writes when each heard a snapshot with fewer units: {"heard": [seconds of the machine's clock]}.
"""

import asyncio
import json
import resource
import sys
import time

CONNECTING_AT_ONCE = 100
PATIENCE_S = 60.0
_KEY = "AAAAAAAAAAAAAAAAAAAAAA=="


class Viewer(asyncio.Protocol):
    """Upgrades to a websocket and looks for a word in what it is sent; the frames are small and never split a word here."""

    def __init__(self, path: str, host: str, told: asyncio.Queue[None]) -> None:
        self._path, self._host, self._told = path, host, told
        self.heard: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(  # type: ignore[attr-defined]
            f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if b'"available"' in data:
            self.heard.append(time.time())
            self._told.put_nowait(None)


async def watch(*, host: str, port: int, path: str, sockets: int) -> None:
    """Connect everybody, say so, and write down when each heard of the change."""
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[None] = asyncio.Queue()
    viewers = [Viewer(path, f"{host}:{port}", told) for _ in range(sockets)]
    turns = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def connect(viewer: Viewer) -> None:
        async with turns:
            await loop.create_connection(lambda: viewer, host, port)

    await asyncio.gather(*(connect(viewer) for viewer in viewers))
    await _all(told, viewers)
    for viewer in viewers:
        viewer.heard.clear()
    print(json.dumps({"watching": sockets}), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    await _all(told, viewers)
    print(json.dumps({"heard": [viewer.heard[0] for viewer in viewers if viewer.heard]}), flush=True)


async def _all(told: asyncio.Queue[None], viewers: list[Viewer]) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not all(viewer.heard for viewer in viewers):
                await told.get()
                while not told.empty():
                    told.get_nowait()
    except TimeoutError:
        pass


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(watch(**json.loads(sys.stdin.readline())))
