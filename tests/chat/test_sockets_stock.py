import asyncio
import time

import pytest

from creatorshop.chat import boards, consumers
from drops.sales.holding import release_hold
from drops.schedule.models import DropState
from drops.stock.models import Token
from drops.stock.stream import snapshot_of
from tests.chat.socketing import in_the_shop, socket
from tests.factories import make_drop, make_drop_sku, make_hold

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("short_connections")]

HOME = "https://kilnandtide.example"


def of_one(frame):
    """Return available, held and sold of a drop with one SKU."""
    (sku,) = frame["skus"]
    return sku["available"], sku["held"], sku["sold"]


async def test_a_socket_gets_the_stock_at_once_and_after_every_change():
    drop_sku = await in_the_shop(make_drop_sku, units=3)
    drop = drop_sku.drop

    async with socket(f"/ws/v1/drops/{drop.ref}/stock", origin=HOME) as watcher:
        before = await watcher.next_frame("stock")
        started = time.monotonic()
        hold = await in_the_shop(make_hold, drop_sku=drop_sku)
        held = await watcher.next_frame("stock")
        took = time.monotonic() - started
        await in_the_shop(_let_go, hold)
        released = await watcher.next_frame("stock")

    assert [of_one(frame) for frame in (before, held, released)] == [(3, 0, 0), (2, 1, 0), (3, 0, 0)]
    assert before["drop"] == drop.ref
    assert before["seq"] < held["seq"] < released["seq"]
    assert {before["epoch"], held["epoch"], released["epoch"]} == {1}
    assert before["now"].endswith("Z")
    assert took < 1.0


async def test_two_watchers_see_the_same_numbers():
    drop_sku = await in_the_shop(make_drop_sku, units=2)
    path = f"/ws/v1/drops/{drop_sku.drop.ref}/stock"

    async with socket(path) as first, socket(path) as second:
        await first.next_frame("stock")
        await second.next_frame("stock")
        await in_the_shop(make_hold, drop_sku=drop_sku)
        seen = [await watcher.next_frame("stock") for watcher in (first, second)]

    for frame in seen:
        del frame["now"]
    assert seen[0] == seen[1]
    assert of_one(seen[0]) == (1, 1, 0)


async def test_counts_move_without_redis(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    drop_sku = await in_the_shop(make_drop_sku, units=3)

    async with socket(f"/ws/v1/drops/{drop_sku.drop.ref}/stock") as watcher:
        assert of_one(await watcher.next_frame("stock")) == (3, 0, 0)
        await in_the_shop(make_hold, drop_sku=drop_sku)
        held = await watcher.next_frame("stock", within=boards.LOOK_S + 2)

    assert of_one(held) == (2, 1, 0)


async def test_the_end_of_a_hold_shows_although_nobody_writes_anything():
    drop_sku = await in_the_shop(make_drop_sku, units=1)
    hold = await in_the_shop(make_hold, drop_sku=drop_sku)

    async with socket(f"/ws/v1/drops/{drop_sku.drop.ref}/stock") as watcher:
        assert of_one(await watcher.next_frame("stock")) == (0, 1, 0)
        await in_the_shop(_let_time_run_out, hold)
        ended = await watcher.next_frame("stock", within=boards.LOOK_S + 2)

    assert of_one(ended) == (1, 0, 0)


def _let_go(hold):
    release_hold(hold_ref=hold.ref, shopper=hold.shopper)


def _let_time_run_out(hold):
    # The sockets' threads have connections of their own, where no test stops the clock: so the hold is moved instead.
    Token.objects.filter(hold=hold).update(free_at=hold.created_at)


async def test_a_foreign_page_is_turned_away():
    drop_sku = await in_the_shop(make_drop_sku)

    async with socket(f"/ws/v1/drops/{drop_sku.drop.ref}/stock", origin="https://stranger.example") as stranger:
        assert await stranger.close_code() == 4403


@pytest.mark.parametrize("ref", ["no-such-drop", "%00", "a" * 300])
async def test_an_unknown_drop_is_said_so(ref):
    async with socket(f"/ws/v1/drops/{ref}/stock") as lost:
        assert await lost.close_code() == 4404


async def test_a_draft_is_no_drop_yet():
    drop = await in_the_shop(make_drop, state=DropState.DRAFT)

    async with socket(f"/ws/v1/drops/{drop.ref}/stock") as lost:
        assert await lost.close_code() == 4404


async def test_a_watcher_has_nothing_to_say():
    drop_sku = await in_the_shop(make_drop_sku)

    async with socket(f"/ws/v1/drops/{drop_sku.drop.ref}/stock") as talker:
        await talker.next_frame("stock")
        await talker.say({})
        assert await talker.close_code() == 4408


async def test_a_quiet_socket_beats(monkeypatch):
    monkeypatch.setattr(consumers, "BEAT_S", 0.2)
    drop_sku = await in_the_shop(make_drop_sku)

    async with socket(f"/ws/v1/drops/{drop_sku.drop.ref}/stock") as watcher:
        await watcher.next_frame("stock")
        beat = await watcher.next_frame(within=2)

    assert sorted(beat) == ["now", "type"]
    assert beat["type"] == "beat"


async def test_a_slow_client_gets_the_newest_and_loses_only_the_old():
    drop_sku = await in_the_shop(make_drop_sku, units=4)
    board = boards.board_of(drop_id=drop_sku.drop_id)

    async with board.viewing() as slow:
        await slow.take(within=5)
        for _ in range(3):
            await in_the_shop(make_hold, drop_sku=drop_sku)
            await asyncio.sleep(0.3)
        frames = await slow.take(within=5)

    truth = await in_the_shop(snapshot_of, drop_id=drop_sku.drop_id)
    assert len(frames) == 1
    assert f'"seq":{truth["seq"]},' in frames[0]


async def test_nothing_is_left_when_the_last_watcher_goes():
    drop_sku = await in_the_shop(make_drop_sku)

    async with socket(f"/ws/v1/drops/{drop_sku.drop.ref}/stock") as watcher:
        await watcher.next_frame("stock")
        assert len(boards._boards) == 1
    await asyncio.sleep(0)

    assert boards._boards == {}
