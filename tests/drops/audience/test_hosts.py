import pytest

from drops.audience.hosts import IdentityExpired, IdentityRefused, identity_of_host, make_identity_secret
from drops.audience.identities import key_of
from drops.audience.models import Identity, IdentityKind, Shopper
from drops.audience.sessions import identify, open_identified_session
from tests.drops.audience.tokens import encoded, signed
from tests.factories import NOON, make_creator, make_shopper

NOW = int(NOON.timestamp())
SECRET = "is_of-this-creator"
GOOD = {"sub": "4711", "exp": NOW + 600}


def ask(token):
    return identity_of_host(creator=make_creator(identity_secret=SECRET), token=token, now=NOON)


@pytest.mark.django_db
def test_a_token_of_the_host_names_its_visitor():
    assert ask(signed(GOOD, secret=SECRET)) == "host:4711"


@pytest.mark.django_db
def test_the_example_of_rfc_7515_is_read_as_written_there():
    """Appendix A.1 has this token and this key; its claims have no `sub`, which is what is found to be missing."""
    key = bytes.fromhex(
        "0323354b2b0fa5bc837e0665777ba68f5ab328e6f054c928a90f84b2d2502ebf"
        "d3fb5a92d20647ef968ab4c377623d223d2e2172052e4f08c0cd9af567d080a3"
    ).decode("latin-1")
    token = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )

    creator = make_creator()
    creator.identity_secret = Latin(key)
    with pytest.raises(IdentityRefused, match="no `sub`"):
        identity_of_host(creator=creator, token=token, now=NOON)


class Latin(str):
    """A key of bytes that are no UTF-8, as the RFC's is."""

    def encode(self, *how):
        return super().encode("latin-1")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "token",
    [
        signed(GOOD, secret="is_of-another"),
        signed(GOOD, secret=SECRET, head={"alg": "none"}),
        signed(GOOD, secret=SECRET, head={"alg": "HS512"}),
        signed(GOOD, secret=SECRET, head=[]),
        f"{encoded({'alg': 'none'})}.{encoded(GOOD)}.",
        signed(GOOD, secret=SECRET)[:-1],
        signed(GOOD, secret=SECRET).replace(".", "!.", 1),
        signed([], secret=SECRET),
        signed(b"no json", secret=SECRET),
        signed(b"[" * 3000, secret=SECRET),
        signed(GOOD | {"padding": "x" * 4000}, secret=SECRET),
        "a.b",
        "a.b.c",
        "ü.ü.ü",
    ],
)
def test_a_forged_token_names_nobody(token):
    with pytest.raises(IdentityRefused) as refusal:
        ask(token)

    assert (refusal.value.code, refusal.value.status) == ("identity_invalid", 401)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW + 600},
        {"sub": "4711"},
        GOOD | {"sub": 4711},
        GOOD | {"sub": " "},
        GOOD | {"sub": "a\nb"},
        GOOD | {"sub": "x" * 200},
        GOOD | {"exp": "tomorrow"},
        GOOD | {"exp": True},
        GOOD | {"exp": NOW + 86_400 + 61},
    ],
)
def test_a_token_without_its_claims_names_nobody(claims):
    with pytest.raises(IdentityRefused) as refusal:
        ask(signed(claims, secret=SECRET))

    assert refusal.value.code == "identity_invalid"


@pytest.mark.django_db
@pytest.mark.parametrize("ended", [NOW, NOW - 1, 0])
def test_a_token_that_ended_names_nobody_any_more(ended):
    with pytest.raises(IdentityExpired) as refusal:
        ask(signed(GOOD | {"exp": ended}, secret=SECRET))

    assert (refusal.value.code, refusal.value.status) == ("identity_expired", 401)


@pytest.mark.django_db
def test_a_creator_without_a_secret_takes_no_tokens():
    with pytest.raises(IdentityRefused, match="no secret"):
        identity_of_host(creator=make_creator(), token=signed(GOOD, secret=""), now=NOON)


@pytest.mark.django_db
def test_a_new_secret_ends_the_old_one():
    creator = make_creator()
    old, new = make_identity_secret(creator=creator), make_identity_secret(creator=creator)
    creator.refresh_from_db()

    assert identity_of_host(creator=creator, token=signed(GOOD, secret=new), now=NOON) == "host:4711"
    with pytest.raises(IdentityRefused):
        identity_of_host(creator=creator, token=signed(GOOD, secret=old), now=NOON)


@pytest.mark.django_db
def test_a_session_begins_with_whom_the_host_names_or_not_at_all():
    creator = make_creator(identity_secret=SECRET)

    shopper, _, _ = open_identified_session(creator=creator, identity_token=signed(GOOD, secret=SECRET), now=NOON)
    with pytest.raises(IdentityRefused):
        open_identified_session(creator=creator, identity_token=signed(GOOD, secret="other"), now=NOON)

    assert Shopper.objects.get() == shopper
    assert Identity.objects.get().key_hash == key_of(identity="host:4711")


@pytest.mark.django_db
def test_a_shopper_may_be_named_in_the_middle_of_a_visit():
    shopper = make_shopper(creator=make_creator(identity_secret=SECRET))

    for _ in range(2):
        identify(shopper=shopper, identity_token=signed(GOOD, secret=SECRET), now=NOON)

    assert Identity.objects.values_list("shopper", "kind").get() == (shopper.pk, IdentityKind.CHAT)
