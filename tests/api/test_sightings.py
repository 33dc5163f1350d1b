"""What a shopper is seen with at the shop's doors, for the signals that look at what several accounts share."""

import pytest

from drops.audience.models import Shopper
from drops.clock import database_now
from drops.risk.models import Sighting, Trait
from drops.sales.checkout import admit_card
from tests.api.knocking import knock
from tests.drops.audience.tokens import signed
from tests.factories import make_creator, make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db

SECRET = "is_of-this-creator"


def named(who):
    return {"sub": who, "exp": int(database_now().timestamp()) + 600}


def seen(shopper):
    return set(Sighting.objects.filter(shopper=shopper).values_list("trait", flat=True))


def test_a_session_is_seen_with_its_device():
    body = {"key": make_creator().embed_key, "device": "d" * 32}

    for _ in range(2):
        assert knock("POST", "sessions", body).status_code == 201

    assert [seen(shopper) for shopper in Shopper.objects.all()] == [{Trait.DEVICE}, {Trait.DEVICE}]
    assert Sighting.objects.values("key_hash").distinct().count() == 1


def test_a_session_without_a_device_is_seen_with_nothing():
    knock("POST", "sessions", {"key": make_creator().embed_key})

    assert seen(Shopper.objects.get()) == set()


def test_whom_the_host_names_is_seen_at_once_and_in_the_middle_of_a_visit():
    creator = make_creator(identity_secret=SECRET)
    token = signed(named("4711"), secret=SECRET)

    knock("POST", "sessions", {"key": creator.embed_key, "identity": token})
    later = knock("POST", "sessions", {"key": creator.embed_key}).json()
    assert knock("POST", "sessions/identity", {"identity": token}, token=later["token"]).status_code == 204

    assert [seen(shopper) for shopper in Shopper.objects.all()] == [{Trait.CHAT}, {Trait.CHAT}]
    assert Sighting.objects.values("key_hash").distinct().count() == 1


def test_a_host_that_is_not_believed_is_seen_with_nothing():
    creator = make_creator(identity_secret=SECRET)
    opened = knock("POST", "sessions", {"key": creator.embed_key}).json()

    refused = knock(
        "POST", "sessions/identity", {"identity": signed(named("4711"), secret="is_of-another")}, token=opened["token"]
    )

    assert refused.status_code == 401
    assert seen(Shopper.objects.get()) == set()


def test_a_card_is_seen_when_the_shop_is_asked_about_it(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku()))

    admit_card(payment_ref=payment.ref, fingerprint="test-4242")

    assert seen(payment.hold.shopper) == {Trait.MAIL, Trait.CARD, *({Trait.ADDRESS, Trait.AREA})}
