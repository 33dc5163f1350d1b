"""The door of a rush answers as the endpoint behind it does, and leaves to it whatever is not in order."""

import io
import json
import re
from typing import Any

import pytest

from creatorshop.wsgi import application, django
from drops.audience.sessions import token_of
from drops.stock.models import Hold
from tests.factories import make_drop_sku, make_hold, make_quote, make_shopper

# A server keeps its connection between requests, so what is made here has to be committed.
pytestmark = pytest.mark.django_db(transaction=True)

SPECIAL = {
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "X-Frame-Options",
}  # about pages, and worded for them


def without_nonces(body: bytes) -> bytes:
    """Return a page without what is new on it at every look."""
    return re.sub(rb'nonce="[^"]+"', b"", body)


class Said:
    """An answer as a server would send it."""

    def __init__(self, through: Any, environ: dict[str, Any]) -> None:
        answer = through(environ, self._start)
        self.body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()

    def _start(self, status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        self.status, self.headers = int(status.split()[0]), dict(headers)

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


def asking(quote: Any, **changes: Any) -> dict[str, Any]:
    """Return what a server hands over for a request to hold."""
    body = changes.pop("body", json.dumps({"quote": quote.ref, "hash": quote.hash}).encode())
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v1/holds",
        "SERVER_NAME": "shop.example",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "testserver",
        "HTTP_AUTHORIZATION": f"Bearer {token_of(shopper=quote.shopper)}",
        "HTTP_IDEMPOTENCY_KEY": "tap",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "https",
        "wsgi.errors": io.StringIO(),
        "REMOTE_ADDR": "203.0.113.7",
    }
    return {name: value for name, value in (environ | changes).items() if value is not None}


@pytest.fixture(autouse=True)
def _at_home(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List what goes on to Django."""
    seen: list[str] = []
    original = type(django).__call__

    def watch(self: Any, environ: Any, start_response: Any) -> Any:
        seen.append(environ["PATH_INFO"])
        return original(self, environ, start_response)

    monkeypatch.setattr(type(django), "__call__", watch)
    return seen


def test_a_hold_is_placed_without_django(behind):
    quote = make_quote(drop_sku=make_drop_sku())

    said = Said(application, asking(quote))

    assert (said.status, behind) == (201, [])
    assert said.json["hold"] == Hold.objects.get().ref
    assert said.headers["Content-Length"] == str(len(said.body))
    assert said.headers["X-Content-Type-Options"] == "nosniff"


def test_both_doors_give_one_key_the_same_answer():
    quote = make_quote(drop_sku=make_drop_sku())
    first = Said(application, asking(quote))

    again, behind = Said(application, asking(quote)), Said(django, asking(quote))

    assert (again.status, again.body) == (behind.status, behind.body) == (201, first.body)
    assert again.headers["Idempotent-Replayed"] == behind.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert Hold.objects.count() == 1


def sold(quote):
    make_hold(drop_sku=quote.drop_sku)


def changed(quote):
    quote.hash = "0" * 64


@pytest.mark.parametrize(
    ("spoil", "changes"),
    [
        (sold, {}),
        (changed, {}),
        (None, {"HTTP_AUTHORIZATION": None}),
        (None, {"HTTP_AUTHORIZATION": "Bearer forged"}),
        (None, {"HTTP_AUTHORIZATION": "Basic bGVuYTpsZW5h"}),
        (None, {"HTTP_IDEMPOTENCY_KEY": None}),
        (None, {"HTTP_IDEMPOTENCY_KEY": "k" * 121}),
        (None, {"body": b"{"}),
        (None, {"body": b'{"quote": 7}'}),
        (None, {"body": b'{"quote": "\\u0000", "hash": "x"}'}),
        (None, {"CONTENT_TYPE": "text/plain"}),
        (None, {"CONTENT_LENGTH": "70000"}),
        (None, {"HTTP_ORIGIN": "https://stranger.example"}),
        (None, {"HTTP_HOST": "stranger.example"}),
        (None, {"REQUEST_METHOD": "GET"}),
    ],
)
def test_both_doors_refuse_with_the_same_words(spoil, changes):
    quote = make_quote(drop_sku=make_drop_sku(units=1))
    if spoil:
        spoil(quote)
    before = Hold.objects.count()

    rush, behind = Said(application, asking(quote, **changes)), Said(django, asking(quote, **changes))

    assert rush.status >= 400
    assert (rush.status, without_nonces(rush.body)) == (behind.status, without_nonces(behind.body))
    assert {name for name in behind.headers if name not in SPECIAL} - set(rush.headers) == set()
    assert Hold.objects.count() == before


def test_a_listed_page_may_read_the_answer_at_both_doors():
    quote = make_quote(drop_sku=make_drop_sku())
    creator = quote.shopper.creator
    creator.allowed_origins = ["https://kilnandtide.example"]
    creator.save(update_fields=["allowed_origins"])
    from_there = {"HTTP_ORIGIN": "https://kilnandtide.example"}

    said = [Said(door, asking(quote, **from_there)) for door in (application, django)]

    assert {answer.headers["Access-Control-Allow-Origin"] for answer in said} == {"https://kilnandtide.example"}
    assert {answer.headers["Access-Control-Expose-Headers"] for answer in said} == {
        "etag, retry-after, idempotent-replayed"
    }
    assert all("Origin" in answer.headers["Vary"] for answer in said)


def test_who_knocks_too_often_is_counted_for_all_processes(settings, behind):
    settings.API_RATES = settings.API_RATES | {"holds": "5/3600"}
    quote = make_quote(drop_sku=make_drop_sku())

    statuses = [Said(application, asking(quote)).status for _ in range(9)]

    # Three in passing at the door, then five that the cache counts, then no more.
    assert statuses == [201] * 8 + [429]
    assert len(behind) == 6


def test_a_plain_request_is_left_to_django_where_only_safe_ones_are_taken(settings, behind):
    settings.SECURE_SSL_REDIRECT = True
    quote = make_quote(drop_sku=make_drop_sku())

    Said(application, asking(quote, **{"wsgi.url_scheme": "http"}))

    assert behind == ["/api/v1/holds"]  # whose SecurityMiddleware sends it to https


def test_somebody_elses_quote_is_nobodys():
    quote = make_quote(drop_sku=make_drop_sku())
    stranger = make_shopper(creator=quote.shopper.creator)

    said = Said(application, asking(quote, HTTP_AUTHORIZATION=f"Bearer {token_of(shopper=stranger)}"))

    assert (said.status, said.json["code"], Hold.objects.count()) == (404, "quote_not_found", 0)
