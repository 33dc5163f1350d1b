from datetime import timedelta

import pytest

from drops.sales import holding
from drops.stock import stream
from drops.stock.holds import MARGIN
from tests.clock import advance, stopped_clock
from tests.factories import NOON, make_drop, make_drop_sku, make_hold

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8), ref="batch-07")
    return make_drop_sku(drop=drop, units=3)


def test_a_snapshot_says_everything_under_a_number(drop_sku):
    assert stream.publish(drop_id=drop_sku.drop_id) == {
        "drop": "batch-07",
        "state": "open",
        "closes_at": "2026-11-27T20:00:00.000Z",
        "next_return_at": None,
        "skus": [
            {
                "sku": drop_sku.sku.code,
                "total": 3,
                "available": 3,
                "kept": 0,
                "held": 0,
                "sold": 0,
                "waiting": 0,
                "next_return_at": None,
            }
        ],
        "epoch": 1,
        "seq": 1,
        "server_time": "2026-11-27T12:00:00.000Z",
    }


def test_nothing_is_published_twice(drop_sku):
    first = stream.publish(drop_id=drop_sku.drop_id)

    assert stream.publish(drop_id=drop_sku.drop_id) is None
    assert stream.snapshot_of(drop_id=drop_sku.drop_id) == first


def test_the_number_grows_with_every_change_and_time_alone_is_one(drop_sku):
    drop_id = drop_sku.drop_id
    numbers = [stream.publish(drop_id=drop_id)["seq"]]
    hold = make_hold(drop_sku=drop_sku, quantity=2)
    held = stream.publish(drop_id=drop_id)
    numbers.append(held["seq"])
    holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)
    numbers.append(stream.publish(drop_id=drop_id)["seq"])
    advance(timedelta(minutes=12) + MARGIN)
    lapsed = stream.publish(drop_id=drop_id)
    numbers.append(lapsed["seq"])

    assert numbers == [1, 2, 3, 4]
    assert (held["skus"][0]["available"], held["next_return_at"]) == (1, "2026-11-27T12:10:05.000Z")
    assert (lapsed["skus"][0]["available"], lapsed["next_return_at"]) == (3, None)
