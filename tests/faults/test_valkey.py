"""Valkey goes away in the middle of a drop and comes back having forgotten everything."""

from drops.stock.models import Hold, HoldState
from tests.faults.endings import counts_of, let_lapse, problems_of, wait_until
from tests.faults.engines import FragileEngines
from tests.stack import LiveStack


def state_of(ref: str) -> str:
    return Hold.objects.values_list("state", flat=True).get(ref=ref)


def sku_of(frame, code):
    return next((sku for sku in frame.get("skus", []) if sku["sku"] == code), {})


def test_a_drop_goes_on_while_valkey_is_gone_and_what_it_forgot_is_picked_up(
    live: LiveStack, engines: FragileEngines, open_for_business, come
) -> None:
    shop = open_for_business(units=2)
    early, late, last = come(shop), come(shop), come(shop)
    stock, thread = late.watch(), late.talk()
    first = early.hold(early.quote(sku="RM-SAGE"), key="first").json()["hold"]
    stock.hear_until(lambda frame: sku_of(frame, "RM-SAGE").get("held") == 1)

    engines.stop_and_flush_valkey()
    live.run(let_lapse, first)  # and the task that would book it is lost with its queue
    second = late.hold(late.quote(sku="RM-SAGE"), key="second")
    page = late.pay(second.json()["hold"])
    news = stock.hear_until(lambda frame: sku_of(frame, "RM-SAGE").get("sold") == 1)
    event = late.opened()
    thread.say(event)
    heard = thread.hear_until(lambda frame: frame["type"] in ("ack", "refused") and frame["id"] == event["id"])
    newcomer = come(shop)
    unbooked = live.run(state_of, first)

    engines.start_valkey()
    wait_until(lambda: live.run(state_of, first) == HoldState.EXPIRED, lambda: live.log("worker").read_text()[-4000:])
    third = last.hold(last.quote(sku="RM-SAGE"), key="third").json()["hold"]
    stock.hear_until(lambda frame: sku_of(frame, "RM-SAGE").get("held") == 1)
    paid = last.pay(third)

    assert (second.status_code, page.status_code, heard["type"]) == (201, 200, "ack")
    assert sku_of(news, "RM-SAGE")["available"] == 1
    assert unbooked == HoldState.HELD
    assert newcomer.stock().status_code == 200
    assert page.url.path.startswith("/orders/")
    assert paid.url.path.startswith("/orders/")
    assert live.run(counts_of, shop.drop_id) == [(0, 0, 2), (2, 0, 0)]
    assert live.run(problems_of, shop.drop_id) == []


def test_pages_that_start_while_valkey_is_gone_sell_as_well(
    live: LiveStack, engines: FragileEngines, open_for_business, come
) -> None:
    shop = open_for_business(units=1)
    engines.stop_and_flush_valkey()
    try:
        live.stop("web")
        live.start("web")
        live.wait_for_pages()
        visitor = come(shop)
        hold = visitor.hold(visitor.quote(sku="RM-SAGE"), key="one")
        page = visitor.pay(hold.json()["hold"])
    finally:
        engines.start_valkey()

    assert (hold.status_code, page.status_code) == (201, 200)
    assert live.run(counts_of, shop.drop_id) == [(0, 0, 1), (1, 0, 0)]
    assert live.run(problems_of, shop.drop_id) == []
