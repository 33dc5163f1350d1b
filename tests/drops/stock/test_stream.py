from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from drops.sales import holding
from drops.stock import stream
from drops.stock.counts import counts_of, tallies_of
from drops.stock.holds import MARGIN
from drops.stock.models import NEVER, DropStream, Token
from tests.clock import advance, stopped_clock
from tests.factories import NOON, make_drop, make_drop_sku, make_hold

pytestmark = pytest.mark.django_db

HOLD_AND_MARGIN = timedelta(minutes=10) + MARGIN


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8), ref="batch-07")
    return make_drop_sku(drop=drop, units=3)


def of(snapshot):
    [sku] = snapshot["skus"]
    return sku["available"], sku["held"], sku["sold"]


def version(snapshot):
    return snapshot["epoch"], snapshot["seq"]


def test_a_snapshot_says_everything_under_a_number(drop_sku):
    assert stream.snapshot_of(drop_id=drop_sku.drop_id) == {
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
        "epoch": int(NOON.timestamp()),
        "seq": 1,
        "server_time": "2026-11-27T12:00:00.000Z",
    }


def test_who_asks_again_gets_the_same_number_and_writes_nothing(drop_sku):
    first = stream.snapshot_of(drop_id=drop_sku.drop_id)
    advance(timedelta(seconds=1))

    with CaptureQueriesContext(connection) as asked:
        again = stream.snapshot_of(drop_id=drop_sku.drop_id)

    assert again == first | {"server_time": "2026-11-27T12:00:01.000Z"}
    assert [query["sql"].split()[0] for query in asked] == ["SELECT", "SELECT", "SELECT"]
    assert not any("advisory" in query["sql"] for query in asked)


def test_the_number_grows_with_every_change_and_time_alone_is_one(drop_sku):
    drop_id = drop_sku.drop_id
    numbers = [stream.snapshot_of(drop_id=drop_id)["seq"]]
    hold = make_hold(drop_sku=drop_sku, quantity=2)
    held = stream.snapshot_of(drop_id=drop_id)
    numbers.append(held["seq"])
    holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)
    numbers.append(stream.snapshot_of(drop_id=drop_id)["seq"])
    advance(timedelta(minutes=12) + MARGIN)
    lapsed = stream.snapshot_of(drop_id=drop_id)
    numbers.append(lapsed["seq"])

    assert numbers == [1, 2, 3, 4]
    assert (held["skus"][0]["available"], held["next_return_at"]) == (1, "2026-11-27T12:10:05.000Z")
    assert (lapsed["skus"][0]["available"], lapsed["next_return_at"]) == (3, None)


def test_those_who_look_all_the_time_count_once_in_a_pace(drop_sku):
    first = stream.look(drop_id=drop_sku.drop_id)
    make_hold(drop_sku=drop_sku)
    advance(stream.PACE / 2)

    early = stream.look(drop_id=drop_sku.drop_id)
    advance(stream.PACE)
    late = stream.look(drop_id=drop_sku.drop_id, asked_at=early.asked_at)
    advance(stream.PACE / 2)
    with CaptureQueriesContext(connection) as asked:
        other = stream.look(drop_id=drop_sku.drop_id, asked_at=early.asked_at)

    assert (first.is_new, first.is_settled, of(first.snapshot)) == (True, True, (3, 0, 0))
    assert (early.is_new, early.is_settled, of(early.snapshot)) == (False, False, (3, 0, 0))
    assert (late.is_new, late.is_settled, of(late.snapshot)) == (True, True, (2, 1, 0))
    # Whoever asked at the same time, in another process, is content with that count.
    assert (other.is_new, other.is_settled, version(other.snapshot)) == (False, True, version(late.snapshot))
    assert not any("drops_units" in query["sql"] for query in asked)


def test_a_look_says_when_it_stops_being_true_by_itself():
    drop = make_drop(opens_at=NOON + timedelta(hours=1), closes_at=NOON + timedelta(hours=2), state="scheduled")
    drop_sku = make_drop_sku(drop=drop, units=1)

    turns = [stream.look(drop_id=drop.pk).turns_at]
    advance(timedelta(hours=1))
    make_hold(drop_sku=drop_sku)
    turns.append(stream.look(drop_id=drop.pk).turns_at)
    advance(HOLD_AND_MARGIN)
    turns.append(stream.look(drop_id=drop.pk).turns_at)
    advance(timedelta(hours=1))
    turns.append(stream.look(drop_id=drop.pk).turns_at)

    opens, closes = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    assert turns == [opens, opens + HOLD_AND_MARGIN, closes, None]


def test_a_drop_that_closes_by_the_clock_is_a_new_number(drop_sku):
    before = stream.snapshot_of(drop_id=drop_sku.drop_id)
    advance(timedelta(hours=8))
    after = stream.snapshot_of(drop_id=drop_sku.drop_id)

    assert (before["state"], after["state"]) == ("open", "closed")
    assert after["seq"] == before["seq"] + 1


def publish_three(drop_sku):
    """Publish, keep the row as a backup has it, and publish twice more."""
    stream.snapshot_of(drop_id=drop_sku.drop_id)
    backup = DropStream.objects.values().get()
    for _ in range(2):
        make_hold(drop_sku=drop_sku)
        last = stream.snapshot_of(drop_id=drop_sku.drop_id)
    return backup, last


def test_a_restore_begins_an_epoch_above_every_number_that_was_seen(drop_sku):
    backup, last = publish_three(drop_sku)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE drops_dropstream")
    DropStream.objects.create(**backup)

    restored = stream.snapshot_of(drop_id=drop_sku.drop_id)

    assert version(restored) == (last["epoch"] + 1, 1)
    assert of(restored) == of(last)
    assert version(stream.snapshot_of(drop_id=drop_sku.drop_id)) == version(restored)


@pytest.mark.parametrize("ask", [stream.snapshot_of, lambda *, drop_id: stream.look(drop_id=drop_id).snapshot])
def test_another_life_of_the_database_begins_another_epoch(drop_sku, ask):
    _, last = publish_three(drop_sku)
    # As a replica that was promoted, or another cluster that took the data over, has it.
    DropStream.objects.update(life="7.00000001.5.16400")
    advance(timedelta(seconds=90))

    assert version(ask(drop_id=drop_sku.drop_id)) == (int(NOON.timestamp()) + 90, 1)
    assert last["epoch"] < int(NOON.timestamp()) + 90


def test_a_stream_that_a_restore_knows_nothing_of_begins_above_the_lost_one(drop_sku):
    _, last = publish_three(drop_sku)
    DropStream.objects.all().delete()
    advance(timedelta(seconds=1))

    assert version(stream.snapshot_of(drop_id=drop_sku.drop_id)) > version(last)


def test_numbers_that_went_back_unnoticed_are_told_by_those_who_saw_them(drop_sku):
    backup, last = publish_three(drop_sku)
    DropStream.objects.update(**backup)
    advance(stream.PACE)

    unaware = stream.look(drop_id=drop_sku.drop_id, shown=version(backup))
    aware = stream.look(drop_id=drop_sku.drop_id, shown=version(last))

    assert version(unaware.snapshot) == (last["epoch"], 2)
    assert version(aware.snapshot) == (last["epoch"] + 1, 1)
    assert aware.is_new


def test_counting_by_ranges_agrees_with_counting_every_token():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8), account_limit=9)
    drop_skus = [make_drop_sku(drop=drop, units=units) for units in (0, 7, 2600)]
    hold = make_hold(drop_sku=drop_skus[1], quantity=2)
    make_hold(drop_sku=drop_skus[1])
    gone = {"free_at": NEVER, "status": "sold", "hold": hold}

    def agreed():
        counts = counts_of(drop_id=drop.pk)
        assert counts == tallies_of(drop_ids=[drop.pk])
        return [(count.total, count.free, count.held, count.sold, count.void) for count in counts]

    assert agreed() == [(0, 0, 0, 0, 0), (7, 4, 3, 0, 0), (2600, 2600, 0, 0, 0)]
    # Past the first thousand from either side.
    for sold, free in ((1100, 1500), (1600, 1000), (2600, 0)):
        Token.objects.filter(drop_sku=drop_skus[2], ordinal__lte=sold).update(**gone)
        assert agreed()[2] == (2600, free, 0, sold, 0)
    Token.objects.filter(drop_sku=drop_skus[2], ordinal__lte=40).update(status="void", hold=None)
    advance(HOLD_AND_MARGIN)
    assert agreed() == [(0, 0, 0, 0, 0), (7, 7, 0, 0, 0), (2600, 0, 0, 2560, 40)]


def test_counting_reads_as_much_of_ten_thousand_tokens_as_of_two_thousand(drop_sku):
    pool = Token.objects.first().pool

    def pages_read(units):
        last = Token.objects.order_by("ordinal").last().ordinal
        Token.objects.bulk_create(
            [Token(drop_sku=drop_sku, pool=pool, ordinal=number) for number in range(last + 1, units + 1)]
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE drops_token")  # as autovacuum does sooner or later; not between the two measures
            for _ in range(2):  # the first time it also reads how to do it
                cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM drops_units(%s)", [drop_sku.pk])
                [[plan]] = cursor.fetchone()
        return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]

    few, many = pages_read(2_000), pages_read(10_000)

    assert many < few * 1.2
