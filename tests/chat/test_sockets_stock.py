import asyncio
import json
import time
from contextlib import AsyncExitStack

import pytest

from creatorshop.chat import boards, hub, news
from creatorshop.chat.frames import Outlet
from drops.sales.holding import release_hold
from drops.schedule.models import DropState
from drops.stock.models import FREE, DropStream, Token
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
    assert before["epoch"] == held["epoch"] == released["epoch"]
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
    monkeypatch.setattr(boards, "BEAT_S", 0.6)
    drop_sku = await in_the_shop(make_drop_sku)

    async with socket(f"/ws/v1/drops/{drop_sku.drop.ref}/stock") as watcher:
        await watcher.next_frame("stock")
        beat = await watcher.next_frame(within=2)

    assert sorted(beat) == ["now", "type"]
    assert beat["type"] == "beat"


async def test_a_beat_is_never_far_whoever_else_is_told_something(monkeypatch):
    monkeypatch.setattr(boards, "BEAT_S", 0.6)
    drop_sku = await in_the_shop(make_drop_sku)
    path = f"/ws/v1/drops/{drop_sku.drop.ref}/stock"

    async with AsyncExitStack() as room:
        watchers = [await room.enter_async_context(socket(path)) for _ in range(30)]
        for watcher in watchers:
            await watcher.next_frame("stock")
        began = time.monotonic()
        for watcher in watchers:
            await watcher.next_frame("beat", within=2)

    assert time.monotonic() - began < 0.6 + 0.3


class SlowClient:
    """Takes a frame only when it is let."""

    def __init__(self):
        self.has_room = asyncio.Event()
        self.got = []

    async def send(self, text_data):
        await self.has_room.wait()
        self.got.append(json.loads(text_data))


async def test_a_slow_client_gets_the_newest_and_loses_only_the_old():
    drop_sku = await in_the_shop(make_drop_sku, units=4)
    board = boards.board_of(drop_id=drop_sku.drop_id)
    slow = SlowClient()
    outlet = Outlet(slow, None)

    board.join(outlet)
    for _ in range(3):
        await in_the_shop(make_hold, drop_sku=drop_sku)
        await asyncio.sleep(0.4)
    truth = await in_the_shop(snapshot_of, drop_id=drop_sku.drop_id)
    async with asyncio.timeout(10):
        while json.loads("{" + board._body)["skus"] != truth["skus"]:  # a busy machine may take its time to look
            await asyncio.sleep(0.05)
    slow.has_room.set()
    await asyncio.sleep(0.1)
    board.leave(outlet)

    # The one that was on its way already, and the newest.
    truth = await in_the_shop(snapshot_of, drop_id=drop_sku.drop_id)
    assert [of_one(frame) for frame in slow.got] == [(4, 0, 0), (1, 3, 0)]
    assert slow.got[-1]["seq"] == truth["seq"]


async def test_a_change_is_one_message_however_many_watch():
    drop_sku = await in_the_shop(make_drop_sku, units=2)
    path = f"/ws/v1/drops/{drop_sku.drop.ref}/stock"

    async with AsyncExitStack() as room, hub.hub_here().watching(news.drop_topic(drop_sku.drop_id), room=99) as heard:
        watchers = [await room.enter_async_context(socket(path)) for _ in range(20)]
        for watcher in watchers:
            await watcher.next_frame("stock")
        await heard.take(within=1)
        await in_the_shop(make_hold, drop_sku=drop_sku)
        shown = [await watcher.next_frame("stock") for watcher in watchers]
        words = await heard.take(within=1)
        words += await heard.take(within=0.3)

    [snapshot] = [json.loads(word) for word in words if word != news.MOVED]
    assert {(frame["epoch"], frame["seq"]) for frame in shown} == {(snapshot["epoch"], snapshot["seq"])}
    assert of_one(snapshot) == (1, 1, 0)


async def test_what_another_process_published_is_shown_without_a_look_of_ones_own():
    drop_sku = await in_the_shop(make_drop_sku, units=3)

    async with socket(f"/ws/v1/drops/{drop_sku.drop.ref}/stock") as watcher:
        first = await watcher.next_frame("stock")
        [sku] = first["skus"]
        told = first | {"seq": first["seq"] + 1, "skus": [sku | {"available": 2, "held": 1}]}
        del told["type"], told["now"]
        await in_the_shop(news.tell, topic=news.drop_topic(drop_sku.drop_id), word=json.dumps(told))
        shown = await watcher.next_frame("stock")

    assert (shown["seq"], of_one(shown)) == (first["seq"] + 1, (2, 1, 0))


async def test_clients_who_saw_what_a_restore_took_back_get_a_new_epoch():
    drop_sku = await in_the_shop(make_drop_sku, units=3)

    async with socket(f"/ws/v1/drops/{drop_sku.drop.ref}/stock") as watcher:
        first = await watcher.next_frame("stock")
        before = await in_the_shop(DropStream.objects.values().get)
        hold = await in_the_shop(make_hold, drop_sku=drop_sku)
        seen = await watcher.next_frame("stock")
        await in_the_shop(_take_back, hold, before)
        shown = await watcher.next_frame("stock", within=boards.LOOK_S + 2)

    assert seen["seq"] == first["seq"] + 1
    assert shown["epoch"] > seen["epoch"]
    assert of_one(shown) == (3, 0, 0)


def _take_back(hold, stream_before):
    Token.objects.filter(hold=hold).update(free_at=FREE, status="free", hold=None)
    DropStream.objects.update(**stream_before)


async def test_nothing_is_left_when_the_last_watcher_goes():
    drop_sku = await in_the_shop(make_drop_sku)
    path = f"/ws/v1/drops/{drop_sku.drop.ref}/stock"

    async with socket(path) as watcher:
        async with socket(path) as other:
            await watcher.next_frame("stock")
            await other.next_frame("stock")
        assert len(boards._boards) == 1
        tasks = boards.board_of(drop_id=drop_sku.drop_id)._tasks
    await asyncio.sleep(0.05)

    assert boards._boards == {}
    assert [task.done() for task in tasks] == [True, True]
    assert hub._hubs == {}
