"""
Somebody who buys through the public door alone, by plain HTTP.
"""

import httpx

from tests.browser.shop import Shop
from tests.stack import LiveStack

LENA = {
    "name": "Lena Vogt",
    "email": "lena@example.org",
    "address": {"street": "Rua do Poço 4", "city": "Lisboa", "postcode": "1200-109", "country": "PT"},
}


class Visitor:
    """One shopper with a session of their own."""

    def __init__(self, *, live: LiveStack, shop: Shop) -> None:
        self._shop = shop
        self._http = httpx.Client(base_url=live.shop_url, timeout=30, trust_env=False)
        session = self._ask("POST", "sessions", {"key": shop.embed_key}, headers={"Origin": live.foreign_url})
        self._http.headers["Authorization"] = f"Bearer {session.json()['token']}"

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

    def pay(self, hold_ref: str) -> httpx.Response:
        """Pay at the bank's page, and come back by the return address; return the page one ends on."""
        bank = self._ask("POST", f"holds/{hold_ref}/payments", LENA).json()["url"]
        return self._http.post(bank, data={"decision": "approve"}, follow_redirects=True)

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, path: str, body: object = None, **given: object) -> httpx.Response:
        answer = self._http.request(method, f"/api/v1/{path}", json=body, **given)  # type: ignore[arg-type]
        assert answer.is_success, answer.text
        return answer
