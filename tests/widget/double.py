"""
A stand-in for the shop's two servers, to be told what goes wrong: lost lines, sockets refused, a page with a strict policy.

Run it by itself to look at the widget: python -m tests.widget.double --port 8190
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from creatorshop.storefront.bundle import MODULES, first_bundle, later_bundle
from tests.widget import road

PHOTOS = Path(__file__).resolve().parents[2] / "creatorshop" / "demo" / "photos"
SECOND = timedelta(seconds=1)
LENT = {"Cross-Origin-Resource-Policy": "cross-origin"}


@dataclass
class Shop:
    """Everything a test may turn: what was said, who listens, and which doors are shut."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    lines: set[ServerConnection] = field(default_factory=set)
    stock_lines: set[ServerConnection] = field(default_factory=set)
    stock: dict[str, Any] = field(default_factory=lambda: road.stock(1))
    accent: str = ""
    refuse_with: int = 0
    is_silent: bool = False
    locale: str = "en"  # it speaks as the page does
    hold_lasts: timedelta = timedelta(minutes=10)
    sockets: int = 0
    sessions: int = 0
    devices: list[str] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    base: str = ""
    sockets_url: str = ""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def say(
        self,
        kind: str,
        body: dict[str, Any],
        *,
        id: str | None = None,
        speaker: str = "bot",
        by: str = "",
        locale: str = "",
    ) -> None:
        """Say something, or say it again as the next revision of what was said under this id."""
        with self.lock:
            seq = len(self.messages) + 1
            id = id or f"m_{seq}"
            revision = 1 + sum(message["id"] == id for message in self.messages)
            self.messages.append({"id": id, "seq": seq, "revision": revision, "type": kind, "from": speaker, "by": by, "at": road.iso(self.now()), "locale": locale or self.locale,
                                  "fallback_text": body.get("text", body.get("title", kind)), "expires_at": None, "body": body})  # fmt: skip
            for line in list(self.lines):
                self._send(line, {"type": "message", "message": self.messages[-1]})

    def since(self, seq: int) -> list[dict[str, Any]]:
        """Return the latest revision of all that was said after this number."""
        latest = {message["id"]: message for message in self.messages if message["seq"] > seq}
        return sorted(latest.values(), key=lambda message: message["seq"])

    def show_stock(self, stock: dict[str, Any]) -> None:
        self.stock = stock
        for line in list(self.stock_lines):
            self._send(line, {"type": "stock", **stock})

    def hold_left(self) -> timedelta:
        """Return how long the ticket said last still runs, by the shop's clock."""
        ticket = next(message["body"] for message in reversed(self.messages) if message["type"] == "hold")
        return datetime.fromisoformat(ticket["expires_at"]) - self.now()

    def cut(self) -> None:
        """Lose every line, as a tunnel does."""
        for line in list(self.lines | self.stock_lines):
            with suppress(OSError):  # The other end was quicker.
                line.socket.shutdown(SHUT_RDWR)

    def take(self, event: dict[str, Any]) -> None:
        with self.lock:
            if any(known["id"] == event["id"] for known in self.events):
                return
            self.events.append(event)
            if not self.is_silent:
                self.answer(event)

    def answer(self, event: dict[str, Any]) -> None:
        """Go one step along the main road."""
        now, token = self.now(), event.get("token", "")
        if event["kind"] == "opened":
            self.locale = event["context"].get("locale", self.locale)
            self.say("text", road.greeting())
            self.say("card", road.mug_card())
        elif event["kind"] == "hold":
            self.say("hold", road.hold(now, self.base, lasts=self.hold_lasts), id="m_hold")
        elif event["kind"] == "text":
            self.say("text", {"text": event["text"]}, speaker="shopper")
            self._reply(event["text"])
        elif token.startswith("pick"):
            self.say("quote", road.quote(now))
        elif token == "where.pickup":
            self.say("slot_picker", road.slots(now))
        elif token == "where.ship":
            self.say("form", road.address_form())
        elif token.startswith(("slot", "form")):
            self.say("quote", road.quote(now))
        elif token.startswith("hold"):
            self.say("hold", road.hold(now, self.base, lasts=self.hold_lasts), id="m_hold")
        elif token.startswith("extend"):
            self.say(
                "hold", road.hold(now, self.base, state="extended", lasts=self.hold_lasts + 120 * SECOND), id="m_hold"
            )
        elif token.startswith("release"):
            self.say("hold", road.hold(now, self.base, state="released"), id="m_hold")

    def _reply(self, text: str) -> None:
        shown: dict[str, Callable[[], tuple[str, dict[str, Any]]]] = {
            "where": lambda: ("choices", road.where()),
            "more": lambda: ("carousel", road.carousel()),
            "proof": lambda: ("stock_proof", {"claims": [{"text": "18 bought since 12:00", "evidence": "18 paid orders, none of them ours"}], "as_of": road.iso(self.now())}),
            "notice": lambda: ("notice", {"level": "warn", "code": "only_some_left", "text": "Only 1 Sage is free right now, you asked for 2.", "actions": [{"kind": "callback", "label": "Take 1", "token": "pick.RM-SAGE", "url": None, "style": "primary"}]}),
        }  # fmt: skip
        if text == "expire":
            return self.say("hold", road.hold(self.now(), self.base, state="expired"), id="m_hold")
        kind, body = shown.get(text, lambda: ("text", {"text": "6 of 24 are left. Sage is still here."}))()
        self.say(kind, body)

    def pay(self) -> None:
        self.say("hold", road.hold(self.now(), self.base, state="converted"), id="m_hold")
        self.say("receipt", road.receipt(self.base))

    def session(self) -> dict[str, Any]:
        self.sessions += 1
        creator = {
            "slug": "kiln-and-tide",
            "name": "Kiln & Tide",
            "tagline": "Stoneware from the coast",
            "greeting": "",
            "avatar_url": f"{self.base}/photos/avatar-kiln-and-tide.jpg",
            "accent": self.accent,
            "currency": "EUR",
        }
        return {
            "token": f"token-{self.sessions}",
            "shopper": "s_1",
            "creator": creator,
            "drop": road.DROP,
            "sockets_url": self.sockets_url,
            "server_time": road.iso(self.now()),
        }

    def talk(self, line: ServerConnection) -> None:
        """Serve one socket for as long as it lasts."""
        request = line.request
        assert request is not None
        address = urlsplit(request.path)
        self.sockets += 1
        if self.refuse_with:
            return line.close(self.refuse_with)
        is_stock = address.path.endswith("/stock")
        lines = self.stock_lines if is_stock else self.lines
        with self.lock:
            if is_stock:
                self._send(line, {"type": "stock", **self.stock})
            else:
                self._send(line, {"type": "hello", "seq": len(self.messages)})
                for message in self.since(int(parse_qs(address.query)["since"][0])):
                    self._send(line, {"type": "message", "message": message})
            lines.add(line)
        try:
            for frame in line:
                event = json.loads(frame)
                self.frames.append(event)
                self.take(event)
                self._send(line, {"type": "ack", "id": event["id"]})
        except ConnectionClosed:
            pass
        finally:
            lines.discard(line)

    def _send(self, line: ServerConnection, frame: dict[str, Any]) -> None:
        try:
            line.send(json.dumps({"now": road.iso(self.now()), **frame}))
        except ConnectionClosed:
            pass


class Door(BaseHTTPRequestHandler):
    """The HTTP side: the widget's file, the few API answers it asks for, and the pages of strangers."""

    protocol_version = "HTTP/1.1"

    def __init__(self, shop: Shop, *connection: Any) -> None:
        self.shop = shop
        super().__init__(*connection)

    def do_OPTIONS(self) -> None:
        self._give(
            "",
            "text/plain",
            {
                "Access-Control-Allow-Headers": "authorization, content-type",
                "Access-Control-Allow-Methods": "GET, POST, DELETE",
            },
        )

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
        address = urlsplit(self.path)
        self.shop.requests.append(f"POST {address.path}")
        if address.path == "/api/v1/sessions":
            self.shop.devices.append(said["device"])
            self._json(self.shop.session())
        elif address.path == "/api/v1/sessions/identity":
            self.shop.identities.append(said["identity"])
            if said["identity"] == "forged":
                self._json({"code": "identity_invalid", "message": "It is not signed.", "facts": {}}, 401)
            else:
                self._give("", "text/plain", status=204)
        elif address.path == "/api/v1/thread/messages":
            for event in said["events"]:
                self.shop.take(event)
            self._json(
                {**self._news(said.get("since", 0)), "acks": [event["id"] for event in said["events"]], "refused": []}
            )
        elif address.path == "/checkout/h_1/paid":
            self.shop.pay()
            self._json({})

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        path = address.path
        self.shop.requests.append(f"GET {path}")
        if path in self.shop.pages:
            html, headers = self.shop.pages[path]
            self._give(html, "text/html; charset=utf-8", headers)
        elif path == "/widget.js":
            self._give(first_bundle().script, "text/javascript", LENT)
        elif path == "/widget-more.js":
            self._give(later_bundle().script, "text/javascript", LENT)
        elif path.startswith("/static/widget/"):
            kind = "text/css" if path.endswith(".css") else "application/json"
            self._give((MODULES / path.removeprefix("/static/widget/")).read_bytes(), kind)
        elif path.startswith("/photos/"):
            self._give((PHOTOS / Path(path).name).read_bytes(), "image/jpeg", LENT)
        elif path == "/qr.svg":
            self._give(
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'><path d='M0 0h2v2h-2zM3 0h1v1h-1zM2 2h1v1h-1zM0 3h1v1h-1zM3 3h1v1h-1z'/></svg>",
                "image/svg+xml",
                LENT,
            )
        elif path == "/api/v1/thread/messages":
            self._json(self._news(int(parse_qs(address.query)["since"][0])))
        elif path.endswith("/stock"):
            self._json({**self.shop.stock, "server_time": road.iso(self.shop.now())})
        elif path == "/api/v1/holds/h_1":
            self._json(
                {
                    "hold": "h_1",
                    "state": "expired",
                    "expires_at": road.iso(self.shop.now()),
                    "server_time": road.iso(self.shop.now()),
                }
            )
        elif path.startswith("/api/v1/drops/"):
            now = self.shop.now()
            self._json(
                {
                    "drop": road.DROP,
                    "state": "open",
                    "title": "Batch 07",
                    "opens_at": road.iso(now - 3600 * SECOND),
                    "closes_at": road.iso(now + 4 * 3600 * SECOND),
                    "server_time": road.iso(now),
                }
            )
        elif path == "/checkout/h_1/":
            self._give(TILL, "text/html; charset=utf-8")
        else:
            self.send_error(404)

    def _news(self, since: int) -> dict[str, Any]:
        return {
            "messages": self.shop.since(since),
            "seq": len(self.shop.messages),
            "server_time": road.iso(self.shop.now()),
        }

    def _json(self, answer: dict[str, Any], status: int = 200) -> None:
        self._give(json.dumps(answer), "application/json", status=status)

    def _give(self, body: str | bytes, kind: str, headers: dict[str, str] | None = None, status: int = 200) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "Access-Control-Allow-Origin": "*",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        with suppress(BrokenPipeError):  # A page that has what it wanted hangs up.
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Keep quiet: what was asked is in `requests`."""


TILL = """<!doctype html><meta name=viewport content="width=device-width"><meta name=color-scheme content="light dark"><title>Checkout</title>
<body style="font:16px system-ui;padding:24px"><h1 style="font-size:20px">Test payment</h1><p>Ring mug · Sage, €39.20</p>
<button id=approve style="padding:14px 20px" onclick="fetch('paid',{method:'POST',body:'{}'})">Approve</button>"""


class Running:
    """The double at work on two free ports (or from `port` on), until `stop`."""

    def __init__(self, port: int = 0) -> None:
        self.shop = Shop()
        self.web = ThreadingHTTPServer(("127.0.0.1", port), partial(Door, self.shop))
        self.web.daemon_threads = True
        self.wires: Server = serve(self.shop.talk, "127.0.0.1", port and port + 1, subprotocols=["creatorshop.v1"])  # type: ignore[list-item]
        self.shop.base = f"http://127.0.0.1:{self.web.server_port}"
        self.shop.sockets_url = f"ws://127.0.0.1:{self.wires.socket.getsockname()[1]}"
        for server in (self.web, self.wires):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.shop.cut()
        self.web.shutdown()
        self.web.server_close()
        self.wires.shutdown()


def host_page(base: str, *, settings: str = 'data-key="pk_test"', head: str = "", body: str = "") -> str:
    """Return a stranger's page that carries the loader."""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A page</title>{head}</head>
<body><main><h1>A page of somebody else</h1><p><a href="#more">A link</a></p>{body}</main><script async src="{base}/widget.js" {settings}></script></body></html>"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8190)
    running = Running(parser.parse_args().port)
    running.shop.pages["/"] = (host_page(running.shop.base), {})
    running.shop.pages["/rtl"] = (host_page(running.shop.base).replace('lang="en"', 'lang="ar" dir="rtl"'), {})
    print(running.shop.base)
    threading.Event().wait()


if __name__ == "__main__":
    main()
