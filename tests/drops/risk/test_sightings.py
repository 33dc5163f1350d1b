from datetime import timedelta

import pytest

from drops.risk import sightings
from drops.risk.models import Sighting, Trait
from tests.factories import NOON, make_shopper

pytestmark = pytest.mark.django_db


def test_only_keyed_hashes_are_kept_and_a_repeat_moves_the_time():
    shopper = make_shopper()
    seen = {Trait.MAIL: "Lena+1@example.org", Trait.PHONE: "+351 912 000 111", Trait.NETWORK: "93.184.216.34"}
    sightings.note(shopper=shopper, seen=seen, at=NOON)

    again = {Trait.MAIL: "lena+2@example.org", Trait.PHONE: "+351912000111", Trait.NETWORK: "93.184.216.99"}
    sightings.note(shopper=shopper, seen=again, at=NOON + timedelta(hours=1))

    rows = list(Sighting.objects.order_by("trait").values_list("trait", "first_at", "last_at"))
    assert rows == [(trait, NOON, NOON + timedelta(hours=1)) for trait in ("mail", "network", "phone")]
    kept = " ".join(Sighting.objects.values_list("key_hash", flat=True))
    assert not any(word in kept for word in ("lena", "912000111", "93.184"))


def test_what_says_nothing_is_not_noted():
    sightings.note(
        shopper=make_shopper(), seen={Trait.NETWORK: "127.0.0.1", Trait.MAIL: "none", Trait.DEVICE: " "}, at=NOON
    )

    assert Sighting.objects.count() == 0


def test_one_trait_has_another_key_in_every_creators_shop():
    one, other = make_shopper(), make_shopper()
    for shopper in (one, other):
        sightings.note(shopper=shopper, seen={Trait.DEVICE: "d-1"}, at=NOON)

    assert one.sightings.get().key_hash != other.sightings.get().key_hash


def test_what_was_not_seen_for_thirty_days_is_forgotten():
    shopper = make_shopper()
    sightings.note(shopper=shopper, seen={Trait.DEVICE: "old"}, at=NOON)
    sightings.note(shopper=shopper, seen={Trait.DEVICE: "newer"}, at=NOON + timedelta(seconds=1))

    assert sightings.forget_old_sightings(now=NOON + timedelta(days=30)) == 0
    assert sightings.forget_old_sightings(now=NOON + timedelta(days=30, seconds=1)) == 1
    assert Sighting.objects.get().first_at == NOON + timedelta(seconds=1)


def test_a_house_is_noted_with_the_area_it_is_compared_in():
    assert sightings.traits_of_address({"street": "R. do Poco 4 Apt 1", "postcode": "1200-109", "country": "PT"}) == {
        Trait.AREA: "pt:1200109",
        Trait.ADDRESS: "pt:1200109:4 do poco rua",
    }
    assert sightings.traits_of_address({}) == {}
