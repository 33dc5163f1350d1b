"""
The audience: so many sockets on one drop's stock, in a process of its own, without Django and without an event loop, which
would take longer to hear ten thousand frames than the shop takes to send them.

Reads {"host", "port", "path", "sockets"} from stdin. Writes one JSON line when everybody has had the first snapshot, then
obeys a line each: "now" forgets what was heard so far; "heard" waits for everybody and writes when each heard the first
count after that, {"heard": [seconds of the machine's clock]}; {"watch": seconds} listens for so long and writes what some
of the sockets were shown, {"shown": [[[seconds of the machine's clock, the snapshot's server_time, available], ...], ...]}.
"""

import json
import re
import resource
import select
import socket
import sys
import time
from typing import Any

CONNECTING_AT_ONCE = 100
PATIENCE_S = 20.0
SAMPLE = 50  # so many sockets' frames are kept by "watch"
_KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
_PING = b"\x89\x04"  # with four bytes; what else is sent to us is JSON in ASCII
_COUNT = re.compile(rb'"available":(\d+).*?"server_time":"([^"]+)"')


class Audience:
    """Everybody who watches, and when each of them heard of a count."""

    def __init__(self, *, host: str, port: int, path: str, sockets: int) -> None:
        self._address = (host, port)
        # As a browser asks, which is what makes a server spend memory on it.
        self._hello = (
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n"
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36\r\n"
            "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
        ).encode()
        self._poll = select.epoll()
        self._viewers: dict[int, socket.socket] = {}
        self.heard: dict[int, float] = {}
        self._connect(sockets)

    def _connect(self, sockets: int) -> None:
        while len(self._viewers) < sockets:
            for number in range(min(CONNECTING_AT_ONCE, sockets - len(self._viewers))):
                # Another address for each few thousand: one address has only so many ports.
                source = f"127.0.0.{2 + len(self._viewers) // 10_000}"
                viewer = socket.create_connection(self._address, source_address=(source, 0))
                viewer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                viewer.sendall(self._hello)
                viewer.setblocking(False)
                self._viewers[viewer.fileno()] = viewer
                self._poll.register(viewer.fileno(), select.EPOLLIN)
            self.wait_for_all()
            if len(self.heard) < len(self._viewers):
                sys.exit(f"{len(self._viewers) - len(self.heard)} of {len(self._viewers)} sockets were shown nothing.")

    def wait_for_all(self) -> None:
        """Listen until everybody has heard of a count, or patience ends."""
        until = time.monotonic() + PATIENCE_S
        while len(self.heard) < len(self._viewers) and time.monotonic() < until:
            for number, data, at in self._listen(1.0):
                if b'"available"' in data:
                    self.heard.setdefault(number, at)

    def watch(self, seconds: float) -> list[list[tuple[float, str, int]]]:
        """Listen for so long, and return when some of them were shown a count of which instant, and how many units."""
        sample = set(list(self._viewers)[:: max(1, len(self._viewers) // SAMPLE)])
        shown: dict[int, list[tuple[float, str, int]]] = {number: [] for number in sample}
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for number, data, at in self._listen(0.1):
                if number in sample:
                    # What arrives in one piece was shown in one moment: the newest counts.
                    frames = _COUNT.findall(data)
                    if frames:
                        available, counted_at = frames[-1]
                        shown[number].append((at, counted_at.decode(), int(available)))
        return list(shown.values())

    def _listen(self, within: float) -> list[tuple[int, bytes, float]]:
        heard = []
        for number, _ in self._poll.poll(within, len(self._viewers) or 1):
            data = self._viewers[number].recv(65536)
            if not data:
                self._poll.unregister(number)
                continue
            heard.append((number, data, time.time()))
            if _PING in data:
                # Masked with zeros, which changes nothing. Who does not answer is taken for dead.
                _, _, after = data.rpartition(_PING)
                self._viewers[number].send(b"\x8a\x84\0\0\0\0" + after[:4])
        return heard


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asked = json.loads(sys.stdin.readline())
    audience = Audience(**asked)
    _say({"watching": asked["sockets"]})
    for line in sys.stdin:
        order: Any = json.loads(line)
        if order == "now":
            audience.heard.clear()
        elif order == "heard":
            audience.wait_for_all()
            _say({"heard": list(audience.heard.values())})
        else:
            _say({"shown": audience.watch(order["watch"])})


def _say(word: object) -> None:
    print(json.dumps(word), flush=True)


if __name__ == "__main__":
    main()
