"""
What the API promises around its endpoints: origins, sizes, types, and one shape of "no" for everything.
"""

import pytest
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection

from drops.catalog.models import Creator
from tests.api.knocking import HOME, STRANGER, knock, refusal
from tests.factories import make_creator, make_drop_sku, make_shopper

pytestmark = pytest.mark.django_db

PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}


def test_a_listed_page_may_ask_and_remembers_that_for_two_hours():
    make_creator()

    answer = knock("OPTIONS", "holds", origin=HOME, headers=PREFLIGHT)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Origin"] == HOME
    assert answer["Access-Control-Allow-Methods"] == "GET, POST, DELETE"
    assert "idempotency-key" in answer["Access-Control-Allow-Headers"]
    assert answer["Access-Control-Max-Age"] == "7200"
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer["Vary"] == "Origin"


@pytest.mark.parametrize("origin", [STRANGER, "null", "https://kilnandtide.example.evil.example", "x\x00y", ""])
def test_a_page_nobody_lists_may_not_even_ask(origin):
    make_creator()

    answer = knock("OPTIONS", "holds", origin=origin, headers=PREFLIGHT)

    assert answer.status_code == 204
    assert "Access-Control-Allow-Origin" not in answer
    assert "Access-Control-Allow-Methods" not in answer


def test_a_listed_page_can_read_why_it_was_refused():
    make_creator()

    answer = knock("GET", "holds/0", origin=HOME, token="worn out")

    assert refusal(answer) == (401, "session_invalid")
    assert answer["Access-Control-Allow-Origin"] == HOME


def test_every_answer_says_that_it_depends_on_the_origin():
    assert knock("GET", "nothing")["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "nothing", (404, "not_found")),
        ("GET", "", (404, "not_found")),
        ("POST", "nothing/at/all", (404, "not_found")),
        ("GET", "drops/", (404, "not_found")),
        ("PUT", "holds", (405, "wrong_method")),
        ("GET", "sessions", (405, "wrong_method")),
        ("DELETE", "quotes", (405, "wrong_method")),
        ("GET", "drops/%00/stock", (400, "bad_request")),
        ("GET", "drops?creator=%00", (400, "bad_request")),
    ],
)
def test_wrong_addresses_are_answered_in_the_same_words(method, path, expected):
    assert refusal(knock(method, path)) == expected


def test_a_wrong_method_says_the_right_ones():
    answer = knock("PUT", "sessions")

    assert answer["Allow"] == answer.json()["facts"]["allowed"] == "POST"


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"nul", b"[" * 20_000, b'{"key": NaNNaN}', b"1" * 6000])
def test_what_is_not_json_is_said_so(raw):
    assert refusal(knock("POST", "sessions", raw=raw)) in [(400, "malformed_json"), (422, "invalid")]


def test_malformed_json_has_a_code_of_its_own():
    assert refusal(knock("POST", "sessions", raw=b"{")) == (400, "malformed_json")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_only_json_is_taken(content_type):
    answer = knock("POST", "sessions", {"key": "pk"}, content_type=content_type)

    assert refusal(answer) == (415, "unsupported_media_type")


def test_a_giant_body_is_not_read():
    answer = knock("POST", "sessions", raw=b'{"key":"' + b"x" * 70_000 + b'"}')

    assert refusal(answer) == (413, "too_large")
    assert answer.json()["facts"] == {"limit": 65536}


def test_a_visitor_who_knocks_too_fast_is_told_when_to_come_back(settings):
    settings.API_RATES = settings.API_RATES | {"sessions": "2/3600"}
    creator = make_creator()

    answers = [knock("POST", "sessions", {"key": creator.embed_key}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert refusal(answers[2]) == (429, "too_many_requests")
    assert 1 <= int(answers[2]["Retry-After"]) <= 3600
    assert answers[2].json()["facts"]["retry_after"] == int(answers[2]["Retry-After"])


def test_each_shopper_is_counted_alone(settings):
    settings.API_RATES = settings.API_RATES | {"quotes": "1/3600"}
    drop_sku = make_drop_sku()
    lena, ann = (make_shopper(creator=drop_sku.drop.creator) for _ in range(2))

    codes = [knock("POST", "quotes", {}, shopper=shopper).status_code for shopper in (lena, lena, ann)]

    assert codes == [422, 429, 422]


def test_a_forwarded_address_is_believed_only_behind_our_own_proxy(settings):
    settings.API_RATES = settings.API_RATES | {"sessions": "1/3600"}

    invented = [
        knock("POST", "sessions", {"key": "pk"}, headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code
        for number in range(2)
    ]
    settings.TRUSTED_PROXIES = 1
    cache.clear()
    told = [
        knock("POST", "sessions", {"key": "pk"}, headers={"X-Forwarded-For": f"9.9.9.9, 10.0.0.{number}"}).status_code
        for number in range(2)
    ]

    assert invented == [404, 429]
    assert told == [404, 404]


def test_without_a_cache_everybody_is_let_in(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    settings.API_RATES = settings.API_RATES | {"sessions": "0/3600"}
    creator = make_creator()

    assert knock("POST", "sessions", {"key": creator.embed_key}).status_code == 201


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_said_so_and_when_to_come_back(caplog, kind):
    def is_away(execute, sql, params, many, context):
        raise kind("server closed the connection unexpectedly")

    with connection.execute_wrapper(is_away):
        answer = knock("GET", "drops?creator=kiln", origin=HOME)

    assert refusal(answer) == (503, "unreachable")
    assert answer["Retry-After"] == "2"
    assert answer.json()["facts"] == {"retry_after": 2}
    assert "server closed" not in answer.content.decode()
    assert "Unable to reach the database" in caplog.text


def _something_breaks(execute, sql, params, many, context):
    raise ZeroDivisionError("the secret of the kiln")


def test_a_fault_of_ours_is_logged_and_not_told(caplog):
    with connection.execute_wrapper(_something_breaks):
        answer = knock("GET", "drops?creator=kiln")

    assert refusal(answer) == (500, "error")
    assert "secret" not in answer.content.decode()
    assert "the secret of the kiln" in caplog.text
    assert Creator.objects.count() == 0


def test_the_documentation_needs_nothing_from_elsewhere(client):
    page = client.get("/api/v1/docs")

    text = page.content.decode()
    assert page.status_code == 200
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
    assert "/static/ninja/swagger-ui-bundle.js" in text
    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self' 'unsafe-inline'" in policy
