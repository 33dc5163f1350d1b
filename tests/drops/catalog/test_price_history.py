"""What a SKU costs is on record from an instant on, whoever changed it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from drops.catalog.models import Sku, SkuPrice
from tests.clock import advance, stopped_clock
from tests.factories import NOON, make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def history(sku):
    return list(SkuPrice.objects.filter(sku=sku).order_by("pk").values_list("price_minor", "currency", "from_at"))


def test_a_new_sku_has_the_price_it_comes_with():
    assert history(make_sku(price_minor=3800)) == [(3800, "EUR", NOON)]


@pytest.mark.parametrize("way", ["by its row", "in bulk", "by hand in the database"])
def test_each_change_of_a_price_is_written_down_whoever_makes_it(way):
    sku = make_sku(price_minor=3800)
    advance(timedelta(days=1))

    if way == "by its row":
        sku.price_minor = 3400
        sku.save(update_fields=["price_minor"])
    elif way == "in bulk":
        Sku.objects.filter(pk=sku.pk).update(price_minor=3400)
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE drops_sku SET price_minor = 3400 WHERE id = %s", [sku.pk])

    assert history(sku) == [(3800, "EUR", NOON), (3400, "EUR", NOON + timedelta(days=1))]


def test_what_is_no_change_of_price_is_not_written_down():
    sku = make_sku(price_minor=3800)

    sku.on_hand = 9
    sku.save()

    assert len(history(sku)) == 1


@pytest.mark.parametrize("change", [lambda row: row.update(price_minor=9900), lambda row: row.delete()])
def test_nobody_rewrites_the_history(change):
    sku = make_sku(price_minor=3800)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(SkuPrice.objects.filter(sku=sku))

    assert history(sku) == [(3800, "EUR", NOON)]
