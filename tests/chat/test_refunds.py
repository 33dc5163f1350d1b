"""Money that goes back, as a thread tells it: on its way, sent, and come back once more."""

from datetime import timedelta

import pytest

from drops.sales.models import Order, Refund
from drops.sales.payment import Outcome
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import preview_refund, refund, send_again
from drops.sales.settling import settle
from drops.stock.models import Hold, HoldState
from tests.chat.test_threads import make_held, make_mugs, make_settled
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider, refund_event_of
from tests.factories import make_hold, make_payment

pytestmark = pytest.mark.django_db(transaction=True)


def make_bought():
    """Walk the main road up to an order, and read all that is said on it."""
    client = make_held()
    payment = make_payment(hold=Hold.objects.get())
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    make_settled(payment, Outcome.CAPTURED)
    client.news()
    return client, Order.objects.get()


def give_back(order, amount_minor):
    part = Selection(Kind.AMOUNT, amount_minor=amount_minor)
    plan = preview_refund(order_ref=order.ref, selection=part)
    refund(order_ref=order.ref, plan_hash=plan.hash, selection=part, actor="ines", reason="a chip in the rim")


def pay_for_the_last_one_too_late(outcome):
    """Let money come when somebody else has the last unit; return the payment, and what the thread said of it."""
    client = make_held(make_mugs(units=1))
    hold = Hold.objects.get()
    payment = make_payment(hold=hold)
    client.news()
    with stopped_clock(hold.hard_deadline + timedelta(minutes=1)):
        make_hold(drop_sku=hold.drop_sku)
        make_settled(payment, outcome)
        return payment, [message["fallback_text"] for message in client.news()]


def test_money_that_came_too_late_is_told_to_be_on_its_way_back():
    payment, told = pay_for_the_last_one_too_late(Outcome.CAPTURED)

    assert Hold.objects.get(pk=payment.hold_id).state == HoldState.LATE_REFUND
    assert any("We sent the money back at" in text for text in told)


def test_of_a_part_that_goes_back_the_whole_is_said_as_well():
    client, order = make_bought()

    give_back(order, 1240)

    said = [message["fallback_text"] for message in client.news()]
    whole = f"€{order.total_minor / 100:.2f}"
    assert [text.startswith(f"We sent €12.40 of {whole} back at ") for text in said] == [True]


def test_money_that_was_only_reserved_too_late_is_told_to_be_let_go():
    payment, told = pay_for_the_last_one_too_late(Outcome.AUTHORISED)

    payment.refresh_from_db()
    assert (payment.state, Refund.objects.count()) == ("cancelled", 0)
    said = "Your payment came after the last one went. It was let go, and nothing was charged."
    assert [said in text for text in told].count(True) == 2  # on the ticket and below it
    assert not any("money" in text for text in told)


def test_of_a_refund_that_came_back_the_thread_says_so_once_and_again_when_it_is_sent_anew():
    client, order = make_bought()
    give_back(order, 1240)
    client.news()
    came_back = refund_event_of(Refund.objects.get())

    settle(provider="memory", event=came_back)
    settle(provider="memory", event=came_back)

    [told] = client.news()
    assert (told["body"]["code"], told["body"]["level"]) == ("refund_came_back", "warn")
    assert told["body"]["text"] == (
        "The €12.40 that we sent back did not reach you. Kiln & Tide still owes it to you and sees to it."
    )
    assert [way["label"] for way in told["body"]["actions"]] == ["Open the order"]

    send_again(refund_id=Refund.objects.get().pk)

    [again] = client.news()
    assert again["fallback_text"].startswith("We sent €12.40 of ")
