from datetime import timedelta

import pytest

from drops.stock import planning, tokens
from drops.stock.counts import count_of
from drops.stock.models import Token
from tests.factories import NOON, make_capsule, make_drop, make_drop_sku, make_hold, make_product, make_sku

pytestmark = pytest.mark.django_db

COMING = {"state": "draft", "opens_at": NOON, "closes_at": NOON + timedelta(hours=1)}


def counts(drop_sku):
    count = count_of(drop_sku_id=drop_sku.pk)
    return count.total, count.available, count.void


def test_planning_mints_one_token_a_unit():
    drop = make_drop(**COMING)

    drop_sku = planning.plan_units(drop=drop, sku=make_sku(product=make_product(capsule=drop.capsule)), units=24)

    assert counts(drop_sku) == (24, 24, 0)
    assert list(Token.objects.order_by("ordinal").values_list("ordinal", flat=True)) == list(range(1, 25))


def test_planning_again_mints_or_voids_the_difference():
    drop = make_drop(**COMING)
    sku = make_sku(product=make_product(capsule=drop.capsule))
    planning.plan_units(drop=drop, sku=sku, units=5)

    fewer = planning.plan_units(drop=drop, sku=sku, units=2)
    assert (counts(fewer), fewer.planned) == ((5, 2, 3), 2)

    more = planning.plan_units(drop=drop, sku=sku, units=4)
    assert (counts(more), more.planned) == ((7, 4, 3), 4)


def test_everything_on_hand_can_be_planned_in_one_go():
    drop = make_drop(**COMING)
    product = make_product(capsule=drop.capsule)
    make_sku(product=product, on_hand=3)
    make_sku(product=product, on_hand=0)

    assert [counts(drop_sku) for drop_sku in planning.plan_all_on_hand(drop=drop)] == [(3, 3, 0)]


def test_an_open_drop_keeps_its_units():
    drop_sku = make_drop_sku(units=3)

    with pytest.raises(planning.DropIsOpen):
        planning.plan_units(drop=drop_sku.drop, sku=drop_sku.sku, units=9)

    assert counts(drop_sku) == (3, 3, 0)


def test_a_sku_of_another_capsule_is_refused():
    drop = make_drop(**COMING)
    stranger = make_sku(product=make_product(capsule=make_capsule(creator=drop.creator)))

    with pytest.raises(planning.NotInCapsule):
        planning.plan_units(drop=drop, sku=stranger, units=1)

    assert Token.objects.count() == 0


def test_held_units_are_never_voided():
    drop_sku = make_drop_sku(units=2)
    make_hold(drop_sku=drop_sku)

    with pytest.raises(tokens.NoMoreUnits) as refusal:
        tokens.void(drop_sku=drop_sku, units=2)

    assert refusal.value.facts == {"asked": 2, "free": 1}
