"""
Whatever anybody sends, the answer is never a fault of ours, and a refusal always has the one shape.
"""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.knocking import HOME, knock
from tests.factories import make_drop_sku, make_hold

pytestmark = pytest.mark.django_db

METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
ADDRESSES = st.sampled_from(
    [
        "sessions", "drops", "drops/{}", "drops/{}/stock", "drops/{}/delivery", "quotes", "holds", "holds/{}",
        "holds/{}/extend", "holds/{}/payments", "waitlist", "waitlist/{}", "orders/{}", "thread/messages", "webhooks/{}", "{}", "",
    ]
)  # fmt: skip
WORDS = st.one_of(st.text(max_size=40), st.sampled_from(["test", "0" * 32, "../..", "\x00", "%", "'", "pk_"]))
FIELDS = st.sampled_from(
    ["key", "locale", "time_zone", "creator", "drop", "sku", "quantity", "destination", "country", "postcode",
     "delivery", "method", "option", "quote", "hash", "name", "email", "address", "events", "since", "id", "kind",
     "text", "token", "values", "context"]
)  # fmt: skip
NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([2**31, 2**63, -1, 10**40]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=5)),
    max_leaves=12,
)
HEADER_TEXT = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255), max_size=30)

# The database and the limits of the test stay the same for all examples: they are only ever refused.
GENTLE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)


def insist_on_a_decent_answer(answer):
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400 and answer.content:
        assert sorted(answer.json()) == ["code", "facts", "message"]


@pytest.fixture
def hold():
    return make_hold(drop_sku=make_drop_sku(units=50))


@GENTLE
@given(method=METHODS, address=ADDRESSES, word=WORDS, query=st.dictionaries(FIELDS, WORDS, max_size=3), body=VALUES)
def test_nothing_that_is_sent_breaks_anything(hold, method, address, word, query, body):
    path = address.replace("{}", _quoted(word))
    asked = "&".join(f"{name}={_quoted(value)}" for name, value in query.items())

    insist_on_a_decent_answer(knock(method, f"{path}?{asked}", body, shopper=hold.shopper))


@GENTLE
@given(
    address=ADDRESSES,
    raw=st.binary(max_size=200),
    token=HEADER_TEXT,
    key=HEADER_TEXT,
    origin=st.one_of(HEADER_TEXT, st.sampled_from([HOME, "null", "http://[", "https://x:99999"])),
)
def test_no_header_and_no_bytes_break_anything(hold, address, raw, token, key, origin):
    headers = {"Idempotency-Key": key, "If-None-Match": key, "X-Forwarded-For": key, "Content-Length": str(len(raw))}
    path = address.replace("{}", hold.ref)

    insist_on_a_decent_answer(knock("POST", path, raw=raw, token=token, origin=origin, headers=headers))
    insist_on_a_decent_answer(knock("GET", path, shopper=hold.shopper, origin=origin, headers=headers))


@GENTLE
@given(
    address=st.sampled_from(["sessions", "quotes", "holds", "holds/{}/payments", "thread/messages"]),
    changed=FIELDS,
    value=VALUES,
)
def test_an_honest_request_with_one_wrong_field_breaks_nothing(hold, address, changed, value):
    honest = {
        "sessions": {"key": hold.drop_sku.drop.creator.embed_key, "locale": "en", "time_zone": "Europe/Lisbon"},
        "quotes": {
            "drop": hold.terms["drop"],
            "sku": hold.terms["sku"],
            "quantity": 1,
            "destination": {"country": "PT", "postcode": "1200-109"},
            "delivery": {"method": "pickup", "option": "counter"},
        },
        "holds": {"quote": hold.quote_ref, "hash": hold.quote_hash},
        "holds/{}/payments": {"name": "Lena", "email": "lena@example.org", "address": {"city": "Lisboa"}},
        "thread/messages": {"events": [{"id": "0b9f0a4e-8a53-4d3c-9b0e-3f1f3f0d9c11", "kind": "text", "text": "help"}]},
    }[address]
    body = honest | {changed: value}
    if address == "thread/messages":
        body = {"events": [honest["events"][0] | {changed: value}]}

    answer = knock(
        "POST",
        address.replace("{}", hold.ref),
        body,
        shopper=hold.shopper,
        headers={"Idempotency-Key": "a key of this test"},
    )

    insist_on_a_decent_answer(answer)


def _quoted(word):
    # A lone surrogate cannot even be sent.
    return quote(word.encode(errors="replace"), safe="")
