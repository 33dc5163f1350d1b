"""Refunds that a provider took on and could not carry out, and fees that it knows late: what is owed stays owed, to the cent."""

from datetime import timedelta

import pytest

from drops.ledger.balances import drifts
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, LedgerTransaction
from drops.payouts.releases import verdict_on
from drops.payouts.verdicts import Why
from drops.sales.explaining import explain
from drops.sales.explanation_facts import facts_of
from drops.sales.failed_refunds import RefundNotFailed, RefundUnknown, WayMissing, pay_by_hand, send_again
from drops.sales.models import Order, OrderState, Payment, PaymentState, Refund, RefundState
from drops.sales.payment import Outcome
from drops.sales.proof import cash_reports, ledger_checks
from drops.sales.refund_selections import WHOLE
from drops.sales.refunds import preview_refund, refund, send_open_refunds
from drops.sales.settling import settle
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider, event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def order():
    """Return an order of 39.14 that was paid and refunded in full."""
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop)))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    order = Order.objects.get()
    plan = preview_refund(order_ref=order.ref, selection=WHOLE)
    refund(order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:mira", reason="broken")
    return order


def bounce(key=""):
    owed = Refund.objects.get()
    said = InMemoryProvider.fail_refund(key or owed.provider_key)
    settle(provider="memory", event=said)
    owed.refresh_from_db()
    return owed, said


def books():
    return tuple(balance_of(account=account, currency="EUR") for account in (Account.CASH, Account.REFUND))


def wrong():
    """Return what the books have to say against themselves, and against what the provider holds."""
    checks = ledger_checks(reports=cash_reports())
    return [problem for check in checks for problem in check.problems] + unbalanced_causes() + drifts()


def test_what_comes_back_is_owed_again_and_everybodys_part_stays_as_it_was(order):
    assert books() == (0, 0)

    owed, _ = bounce()

    order.refresh_from_db()
    assert (owed.state, owed.failures, owed.failure, owed.sent_at) == (RefundState.FAILED, 1, "card closed", None)
    assert (order.state, Payment.objects.get().state) == (OrderState.REFUNDED, PaymentState.CAPTURED)
    assert Payment.objects.get().refunded_minor == 3914
    assert books() == (3914, -3914)
    assert wrong() == []
    assert [reason.code for reason in verdict_on(order=order, now=NOON).reasons] == [Why.REFUND_OPEN, Why.TOO_EARLY]


def test_it_never_goes_again_by_itself(order):
    bounce()

    assert send_open_refunds() == 0
    assert books() == (3914, -3914)


def test_the_same_word_again_and_a_word_about_an_older_try_change_nothing(order):
    _, said = bounce()
    before = LedgerTransaction.objects.count()

    settle(provider="memory", event=said)
    assert LedgerTransaction.objects.count() == before

    again = send_again(refund_id=Refund.objects.get().pk)
    before = LedgerTransaction.objects.count()
    settle(provider="memory", event=said)

    again.refresh_from_db()
    assert (again.state, LedgerTransaction.objects.count()) == (RefundState.SENT, before)


def test_it_is_sent_again_under_another_key(order):
    first = Refund.objects.get().key
    bounce()

    again = send_again(refund_id=Refund.objects.get().pk)

    assert (again.state, again.provider_key, again.sent_at) == (RefundState.SENT, f"{first}:1", NOON)
    assert InMemoryProvider.refunded == [first, f"{first}:1"]
    assert (books(), Payment.objects.get().state) == ((0, 0), PaymentState.REFUNDED)
    assert wrong() == []


def test_it_may_come_back_more_than_once(order):
    for _ in range(2):
        bounce()
        send_again(refund_id=Refund.objects.get().pk)
    owed, _ = bounce()

    assert (owed.state, owed.failures, books()) == (RefundState.FAILED, 3, (3914, -3914))
    assert wrong() == []


def test_a_provider_that_is_silent_is_asked_again_by_the_task(order):
    bounce()
    InMemoryProvider.is_down = True
    waiting = send_again(refund_id=Refund.objects.get().pk)
    assert (waiting.state, books()) == (RefundState.OPEN, (3914, -3914))

    InMemoryProvider.is_down = False
    with stopped_clock(NOON + timedelta(minutes=5)):
        assert send_open_refunds() == 1
        assert books() == (0, 0)


def test_it_may_be_told_before_the_answer_to_the_refund_is_written_down(order):
    owed = Refund.objects.get()
    bounce()
    Refund.objects.update(state=RefundState.OPEN)
    key = Refund.objects.get().provider_key
    InMemoryProvider.refunds[key] = owed  # it took the second try on, and whoever asked died before writing that down

    bounce(key)

    owed.refresh_from_db()
    assert (owed.state, owed.failures, books()) == (RefundState.FAILED, 2, (3914, -3914))
    assert wrong() == []


def test_it_may_be_paid_by_another_way(order):
    bounce()

    done = pay_by_hand(refund_id=Refund.objects.get().pk, how="  SEPA 4711 ")

    assert (done.state, done.by_hand, done.sent_at) == (RefundState.SENT, "SEPA 4711", NOON)
    assert (books(), Payment.objects.get().state) == ((3914, 0), PaymentState.REFUNDED)
    # The provider keeps what the platform laid out.
    assert balance_of(account=Account.PAYABLE, currency="EUR") == -3914
    assert wrong() == []


def test_what_did_not_fail_is_neither_sent_again_nor_paid_by_hand(order):
    refund_id = Refund.objects.get().pk
    before = (LedgerTransaction.objects.count(), list(InMemoryProvider.refunded))

    with pytest.raises(RefundNotFailed, match="is sent back by now"):
        send_again(refund_id=refund_id)
    with pytest.raises(RefundNotFailed):
        pay_by_hand(refund_id=refund_id, how="SEPA 4711")
    with pytest.raises(RefundUnknown):
        send_again(refund_id=0)

    assert (LedgerTransaction.objects.count(), list(InMemoryProvider.refunded)) == before


def test_whoever_paid_by_another_way_says_which(order):
    owed, _ = bounce()

    with pytest.raises(WayMissing):
        pay_by_hand(refund_id=owed.pk, how="  ")

    assert (Refund.objects.get().state, books()) == (RefundState.FAILED, (3914, -3914))


@pytest.mark.parametrize("way", ["owed", "again", "by hand"])
def test_the_explainer_still_adds_up(order, way):
    owed, _ = bounce()
    if way == "again":
        send_again(refund_id=owed.pk)
    elif way == "by hand":
        pay_by_hand(refund_id=owed.pk, how="SEPA 4711")

    told = explain(facts_of(order_ref=order.ref))

    shopper = next((one for one in told.holders if one.kind == "shopper"), None)
    amounts = dict(shopper.parts) if shopper else {}
    wanted = {"owed": {"still owed": 3914}, "again": {"sent back": 3914}, "by hand": {}}
    assert amounts == wanted[way]
    assert told.wrong == 0


def late(payment, fee_minor=80):
    return event_of(payment, Outcome.CAPTURED, suffix=":fee", fee_minor=fee_minor)


def test_a_fee_that_is_known_late_is_the_platforms_cost_once():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop)))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    assert books() == (3914, 0)

    for _ in range(2):
        settle(provider="memory", event=late(payment))

    fee = LedgerTransaction.objects.get(cause=f"fee:{payment.ref}")
    assert [(entry.account, entry.amount_minor) for entry in fee.entries.order_by("amount_minor")] == [
        ("cash", -80),
        ("accrued", 80),
    ]
    assert (fee.order_ref, books()) == (Order.objects.get().ref, (3834, 0))
    assert unbalanced_causes() == []


def test_a_fee_that_was_told_with_the_capture_is_not_booked_again():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop)))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED, fee_minor=80))

    settle(provider="memory", event=late(payment))

    assert books() == (3834, 0)
    assert not LedgerTransaction.objects.filter(kind="fee").exists()
