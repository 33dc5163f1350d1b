"""Shelves, units by pool, and carrying them, as a creator's people do it."""

import pytest
from django.urls import reverse

from drops.audience.identities import key_of, remember
from drops.audience.models import IdentityKind
from drops.catalog.models import MemberRole
from drops.stock.models import StockMove, StockPool, Token
from drops.stock.planning import plan_units
from drops.stock.pools import pool_counts_of, store_room_of
from pickups.models import Shelf
from pickups.shelves import put_up_shelf
from tests.factories import make_drop, make_drop_sku
from tests.office.people import client_of, make_person
from tests.office.test_board import board, said
from tests.pickups.factories import make_cafe

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(shop):
    return make_cafe(creator=shop.creator)


@pytest.fixture
def shelf(shop, cafe):
    return put_up_shelf(location=cafe, creator=shop.creator)


def counts(drop):
    """Return the free units of a drop's only SKU by pool."""
    return {count.name: count.available for count in pool_counts_of(drop_sku_id=drop.drop_skus.get().pk)}


def test_a_shelf_is_put_up_and_taken_down_in_the_office(shop, cafe, owner):
    form = {"location": cafe.pk, "creator": shop.creator.pk}
    owner.post(reverse("admin:pickups_shelf_add"), form)

    shelf = Shelf.objects.get()
    assert (shelf.location, shelf.creator, shelf.pool.name) == (cafe, shop.creator, "Café Mira")
    again = owner.post(reverse("admin:pickups_shelf_add"), form)
    assert "There is a shelf for this creator already." in again.content.decode()

    owner.post(reverse("admin:pickups_shelf_changelist"), {"action": "take_down", "_selected_action": [shelf.pk]})
    assert Shelf.objects.count() == 0


def test_nobody_puts_a_shelf_up_for_strangers(shop, strangers, cafe, owner):
    theirs = make_cafe(creator=strangers.creator, name="Elsewhere", partner_name="Elsewhere")

    for location, creator in ((theirs, strangers.creator), (theirs, shop.creator), (cafe, strangers.creator)):
        owner.post(reverse("admin:pickups_shelf_add"), {"location": location.pk, "creator": creator.pk})

    assert Shelf.objects.count() == 0


def test_a_place_that_does_not_serve_the_creator_has_no_shelf_for_them(shop, strangers, cafe, superuser):
    answer = superuser.post(reverse("admin:pickups_shelf_add"), {"location": cafe.pk, "creator": strangers.creator.pk})

    assert "This location does not hand over for that creator." in answer.content.decode()
    assert Shelf.objects.count() == 0


def test_units_are_planned_by_pool_from_the_board(shop, shelf, owner):
    page = owner.get(board(shop.draft)).content.decode()
    assert f"Units of {shop.sku} in the store-room" in page
    assert f"Units of {shop.sku} on the shelf at Café Mira" in page

    owner.post(board(shop.draft, "_plan"), {f"units-{shop.sku.pk}": "4", f"units-{shop.sku.pk}-{shelf.pool_id}": "3"})

    assert counts(shop.draft) == {"Store-room": 4, "Café Mira": 3}


def test_units_change_by_pool_while_the_drop_runs(shop, shelf, owner):
    drop_sku = make_drop_sku(drop=make_drop(capsule=shop.capsule), units=3)

    answer = owner.post(board(drop_sku.drop, "_change"), {f"by-{drop_sku.sku_id}-{shelf.pool_id}": "+2"}, follow=True)

    assert said(answer) == [f"{drop_sku.sku}: +2 units on the shelf at Café Mira."]
    assert counts(drop_sku.drop) == {"Store-room": 3, "Café Mira": 2}


def test_units_are_carried_from_the_board(shop, shelf, owner):
    drop_sku = make_drop_sku(drop=make_drop(capsule=shop.capsule), units=3)
    room = store_room_of(creator_id=shop.creator.pk)
    form = {"sku": drop_sku.sku_id, "source": room.pk, "target": shelf.pool_id}

    done = owner.post(board(drop_sku.drop, "_carry"), form | {"units": "2"}, follow=True)
    refused = owner.post(board(drop_sku.drop, "_carry"), form | {"units": "2"}, follow=True)

    assert said(done) == [f"{drop_sku.sku}: 2 units are on the shelf at Café Mira now."]
    assert said(refused) == ["Only 1 of 2 units are free."]
    assert counts(drop_sku.drop) == {"Store-room": 1, "Café Mira": 2}
    assert StockMove.objects.get().actor == "office:owner"


@pytest.mark.parametrize("wrong", [{"units": "many"}, {"sku": "0"}, {"source": "0"}, {"target": "x"}, {"units": ""}])
def test_a_form_that_makes_no_sense_carries_nothing(shop, shelf, owner, wrong):
    drop_sku = make_drop_sku(drop=make_drop(capsule=shop.capsule), units=3)
    room = store_room_of(creator_id=shop.creator.pk)
    form = {"sku": drop_sku.sku_id, "source": room.pk, "target": shelf.pool_id, "units": "1"}

    answer = owner.post(board(drop_sku.drop, "_carry"), form | wrong, follow=True)

    assert len(said(answer)) == 1
    assert StockMove.objects.count() == 0


def test_units_are_not_carried_into_a_strangers_pool(shop, strangers, shelf, owner):
    drop_sku = make_drop_sku(drop=make_drop(capsule=shop.capsule), units=3)
    theirs = store_room_of(creator_id=strangers.creator.pk)
    form = {"sku": drop_sku.sku_id, "source": store_room_of(creator_id=shop.creator.pk).pk, "target": theirs.pk}

    owner.post(board(drop_sku.drop, "_carry"), form | {"units": "1"})

    assert (StockMove.objects.count(), Token.objects.filter(pool=theirs, drop_sku=drop_sku).count()) == (0, 0)


def test_a_packer_carries_nothing_in_the_books(shop, shelf, packer):
    drop_sku = make_drop_sku(drop=make_drop(capsule=shop.capsule), units=3)
    form = {"sku": drop_sku.sku_id, "source": store_room_of(creator_id=shop.creator.pk).pk, "target": shelf.pool_id}

    packer.post(board(drop_sku.drop, "_carry"), form | {"units": "1"})

    assert StockMove.objects.count() == 0
    assert packer.get(board(drop_sku.drop, "_carry")).status_code == 405


def test_a_creator_with_one_pool_reads_nothing_of_pools(shop, owner):
    page = owner.get(board(shop.draft)).content.decode()

    assert "Carry units" not in page
    assert f'aria-label="Units of {shop.sku}"' in page


def test_the_proof_shows_each_pool(shop, shelf, owner):
    plan_units(drop=shop.draft, sku=shop.sku, units=2, pool=shelf.pool)

    page = owner.get(reverse("admin:office_proof_of_drop", args=[shop.draft.pk])).content.decode()

    assert page.count('class="office-lot"') == 2
    assert "Café Mira" in page


def test_a_pool_gets_its_name_in_the_office_and_no_other_creator(shop, shelf, owner):
    owner.post(reverse("admin:drops_stockpool_change", args=[shelf.pool_id]), {"name": "Mira's counter", "creator": 0})

    pool = StockPool.objects.get(pk=shelf.pool_id)
    assert (pool.name, pool.creator) == ("Mira's counter", shop.creator)
    assert owner.get(reverse("admin:drops_stockpool_add")).status_code == 403


def test_the_secret_for_logins_is_shown_once_and_to_owners_alone(shop, owner):
    page = reverse("admin:office_embed", args=[shop.creator.pk])
    helper = client_of(make_person("helper", creator=shop.creator, role=MemberRole.HELPER))

    helper.post(page, {"secret": "new"})
    shop.creator.refresh_from_db()
    assert shop.creator.identity_secret == ""
    assert "Make a secret" not in helper.get(page).content.decode()

    made = owner.post(page, {"secret": "new"})
    shop.creator.refresh_from_db()
    assert shop.creator.identity_secret.startswith("is_")
    assert shop.creator.identity_secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    for address in (page, reverse("admin:drops_creator_change", args=[shop.creator.pk])):
        assert shop.creator.identity_secret not in owner.get(address).content.decode()
    assert "There is one. A new one replaces it at once." in owner.get(page).content.decode()


def test_a_shoppers_identities_are_shown_by_kind_and_never_by_value(shop, owner):
    remember(shopper=shop.shopper, kind=IdentityKind.PHONE, value="+351912345678")

    page = owner.get(reverse("admin:drops_shopper_change", args=[shop.shopper.pk])).content.decode()

    assert "Phone" in page
    assert key_of(identity="+351912345678") not in page
