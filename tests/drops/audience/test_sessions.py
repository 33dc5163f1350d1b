import pytest

from drops.audience.origins import is_origin_allowed
from drops.audience.sessions import SessionInvalid, open_session, shopper_of_token
from drops.catalog.models import Creator
from tests.factories import make_creator


@pytest.mark.django_db
def test_a_token_speaks_for_its_shopper():
    shopper, token = open_session(creator=make_creator(), locale="de", time_zone="Europe/Berlin")

    assert shopper_of_token(token) == shopper
    assert (shopper.locale, shopper.time_zone) == ("de", "Europe/Berlin")


@pytest.mark.django_db
@pytest.mark.parametrize("spoil", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: "", lambda t: "a.b.c"])
def test_a_forged_token_speaks_for_nobody(spoil):
    _, token = open_session(creator=make_creator())

    with pytest.raises(SessionInvalid):
        shopper_of_token(spoil(token))


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://kilnandtide.example", True),
        ("https://KilnAndTide.example:443", True),
        ("https://kilnandtide.example:8443", False),
        ("http://kilnandtide.example", False),
        ("https://evil.example", False),
        ("https://kilnandtide.example.evil.example", False),
        ("http://127.0.0.1:8000", True),
        ("null", False),
        ("", False),
        ("http://[::1", False),
    ],
)
def test_only_listed_origins_and_our_own_may_embed(origin, is_allowed):
    creator = Creator(allowed_origins=["https://kilnandtide.example/"])

    assert is_origin_allowed(creator=creator, origin=origin, own="http://127.0.0.1:8000") is is_allowed
