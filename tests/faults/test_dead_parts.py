"""Processes of the shop are dead or die, and it sells correctly; only news is late."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from drops.clock import database_now
from drops.sales.models import Order
from drops.schedule.models import Drop
from drops.stock.models import Hold, HoldState
from tests.faults.endings import counts_of, let_lapse, problems_of
from tests.stack import LiveStack


def end_window(drop_id: int) -> None:
    Drop.objects.filter(pk=drop_id).update(closes_at=database_now())


def states_of(*refs: str) -> dict[str, str]:
    return dict(Hold.objects.values_list("ref", "state").filter(ref__in=refs))


@pytest.fixture
def no_worker(live: LiveStack):
    for name in ("worker", "beat"):
        live.stop(name)
    yield
    for name in ("worker", "beat"):
        live.start(name)


@pytest.mark.usefixtures("no_worker")
def test_a_whole_drop_is_sold_without_a_worker(live: LiveStack, open_for_business, come) -> None:
    shop = open_for_business(units=1)
    early, late, last = come(shop), come(shop), come(shop)
    first = early.hold(early.quote(sku="RM-SAGE"), key="first").json()["hold"]
    refused = late.hold(late.quote(sku="RM-SAGE"), key="too-soon")
    live.run(let_lapse, first)
    second = late.hold(late.quote(sku="RM-SAGE"), key="again").json()["hold"]
    third = last.hold(last.quote(sku="RM-MIDNIGHT"), key="tap").json()["hold"]
    wish = early.quote(sku="RM-MIDNIGHT")

    page = late.pay(second)
    live.run(end_window, shop.drop_id)
    too_late = early.hold(wish, key="after-the-end")
    paid_after_the_end = last.pay(third)

    assert (refused.json()["code"], too_late.json()["code"]) == ("held_by_others", "drop_closed")
    assert page.url.path.startswith("/orders/")
    assert paid_after_the_end.url.path.startswith("/orders/")
    assert live.run(states_of, first, second, third) == {
        first: HoldState.EXPIRED,
        second: HoldState.CONFIRMED,
        third: HoldState.CONFIRMED,
    }
    assert live.run(counts_of, shop.drop_id) == [(0, 0, 1), (0, 0, 1)]
    assert live.run(problems_of, shop.drop_id) == []


def test_pages_killed_in_the_middle_of_requests_lose_no_unit(live: LiveStack, open_for_business, come) -> None:
    shop = open_for_business(units=1)
    visitors = [come(shop) for _ in range(6)]
    quotes = [visitor.quote(sku="RM-SAGE") for visitor in visitors]

    def ask(number: int) -> int:
        try:
            return visitors[number].hold(quotes[number], key=f"key-{number}").status_code
        except httpx.HTTPError:
            return 0

    with ThreadPoolExecutor(len(visitors)) as crowd:
        asked = [crowd.submit(ask, number) for number in range(len(visitors))]
        time.sleep(0.01)
        os.killpg(live.pid("web"), signal.SIGKILL)
        first = [answer.result() for answer in asked]
    live.stop("web")
    live.start("web")
    live.wait_for_pages()
    again = [ask(number) for number in range(len(visitors))]

    assert set(first) <= {0, 201, 409}
    assert sorted(again) == [201, 409, 409, 409, 409, 409]
    # Whoever was told of a hold before the kill is told of the same one now.
    assert all(then == 201 for before, then in zip(first, again, strict=True) if before == 201)
    winner = visitors[again.index(201)]
    hold = winner.hold(quotes[again.index(201)], key=f"key-{again.index(201)}")
    assert hold.headers["Idempotent-Replayed"] == "true"
    assert winner.pay(hold.json()["hold"]).url.path.startswith("/orders/")
    assert live.run(lambda: Order.objects.filter(drop=shop.drop_id).count()) == 1
    assert live.run(counts_of, shop.drop_id) == [(0, 0, 1), (1, 0, 0)]
    assert live.run(problems_of, shop.drop_id) == []
