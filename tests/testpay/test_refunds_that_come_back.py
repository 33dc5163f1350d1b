"""A test card whose bank sends the first refund back, as real ones do days later."""

from datetime import timedelta

import pytest

from creatorshop.adapters.testpay import takings
from creatorshop.adapters.testpay.events import as_told
from creatorshop.adapters.testpay.models import TestEvent
from creatorshop.adapters.testpay.provider import TestPayments, write_event
from creatorshop.adapters.testpay.signatures import HEADER, signature_of
from drops.clock import database_now
from drops.sales.models import Order, Refund
from drops.sales.proof import cash_reports, ledger_checks
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import preview_refund, refund, send_again
from drops.sales.settling import refresh_payment
from tests.api.knocking import knock
from tests.clock import advance, stopped_clock
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment
from tests.paying import pay_with_card

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(settings):
    settings.PAYMENT_PROVIDERS = ["creatorshop.adapters.testpay.provider.TestPayments"]
    with stopped_clock(NOON):
        yield


def paid_with(card):
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop)), provider="test")
    pay_with_card(payment, card=card)
    refresh_payment(payment_ref=payment.ref)
    return Order.objects.get()


def give_back(order, amount_minor):
    selection = Selection(Kind.AMOUNT, amount_minor=amount_minor)
    plan = preview_refund(order_ref=order.ref, selection=selection)
    return refund(order_ref=order.ref, plan_hash=plan.hash, selection=selection, actor="office:mira", reason="chip")


def tell_failures():
    """Tell the shop, as the provider does, of the refunds that came back by now."""
    told = []
    for event in TestEvent.objects.filter(outcome="refund_failed", due_at__lte=database_now()).select_related("charge"):
        body = write_event(as_told(event))
        headers = {HEADER: signature_of(body=body, at=database_now()), "Content-Type": "application/json"}
        told.append(knock("POST", "webhooks/test", raw=body, headers=headers).status_code)
    return told


def problems():
    return [problem for check in ledger_checks(reports=cash_reports()) for problem in check.problems]


def test_its_first_refund_comes_back_after_a_while_and_its_second_arrives():
    order = paid_with("closed")
    held = TestPayments().cash(currency="EUR")
    done = give_back(order, 1000)
    assert (done.state, tell_failures(), TestPayments().cash(currency="EUR"), problems()) == (
        "sent",
        [],
        held - 1000,
        [],
    )

    advance(timedelta(seconds=20))
    assert TestPayments().cash(currency="EUR") == held
    assert tell_failures() == [200]

    done.refresh_from_db()
    assert (done.state, done.failure, problems()) == ("failed", "The account was closed.", [])
    assert send_again(refund_id=done.pk).state == "sent"
    advance(timedelta(days=2))
    assert (len(tell_failures()), TestPayments().cash(currency="EUR"), problems()) == (1, held - 1000, [])
    assert Refund.objects.get().state == "sent"


def test_any_refund_may_be_let_come_back():
    order = paid_with("lena")
    held = TestPayments().cash(currency="EUR")
    done = give_back(order, 3914)

    takings.return_refund(ref=order.hold.payments.get().ref)

    assert tell_failures() == [200]
    done.refresh_from_db()
    assert (done.state, TestPayments().cash(currency="EUR"), problems()) == ("failed", held, [])
