"""A refund that its provider took on and that comes back days later."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, LedgerTransaction
from drops.ledger.payees import platform_payee
from drops.sales.explanation_facts import facts_of
from drops.sales.models import Order, OrderState, Payment, PaymentAttempt, PaymentState, Refund, RefundState
from drops.sales.payment import Outcome
from drops.sales.proof import cash_reports, ledger_checks
from drops.sales.refund_failures import RefundNotFailed, RefundNotFound, WayMissing, pay_by_hand
from drops.sales.refund_selections import WHOLE
from drops.sales.refunds import preview_refund, refund, send_again, send_open_refunds, send_refund
from drops.sales.settling import look_at_sent_refunds, settle
from tests.clock import advance, stopped_clock
from tests.doubles import InMemoryProvider, event_of, refund_event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment
from tests.paying import let_pauses_pass

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def order():
    """Return a mug of 39.14, paid."""
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop)))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    return Order.objects.get()


def give_back(order):
    plan = preview_refund(order_ref=order.ref, selection=WHOLE)
    return refund(order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:mira", reason="chip")


def come_back(refund, **how):
    settle(provider="memory", event=refund_event_of(refund, **how))
    refund.refresh_from_db()
    return refund


def books():
    """Return cash and what is owed back, and prove everything."""
    wrong = [problem for check in ledger_checks(reports=cash_reports()) for problem in check.problems]
    assert wrong == []
    assert unbalanced_causes() == []
    return tuple(balance_of(account=account, currency="EUR") for account in (Account.CASH, Account.REFUND))


def causes(*kinds):
    return list(LedgerTransaction.objects.filter(kind__in=kinds).order_by("pk").values_list("cause", flat=True))


def test_the_provider_holds_the_money_again_and_the_shopper_is_owed_it_again(order):
    done = give_back(order)
    assert books() == (0, 0)

    come_back(done)

    assert (done.state, done.failure, done.failed_at, done.sent_at) == (
        RefundState.FAILED,
        "The account was closed.",
        NOON,
        None,
    )
    assert books() == (3914, -3914)
    assert causes("refund", "refund_failed") == [f"sent:{done.key}", f"failed:{done.key}"]
    assert Payment.objects.get().state == PaymentState.CAPTURED
    assert Order.objects.get().state == OrderState.REFUNDED


def test_told_twice_it_came_back_once(order):
    done = give_back(order)

    for _ in range(2):
        come_back(done)
    settle(provider="memory", event=replace(refund_event_of(done), event_id="as another event"))

    assert books() == (3914, -3914)
    assert len(causes("refund_failed")) == 1


def test_nothing_is_sent_again_by_itself(order):
    done = come_back(give_back(order))

    let_pauses_pass()
    assert (send_open_refunds(), send_refund(refund_id=done.pk)) == (0, False)

    assert InMemoryProvider.refunded == [done.key]
    assert PaymentAttempt.objects.filter(next_try_at__isnull=False).count() == 0


def test_sent_again_it_goes_under_a_key_of_its_own_and_is_no_second_refund(order):
    done = come_back(give_back(order))

    again = send_again(refund_id=done.pk)

    assert (again.state, again.tries, again.failure, again.failed_at) == (RefundState.SENT, 2, "", None)
    assert InMemoryProvider.refunded == [done.key, f"{done.key}~2"]
    assert books() == (0, 0)
    payment = Payment.objects.get()
    assert (payment.state, payment.refunded_minor, Refund.objects.count()) == (PaymentState.REFUNDED, 3914, 1)
    assert facts_of(order_ref=order.ref).movements[-1].cause == f"sent:{done.key}~2"


def test_a_second_sending_may_come_back_as_well(order):
    done = come_back(give_back(order))
    again = send_again(refund_id=done.pk)

    come_back(again)

    assert (again.state, again.tries) == (RefundState.FAILED, 2)
    assert causes("refund_failed") == [f"failed:{done.key}", f"failed:{done.key}~2"]
    assert books() == (3914, -3914)


def test_an_old_word_does_not_undo_a_later_sending(order):
    done = come_back(give_back(order))
    send_again(refund_id=done.pk)

    come_back(done, key=done.key)
    settle(provider="memory", event=refund_event_of(done, key=done.key))

    done.refresh_from_db()
    assert (done.state, books()) == (RefundState.SENT, (0, 0))


def test_that_it_came_back_may_be_heard_before_the_answer_to_it(order, monkeypatch):
    def heard_first(self, *, refund):
        answer(self, refund=refund)
        come_back(Refund.objects.select_related("payment").get(pk=refund.pk))

    answer = InMemoryProvider.refund
    monkeypatch.setattr(InMemoryProvider, "refund", heard_first)

    done = give_back(order)

    assert done.state == RefundState.FAILED
    assert causes("refund", "refund_failed") == [f"sent:{done.key}", f"failed:{done.key}"]
    assert books() == (3914, -3914)


def test_a_lost_message_is_found_by_asking_once_a_day(order):
    done = give_back(order)
    InMemoryProvider.returned.add(done.key)

    assert look_at_sent_refunds() == 0
    advance(timedelta(days=1))
    assert (look_at_sent_refunds(), look_at_sent_refunds()) == (1, 0)

    done.refresh_from_db()
    assert (done.state, books()) == (RefundState.FAILED, (3914, -3914))


def test_a_refund_that_arrived_is_asked_about_for_five_weeks(order):
    done = give_back(order)

    asked = 0
    for _ in range(60):
        advance(timedelta(days=1))
        done.refresh_from_db()
        asked += done.look_at is not None
        look_at_sent_refunds()

    done.refresh_from_db()
    assert (asked, done.state, done.look_at) == (35, RefundState.SENT, None)


def test_paid_past_the_provider_it_is_the_platforms_money_that_stays_there(order):
    done = come_back(give_back(order))

    pay_by_hand(refund_id=done.pk, way="bank transfer on 3 May", actor="mira")

    done.refresh_from_db()
    assert (done.state, done.by_hand) == (RefundState.SENT, "bank transfer on 3 May (mira)")
    assert books() == (3914, 0)
    owed = balance_of(account=Account.PAYABLE, currency="EUR", payee=platform_payee(currency="EUR"))
    assert (owed, Payment.objects.get().state) == (-3914, PaymentState.REFUNDED)
    come_back(done, key=done.key)
    assert done.state == RefundState.SENT


@pytest.mark.parametrize("way", ["", "   "])
def test_who_does_not_say_how_it_was_paid_changes_nothing(order, way):
    done = come_back(give_back(order))

    with pytest.raises(WayMissing):
        pay_by_hand(refund_id=done.pk, way=way, actor="mira")

    done.refresh_from_db()
    assert (done.state, books()) == (RefundState.FAILED, (3914, -3914))


def test_what_did_not_come_back_is_neither_sent_again_nor_paid_by_hand(order):
    done = give_back(order)

    with pytest.raises(RefundNotFailed):
        send_again(refund_id=done.pk)
    with pytest.raises(RefundNotFailed):
        pay_by_hand(refund_id=done.pk, way="cash", actor="mira")
    with pytest.raises(RefundNotFound):
        send_again(refund_id=done.pk + 1)

    assert (InMemoryProvider.refunded, books()) == ([done.key], (0, 0))


def test_a_refund_that_is_none_of_ours_changes_nothing(order):
    done = give_back(order)

    settle(provider="memory", event=refund_event_of(done, key="refund:of-somebody-else"))

    done.refresh_from_db()
    assert (done.state, causes("refund_failed")) == (RefundState.SENT, [])
