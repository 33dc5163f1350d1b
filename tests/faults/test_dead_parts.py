"""Parts of the shop are dead, and it sells correctly; only news is late."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from django.db.models import F

from creatorshop.desk.ports import free_ports
from creatorshop.insights.proof import ledger_problems, whole_proof_of
from drops.clock import database_now
from drops.sales.models import Order
from drops.schedule.models import Drop
from drops.schedule.windows import close_drop
from drops.stock.models import Hold, HoldState, Token
from tests.browser.shop import Shop, open_shop
from tests.faults.visitors import Visitor
from tests.stack import LiveStack

PATIENCE_S = 60.0


@pytest.fixture
def shop(live_stack: LiveStack) -> Shop:
    return live_stack.run(open_shop, origin=live_stack.foreign_url, media=live_stack.media, units=1)


@pytest.fixture
def visit(live_stack: LiveStack, shop: Shop) -> Iterator[Callable[[], Visitor]]:
    visitors = []

    def come() -> Visitor:
        visitors.append(Visitor(live=live_stack, shop=shop))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.close()


def wait_for_pages(live_stack: LiveStack) -> None:
    patience = time.monotonic() + PATIENCE_S
    while True:
        try:
            if httpx.get(f"{live_stack.shop_url}/healthz", timeout=5, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            assert time.monotonic() < patience, live_stack.log("web").read_text()[-4000:]
        time.sleep(0.2)


def let_lapse(hold_ref: str) -> None:
    """Put the end of a hold into the past, as if its eleven minutes had gone by."""
    ago = timedelta(minutes=11)
    Hold.objects.filter(ref=hold_ref).update(expires_at=F("expires_at") - ago, created_at=F("created_at") - ago)
    Token.objects.filter(hold__ref=hold_ref).update(free_at=F("free_at") - ago)


def proof(drop_id: int) -> tuple[list[str], list[tuple[int, int, int]]]:
    lines = whole_proof_of(drop=Drop.objects.get(pk=drop_id))
    problems = [str(problem) for line in lines for problem in line.problems] + ledger_problems()
    return problems, [(line.stock.free, line.stock.held, line.stock.sold) for line in lines]


def test_a_whole_drop_is_sold_without_a_worker(live_stack: LiveStack, shop: Shop, visit) -> None:
    live_stack.stop("worker")
    live_stack.stop("beat")
    try:
        early, late = visit(), visit()
        first = early.hold(early.quote(sku="RM-SAGE"), key="first").json()["hold"]
        refused = late.hold(late.quote(sku="RM-SAGE"), key="too-soon")
        live_stack.run(let_lapse, first)
        second = late.hold(late.quote(sku="RM-SAGE"), key="again").json()["hold"]

        page = late.pay(second)
        live_stack.run(lambda: close_drop(drop_id=shop.drop_id, now=database_now()))

        assert refused.json()["code"] == "held_by_others"
        assert page.url.path.startswith("/orders/")
        states = live_stack.run(lambda: dict(Hold.objects.values_list("ref", "state").filter(ref__in=[first, second])))
        assert states == {first: HoldState.EXPIRED, second: HoldState.CONFIRMED}
        assert live_stack.run(proof, shop.drop_id) == ([], [(0, 0, 1), (1, 0, 0)])
    finally:
        live_stack.start("worker")
        live_stack.start("beat")


def test_a_hold_is_placed_and_paid_while_redis_cannot_be_reached(live_stack: LiveStack, shop: Shop, visit) -> None:
    known = live_stack.env["REDIS_URL"]
    nobody_there = free_ports(start=9300).web
    live_stack.stop("web")
    live_stack.env["REDIS_URL"] = f"redis://127.0.0.1:{nobody_there}/0"
    live_stack.start("web")
    try:
        wait_for_pages(live_stack)
        visitor = visit()

        hold = visitor.hold(visitor.quote(sku="RM-SAGE"), key="one")
        page = visitor.pay(hold.json()["hold"])

        assert (hold.status_code, page.status_code) == (201, 200)
        assert page.url.path.startswith("/orders/")
        assert live_stack.run(proof, shop.drop_id) == ([], [(0, 0, 1), (1, 0, 0)])
    finally:
        live_stack.stop("web")
        live_stack.env["REDIS_URL"] = known
        live_stack.start("web")
        wait_for_pages(live_stack)


def test_pages_killed_in_the_middle_of_requests_lose_no_unit(live_stack: LiveStack, shop: Shop, visit) -> None:
    visitors = [visit() for _ in range(6)]
    quotes = [visitor.quote(sku="RM-SAGE") for visitor in visitors]

    def ask(number: int) -> int:
        try:
            return visitors[number].hold(quotes[number], key=f"key-{number}").status_code
        except httpx.HTTPError:
            return 0

    with ThreadPoolExecutor(len(visitors)) as crowd:
        asked = [crowd.submit(ask, number) for number in range(len(visitors))]
        time.sleep(0.01)
        os.killpg(live_stack.pid("web"), signal.SIGKILL)
        first = [answer.result() for answer in asked]
    live_stack.stop("web")
    live_stack.start("web")
    wait_for_pages(live_stack)
    again = [ask(number) for number in range(len(visitors))]

    assert set(first) <= {0, 201, 409}
    assert sorted(again) == [201, 409, 409, 409, 409, 409]
    # Whoever was told of a hold before the kill is told of the same one now.
    assert all(then == 201 for before, then in zip(first, again, strict=True) if before == 201)
    winner = visitors[again.index(201)]
    hold = winner.hold(quotes[again.index(201)], key=f"key-{again.index(201)}")
    assert hold.headers["Idempotent-Replayed"] == "true"
    assert winner.pay(hold.json()["hold"]).url.path.startswith("/orders/")
    assert live_stack.run(lambda: Order.objects.filter(drop=shop.drop_id).count()) == 1
    assert live_stack.run(proof, shop.drop_id) == ([], [(0, 0, 1), (1, 0, 0)])
