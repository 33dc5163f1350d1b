"""Units that lie at a partner's place before anybody has bought them."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from drops.sales import quotes
from drops.sales.delivery import Destination
from drops.stock import planning, resync
from drops.stock.models import DropSku, Hold, StockPool
from drops.stock.pools import pool_counts_of, store_room_of
from pickups.models import Pickup, Shelf
from pickups.readiness import ShelvesReady
from pickups.shelves import NotServed, ShelfInUse, put_up_shelf, take_down_shelf
from tests.clock import stopped_clock
from tests.factories import NOON, make_creator
from tests.pickups.factories import first_slot, hold_for, make_cafe, make_mugs, pay_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def cafe():
    return make_cafe()


@pytest.fixture
def kiln(cafe):
    return cafe.creators.get()


@pytest.fixture
def mugs(kiln):
    return make_mugs(creator=kiln, units=2)


def carry(mugs, shelf, units):
    room = store_room_of(creator_id=shelf.creator_id)
    resync.move_units(drop_sku_id=mugs.pk, source=room, target=shelf.pool, units=units, actor="office:mira")


def options(mugs):
    return quotes.delivery_choices(
        drop=mugs.drop, sku_code=mugs.sku.code, quantity=1, destination=Destination("PT", "1200-109")
    )


def test_a_shelf_is_put_up_once_and_named_after_its_place(cafe, kiln):
    shelf, again = (put_up_shelf(location=cafe, creator=kiln) for _ in range(2))

    assert shelf == again == Shelf.objects.get()
    assert (shelf.pool.name, shelf.pool.creator, shelf.pool.is_store_room) == ("Café Mira", kiln, False)
    assert shelf.pool.where == "on the shelf at Café Mira"


def test_two_places_called_alike_have_shelves_that_can_be_told_apart(cafe, kiln):
    porto = make_cafe(creator=kiln, partner_name="Café Mira no Porto", city="Porto")

    names = [put_up_shelf(location=place, creator=kiln).pool.name for place in (cafe, porto)]

    assert names == ["Café Mira", "Café Mira, Porto"]


def test_each_creator_of_a_place_has_a_shelf_of_their_own(cafe, kiln):
    other = make_creator()
    cafe.creators.add(other)

    shelves = [put_up_shelf(location=cafe, creator=creator) for creator in (kiln, other)]

    assert [shelf.pool.creator for shelf in shelves] == [kiln, other]
    assert shelves[0].pool != shelves[1].pool


def test_a_place_has_no_shelf_for_a_creator_it_does_not_serve(cafe):
    stranger = make_creator()

    with pytest.raises(NotServed):
        put_up_shelf(location=cafe, creator=stranger)
    with pytest.raises(ValidationError, match="does not hand over for that creator"):
        Shelf(location=cafe, creator=stranger).clean()

    assert (Shelf.objects.count(), StockPool.objects.filter(creator=stranger).count()) == (0, 0)


def test_the_database_refuses_a_shelf_with_another_creators_pool(cafe, kiln):
    foreign = StockPool.objects.create(creator=make_creator(), name="Elsewhere")

    with pytest.raises(IntegrityError, match="shelf_pool_is_its_creators"), transaction.atomic():
        Shelf.objects.create(location=cafe, creator=kiln, pool=foreign)
        connection.check_constraints()


def test_who_collects_at_a_place_with_a_shelf_has_theirs_from_it(cafe, kiln, mugs):
    shelf = put_up_shelf(location=cafe, creator=kiln)
    carry(mugs, shelf, 1)

    order = pay_for(hold_for(first_slot(cafe), drop_sku=mugs))

    assert Hold.objects.get().pool == shelf.pool
    assert Pickup.objects.get().order == order
    counts = {count.name: (count.available, count.sold) for count in pool_counts_of(drop_sku_id=mugs.pk)}
    assert counts == {"Store-room": (1, 0), "Café Mira": (0, 1)}


def test_a_place_without_a_shelf_has_them_brought_from_the_store_room(cafe, kiln, mugs):
    other = make_cafe(creator=kiln, name="Livraria", partner_name="Livraria")
    carry(mugs, put_up_shelf(location=other, creator=kiln), 1)

    hold_for(first_slot(cafe), drop_sku=mugs)

    assert Hold.objects.get().pool.is_store_room


def test_an_empty_shelf_is_not_offered_and_says_so(cafe, kiln, mugs):
    make_cafe(creator=kiln, name="Livraria", partner_name="Livraria")
    put_up_shelf(location=cafe, creator=kiln)

    found = options(mugs)

    assert {option.label for option in found.options} == {"Pickup at Livraria, Lisbon"}
    assert {option.name for option in found.options} == {"Livraria, Lisbon"}
    assert found.refusals == ["None left on the shelf at Café Mira."]
    assert found.why[found.refusals[0]] == {"why": "on_shelf", "left": 0, "place": "Café Mira"}
    assert {option.units_left for option in found.options} == {2}


def test_a_drop_may_open_only_if_somebody_hands_over_what_is_on_a_shelf(cafe, kiln, mugs):
    assert ShelvesReady().checks(drop=mugs.drop) == []
    carry(mugs, put_up_shelf(location=cafe, creator=kiln), 2)

    [ready] = ShelvesReady().checks(drop=mugs.drop)
    cafe.is_active = False
    cafe.save()
    [not_ready] = ShelvesReady().checks(drop=mugs.drop)

    assert (ready.ok, ready.text) == (True, "2 units on the shelf at Café Mira.")
    assert (not_ready.ok, not_ready.text) == (
        False,
        "2 units on the shelf at Café Mira, where nobody hands anything over.",
    )


def test_a_shelf_with_units_of_a_running_drop_stays(cafe, kiln, mugs):
    shelf = put_up_shelf(location=cafe, creator=kiln)
    carry(mugs, shelf, 1)

    with pytest.raises(ShelfInUse) as refusal:
        take_down_shelf(shelf=shelf)

    assert refusal.value.facts == {"units": 1}
    assert Shelf.objects.get() == shelf


def test_a_shelf_that_is_empty_can_be_taken_down(cafe, kiln, mugs):
    take_down_shelf(shelf=put_up_shelf(location=cafe, creator=kiln))

    hold_for(first_slot(cafe), drop_sku=mugs)

    assert Shelf.objects.count() == 0
    assert Hold.objects.get().pool.is_store_room


def test_units_may_be_planned_on_a_shelf_before_the_drop(cafe, kiln):
    mugs = make_mugs(creator=kiln, units=1)
    mugs.drop.state, mugs.drop.opens_at = "draft", NOON + timedelta(hours=1)
    mugs.drop.save()
    shelf = put_up_shelf(location=cafe, creator=kiln)

    planning.plan_units(drop=mugs.drop, sku=mugs.sku, units=3, pool=shelf.pool)

    assert DropSku.objects.get().planned == 4
