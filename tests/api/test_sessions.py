import pytest

from drops.audience.identities import key_of
from drops.audience.models import Identity, Shopper
from drops.audience.sessions import shopper_of_token
from drops.clock import database_now
from tests.api.knocking import HOME, STRANGER, knock, refusal
from tests.drops.audience.tokens import signed
from tests.factories import make_capsule, make_creator, make_drop, make_shopper

pytestmark = pytest.mark.django_db


def test_a_page_opens_a_session_with_the_creators_key(settings):
    creator = make_creator(tagline="Thrown by hand", greeting="Hello from the kiln", accent="#0e5b3f")

    answer = knock("POST", "sessions", {"key": creator.embed_key, "locale": "de", "time_zone": "Europe/Berlin"})

    said = answer.json()
    shopper = Shopper.objects.get()
    assert answer.status_code == 201
    assert shopper_of_token(said["token"]) == shopper
    assert (shopper.ref, shopper.locale, shopper.time_zone) == (said["shopper"], "de", "Europe/Berlin")
    assert said["creator"] == {
        "slug": creator.slug,
        "name": "Kiln & Tide",
        "tagline": "Thrown by hand",
        "greeting": "Hello from the kiln",
        "avatar_url": "",
        "accent": "#0e5b3f",
        "currency": "EUR",
    }
    assert said["drop"] is None
    assert said["sockets_url"] == settings.SOCKETS_URL
    assert said["server_time"].endswith("Z")


def test_the_session_names_the_drop_that_is_on():
    drop = make_drop()
    make_drop(capsule=make_capsule())

    answer = knock("POST", "sessions", {"key": drop.creator.embed_key})

    assert answer.json()["drop"] == drop.ref


def test_a_listed_page_may_read_the_answer_and_a_stranger_gets_no_session():
    creator = make_creator()

    home = knock("POST", "sessions", {"key": creator.embed_key}, origin=HOME)
    stranger = knock("POST", "sessions", {"key": creator.embed_key}, origin=STRANGER)

    assert home["Access-Control-Allow-Origin"] == HOME
    assert "Access-Control-Allow-Credentials" not in home
    assert home["Vary"] == "Origin"
    assert refusal(stranger) == (403, "origin_refused")
    assert "Access-Control-Allow-Origin" not in stranger
    assert Shopper.objects.count() == 1


def test_an_origin_that_another_creator_lists_is_foreign_here():
    creator = make_creator()
    make_creator(allowed_origins=[STRANGER])

    answer = knock("POST", "sessions", {"key": creator.embed_key}, origin=STRANGER)

    assert refusal(answer) == (403, "origin_refused")
    assert "Access-Control-Allow-Origin" not in answer
    assert Shopper.objects.count() == 0


def test_the_shops_own_pages_need_no_listing():
    creator = make_creator(allowed_origins=[])

    answer = knock("POST", "sessions", {"key": creator.embed_key}, origin="https://shop.example")

    assert answer.status_code == 201
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"key": "pk_nobody"}, (404, "creator_not_found")),
        ({}, (422, "invalid")),
        ({"key": ""}, (422, "invalid")),
        ({"key": 7}, (422, "invalid")),
        ({"key": "pk_\x00"}, (422, "invalid")),
        ({"key": "pk_nobody", "locale": "klingon of the north"}, (422, "invalid")),
        ([], (422, "invalid")),
    ],
)
def test_a_session_is_refused_by_name(body, expected):
    answer = knock("POST", "sessions", body)

    assert refusal(answer) == expected
    assert Shopper.objects.count() == 0


def test_a_refusal_names_the_field():
    answer = knock("POST", "sessions", {"locale": "en"})

    assert answer.json()["facts"] == {"fields": [{"field": "key", "problem": "Field required"}]}


DEVICE = "0b7e4a52-7c1f-4a30-9d55-1f4f5e0a9c11"
SECRET = "is_of-this-creator"


def in_ten_minutes():
    return int(database_now().timestamp()) + 600


def identities():
    return list(Identity.objects.order_by("kind").values_list("kind", "key_hash"))


def test_a_session_remembers_its_device_by_a_hash():
    creator = make_creator()

    for _ in range(2):
        knock("POST", "sessions", {"key": creator.embed_key, "device": DEVICE})

    assert identities() == [("device", key_of(identity=DEVICE))] * 2


@pytest.mark.parametrize("device", ["short", "x" * 65, "with a blank in it", 17])
def test_a_device_that_is_no_random_id_opens_no_session(device):
    creator = make_creator()

    assert refusal(knock("POST", "sessions", {"key": creator.embed_key, "device": device})) == (422, "invalid")
    assert (Shopper.objects.count(), Identity.objects.count()) == (0, 0)


def test_a_session_may_begin_with_whom_the_host_names():
    creator = make_creator(identity_secret=SECRET)
    token = signed({"sub": "4711", "exp": in_ten_minutes()}, secret=SECRET)

    answer = knock("POST", "sessions", {"key": creator.embed_key, "identity": token})

    assert answer.status_code == 201
    assert identities() == [("chat", key_of(identity="host:4711"))]


@pytest.mark.parametrize(
    ("lasts", "secret", "code"),
    [
        (600, "is_of-another", "identity_invalid"),
        (-1, SECRET, "identity_expired"),
        (2 * 86_400, SECRET, "identity_invalid"),
    ],
)
def test_a_forged_or_old_identity_is_refused_and_nothing_is_opened(lasts, secret, code):
    creator = make_creator(identity_secret=SECRET)
    token = signed({"sub": "4711", "exp": int(database_now().timestamp()) + lasts}, secret=secret)
    shopper = make_shopper(creator=creator)

    opened = knock("POST", "sessions", {"key": creator.embed_key, "identity": token, "device": DEVICE})
    named = knock("POST", "sessions/identity", {"identity": token}, shopper=shopper)

    assert refusal(opened) == refusal(named) == (401, code)
    assert (Shopper.objects.get(), Identity.objects.count()) == (shopper, 0)


def test_a_session_may_be_named_in_the_middle_of_a_visit_and_again():
    creator = make_creator(identity_secret=SECRET)
    shopper = make_shopper(creator=creator)
    token = signed({"sub": "4711", "exp": in_ten_minutes()}, secret=SECRET)

    answers = [knock("POST", "sessions/identity", {"identity": token}, shopper=shopper, origin=HOME) for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert identities() == [("chat", key_of(identity="host:4711"))]


def test_nobody_is_named_without_a_session():
    assert refusal(knock("POST", "sessions/identity", {"identity": "a.b.c"})) == (401, "session_invalid")


def test_no_answer_carries_a_creators_secret():
    creator = make_creator(identity_secret=SECRET)

    answer = knock("POST", "sessions", {"key": creator.embed_key})

    assert SECRET not in answer.content.decode()
