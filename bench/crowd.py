"""
The crowd: every shopper has a connection open and sends at the same instant. A process of its own, without Django.

Reads {"host", "port", "requests"} from stdin, and with {"upgrades"} opens a websocket for each first; writes {"began", "answers": [[status, code, ended], ...]} to stdout.
Times are the machine's, in seconds. Status 0 is a connection that broke, -1 one that had no answer in time.
"""

import asyncio
import json
import resource
import sys
import time

CONNECTING_AT_ONCE = 200
PATIENCE_S = 90.0


class Shopper(asyncio.Protocol):
    """Sends one request and keeps what comes back."""

    def __init__(self, request: bytes, told: asyncio.Queue[None]) -> None:
        self._request, self._told = request, told
        self._heard = bytearray()
        self.answer: tuple[int, str, float] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self) -> None:
        self._transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, blank, body = self._heard.partition(b"\r\n\r\n")
        if not blank or self.answer:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(body) >= length:
            status = int(head.split(b" ", 2)[1])
            self._end(status, "held" if status in (200, 201) else json.loads(body).get("code", "?"))

    def connection_lost(self, error: Exception | None) -> None:
        self._end(0, "connection lost")

    def _end(self, status: int, code: str) -> None:
        if self.answer is None:
            self.answer = (status, code, time.time())
            self._told.put_nowait(None)
            self._transport.close()


class SocketShopper(Shopper):
    """Has a websocket open, says one frame and keeps the acknowledgement."""

    def __init__(self, upgrade: bytes, frame: bytes, told: asyncio.Queue[None], is_in: asyncio.Queue[None]) -> None:
        super().__init__(masked(frame), told)
        self._upgrade, self._is_in, self._greeted = upgrade, is_in, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._transport.write(self._upgrade)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if not self._greeted and b'"type":"hello"' in self._heard:
            self._greeted = True
            self._is_in.put_nowait(None)
        if self.answer is None and (start := self._heard.find(b'{"type":"ack"')) >= 0:
            # The frames are small and end what was heard so far.
            said = json.loads(self._heard[start:].partition(b"}\x81")[0])
            self._end(200, "held" if "hold" in said else said["refusal"]["code"])


def masked(frame: bytes) -> bytes:
    """Return a client's text frame (RFC 6455, 5.2), with a mask of zeros, which changes nothing."""
    size = bytes([0x80 | len(frame)]) if len(frame) < 126 else bytes([0xFE]) + len(frame).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + frame


async def rush(*, host: str, port: int, requests: list[str], upgrades: list[str] | None = None) -> dict:
    """Connect everybody, let them send at once, and return the answers in order."""
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[None] = asyncio.Queue()
    is_in: asyncio.Queue[None] = asyncio.Queue()
    if upgrades is None:
        shoppers = [Shopper(request.encode(), told) for request in requests]
    else:
        pairs = zip(upgrades, requests, strict=True)
        shoppers = [SocketShopper(upgrade.encode(), frame.encode(), told, is_in) for upgrade, frame in pairs]
    turns = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def connect(shopper: Shopper) -> None:
        async with turns:
            await loop.create_connection(lambda: shopper, host, port)

    await asyncio.gather(*(connect(shopper) for shopper in shoppers))
    for _ in upgrades or []:
        await asyncio.wait_for(is_in.get(), PATIENCE_S)
    await asyncio.sleep(0.5)
    began = time.time()
    for shopper in shoppers:
        shopper.send()
    try:
        async with asyncio.timeout(PATIENCE_S):
            for _ in shoppers:
                await told.get()
    except TimeoutError:
        pass
    ended = time.time()
    return {"began": began, "answers": [shopper.answer or (-1, "no answer", ended) for shopper in shoppers]}


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    json.dump(asyncio.run(rush(**json.load(sys.stdin))), sys.stdout)
