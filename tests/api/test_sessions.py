import pytest

from drops.audience.models import Shopper
from drops.audience.sessions import shopper_of_token
from tests.api.knocking import HOME, STRANGER, knock, refusal
from tests.factories import make_capsule, make_creator, make_drop

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
