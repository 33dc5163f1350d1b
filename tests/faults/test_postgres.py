"""PostgreSQL is restarted in the middle of a drop: "in a moment" for everybody, and then everything goes on."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from creatorshop.chat.sockets import TRY_AGAIN
from drops.stock.models import Hold, HoldState
from tests.faults.endings import counts_of, let_lapse, problems_of, wait_until
from tests.faults.engines import FragileEngines
from tests.faults.visitors import Visitor
from tests.stack import LiveStack

UNITS = 3


@pytest.fixture(autouse=True)
def _back_on_its_feet(engines: FragileEngines):
    yield
    engines.start_postgres()


def says_when_to_come_back(answer: httpx.Response) -> bool:
    """Tell whether a 503 of the API is all that it has to be."""
    said = answer.json()
    shape = (set(said), said["code"], said["facts"], answer.headers["Retry-After"])
    return shape == ({"code", "message", "facts"}, "unreachable", {"retry_after": 2}, "2")


def test_a_database_that_is_restarted_in_the_middle_of_a_drop_costs_a_moment_and_nothing_else(
    live: LiveStack, engines: FragileEngines, open_for_business, come
) -> None:
    shop = open_for_business(units=UNITS)
    visitors = [come(shop) for _ in range(6)]
    quotes = [visitor.quote(sku="RM-SAGE") for visitor in visitors]
    onlooker = come(shop)
    stock, thread = onlooker.watch(), onlooker.talk()
    stock.hear_until(lambda frame: frame["type"] == "stock")
    thread.hear_until(lambda frame: frame["type"] == "hello")
    lapsed = onlooker.hold(onlooker.quote(sku="RM-MIDNIGHT"), key="one").json()["hold"]
    is_over = threading.Event()

    def keep_asking(number: int) -> list[httpx.Response]:
        """Ask for the same hold under the same key until it is decided, and a little longer than the outage takes."""
        answers = []
        while not answers or not is_over.is_set():
            answers.append(visitors[number].hold(quotes[number], key=f"key-{number}"))
            is_over.wait(0.05)
        return answers

    def keep_looking() -> list[httpx.Response]:
        answers = []
        while not answers or not is_over.is_set():
            answers += [onlooker.stock(), onlooker.page()]
        return answers

    with ThreadPoolExecutor(len(visitors) + 1) as crowd:
        asked = [crowd.submit(keep_asking, number) for number in range(len(visitors))]
        looked = crowd.submit(keep_looking)
        try:
            engines.stop_postgres()
            event = onlooker.opened()
            thread.say(event)
            codes = thread.close_code(), onlooker.watch().close_code()
            engines.start_postgres()
        finally:
            is_over.set()
        answers = [one.result() for one in asked]
        looks = looked.result()
    live.run(let_lapse, lapsed)
    last = [keep_asking(number)[-1] for number in range(len(visitors))]

    everything = [answer for one in answers for answer in one] + looks
    away = [answer for answer in everything if answer.status_code == 503]
    pages = [answer for answer in away if answer.headers["Content-Type"].startswith("text/html")]
    assert {answer.status_code for answer in everything} <= {200, 201, 409, 503}
    assert all(says_when_to_come_back(answer) for answer in away if answer not in pages)
    assert {(page.headers["Retry-After"], "Back in a moment." in page.text) for page in pages} == {("2", True)}
    assert len(away) > len(pages) > 0
    assert codes == (TRY_AGAIN, TRY_AGAIN)

    assert Counter(answer.status_code for answer in last) == {201: UNITS, 409: len(visitors) - UNITS}
    # Who was told of a hold before or during the outage is told of the same one now.
    told = [
        {answer.json()["hold"] for answer in [*one, end] if answer.status_code == 201}
        for one, end in zip(answers, last, strict=True)
    ]
    assert sorted(map(len, told)) == [0] * (len(visitors) - UNITS) + [1] * UNITS
    _sockets_go_on(onlooker, stock, event)
    winners = [visitor for visitor, end in zip(visitors, last, strict=True) if end.status_code == 201]
    ends = [visitor.pay(ref) for visitor, refs in zip(visitors, told, strict=True) for ref in refs]
    assert [page.url.path.split("/")[1] for page in ends] == ["orders"] * len(winners)
    wait_until(
        lambda: live.run(lambda: Hold.objects.get(ref=lapsed).state) == HoldState.EXPIRED,
        lambda: live.log("worker").read_text()[-4000:],
    )
    assert live.run(counts_of, shop.drop_id) == [(0, 0, UNITS), (UNITS, 0, 0)]
    assert live.run(problems_of, shop.drop_id) == []


def _sockets_go_on(onlooker: Visitor, stock, event) -> None:
    """The socket that was open all the time shows what happened, and a thread that comes back takes its event in."""
    stock.hear_until(lambda frame: frame["type"] == "stock" and frame["skus"][0]["held"] == UNITS)
    thread = onlooker.talk()
    thread.say(event)
    thread.hear_until(lambda frame: frame["type"] == "ack" and frame["id"] == event["id"])
