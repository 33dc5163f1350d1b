"""
Somebody who buys through the public door alone: by plain HTTP, and by the sockets that the widget opens.
"""

import json
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.browser.shop import Shop
from tests.stack import LiveStack

# Whatever is broken, an answer comes within this time: a shopper who waits longer has gone.
ANSWERED_WITHIN_S = 10.0
PATIENCE_S = 20.0
LENA = {
    "name": "Lena Vogt",
    "email": "lena@example.org",
    "address": {"street": "Rua do Poço 4", "city": "Lisboa", "postcode": "1200-109", "country": "PT"},
}


class Line:
    """One end of a socket."""

    def __init__(self, url: str, *, origin: str, subprotocols: list[str] | None = None) -> None:
        self._stack = ExitStack()
        self._socket: ClientConnection = self._stack.enter_context(
            connect(
                url,
                origin=Origin(origin),
                subprotocols=[Subprotocol(name) for name in subprotocols or []] or None,
                open_timeout=ANSWERED_WITHIN_S,
                proxy=None,
            )
        )

    def say(self, frame: dict[str, Any]) -> None:
        self._socket.send(json.dumps(frame))

    def hear_until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next frame that is the one, skipping others."""
        patience = time.monotonic() + PATIENCE_S
        while True:
            frame: dict[str, Any] = json.loads(self._socket.recv(timeout=patience - time.monotonic()))
            if is_it(frame):
                return frame

    def close_code(self) -> int | None:
        """Return the code with which the shop closes, skipping frames before it."""
        try:
            while True:
                self._socket.recv(timeout=PATIENCE_S)
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None

    def close(self) -> None:
        self._stack.close()


class Visitor:
    """One shopper with a session of their own."""

    def __init__(self, *, live: LiveStack, shop: Shop) -> None:
        self._live, self._shop = live, shop
        self._http = httpx.Client(base_url=live.shop_url, timeout=ANSWERED_WITHIN_S, trust_env=False)
        self._lines: list[Line] = []
        self.token = self._ask(
            "POST", "sessions", {"key": shop.embed_key}, headers={"Origin": live.foreign_url}
        ).json()["token"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def quote(self, *, sku: str) -> dict[str, str]:
        """Ask for the price of one unit sent to Lisbon; return what a hold is asked for with."""
        where = {"country": "PT", "postcode": "1200-109"}
        found = self._ask("GET", f"drops/{self._shop.drop_ref}/delivery", params={"sku": sku, "quantity": 1, **where})
        option = next(option for option in found.json()["options"] if option["method"] == "parcel")
        wish = {"drop": self._shop.drop_ref, "sku": sku, "quantity": 1, "destination": where}
        delivery = {"method": "parcel", "option": option["option"]}
        quote = self._ask("POST", "quotes", wish | {"delivery": delivery}).json()
        return {"quote": quote["quote"], "hash": quote["hash"]}

    def hold(self, quote: dict[str, str], *, key: str) -> httpx.Response:
        """Ask for the hold, and return the answer whatever it is."""
        return self._http.post("/api/v1/holds", json=quote, headers={"Idempotency-Key": key})

    def stock(self) -> httpx.Response:
        """Ask what is left, and return the answer whatever it is."""
        return self._http.get(f"/api/v1/drops/{self._shop.drop_ref}/stock")

    def page(self) -> httpx.Response:
        """Look at the shop's page, and return the answer whatever it is."""
        return self._http.get(f"/{self._shop.slug}/")

    def begin_to_pay(self, hold_ref: str) -> str:
        """Go to the bank, and return the address of its page."""
        url: str = self._ask("POST", f"holds/{hold_ref}/payments", LENA).json()["url"]
        return url

    def approve(self, bank: str) -> httpx.Response:
        """Let the bank pay, and come back by the return address; return the page one ends on."""
        return self._http.post(bank, data={"decision": "approve"}, follow_redirects=True)

    def pay(self, hold_ref: str) -> httpx.Response:
        """Pay at the bank's page, and come back by the return address; return the page one ends on."""
        return self.approve(self.begin_to_pay(hold_ref))

    def watch(self) -> Line:
        """Watch the stock of the drop."""
        return self._line(f"/ws/v1/drops/{self._shop.drop_ref}/stock")

    def talk(self) -> Line:
        """Open one's thread."""
        return self._line("/ws/v1/thread", subprotocols=["creatorshop.v1", f"bearer.{self.token}"])

    def opened(self) -> dict[str, Any]:
        """Return the event with which a widget begins."""
        return {"id": str(uuid.uuid4()), "kind": "opened", "context": {"drop": self._shop.drop_ref}}

    def close(self) -> None:
        for line in self._lines:
            line.close()
        self._http.close()

    def _line(self, path: str, **more: Any) -> Line:
        self._lines.append(Line(f"{self._live.sockets_url}{path}", origin=self._live.foreign_url, **more))
        return self._lines[-1]

    def _ask(self, method: str, path: str, body: object = None, **given: Any) -> httpx.Response:
        answer = self._http.request(method, f"/api/v1/{path}", json=body, **given)
        assert answer.is_success, answer.text
        return answer
