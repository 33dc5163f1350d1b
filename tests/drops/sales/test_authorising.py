"""A payment that is reserved first: confirmed under the lock, taken after the commit, or let go."""

from datetime import timedelta

import pytest
from django.db import transaction

from drops.errors import Unreachable
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, LedgerTransaction
from drops.sales import attempts, holding, sweep
from drops.sales.models import (
    AttemptKind,
    AttemptState,
    Order,
    OrderState,
    Payment,
    PaymentAttempt,
    PaymentState,
    Refund,
)
from drops.sales.orders import mark_fulfilled
from drops.sales.payment import Outcome
from drops.sales.settling import carry_out_owed, refresh_payment, settle
from drops.stock.counts import count_of
from drops.stock.models import HoldState
from tests.clock import advance, stopped_clock
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment
from tests.paying import approve_payment, let_pauses_pass

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_drop_sku(drop=drop, units=1)


def authorised(drop_sku, **given):
    """Return a payment that the bank has reserved, and that the shop does not know of yet."""
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    return payment


def tell(payment, outcome=Outcome.AUTHORISED, **given):
    return settle(provider="memory", event=event_of(payment, outcome, **given))


def owed():
    return list(PaymentAttempt.objects.filter(next_try_at__isnull=False).values_list("kind", "state"))


def counts(drop_sku):
    count = count_of(drop_sku_id=drop_sku.pk)
    return count.available, count.held, count.sold


def cash():
    return {
        account: balance_of(account=account, currency="EUR")
        for account in (Account.CASH, Account.CLEARING, Account.REFUND)
    }


def test_an_authorised_payment_makes_the_order_and_is_captured_after(drop_sku):
    payment = authorised(drop_sku)

    settled = tell(payment)

    assert (settled.payment.state, settled.hold.state) == (PaymentState.CAPTURED, HoldState.CONFIRMED)
    assert InMemoryProvider.captures == {payment.ref: f"capture:{payment.ref}"}
    assert cash() == {Account.CASH: 3914, Account.CLEARING: 0, Account.REFUND: 0}
    assert owed() == []


def test_the_order_stands_while_the_capture_waits_for_an_answer(drop_sku):
    payment = authorised(drop_sku)
    InMemoryProvider.is_down = True

    settled = tell(payment)

    assert (settled.payment.state, settled.order.state) == (PaymentState.AUTHORISED, OrderState.PAID)
    assert owed() == [(AttemptKind.CAPTURE, AttemptState.UNANSWERED)]
    assert cash() == {Account.CASH: 0, Account.CLEARING: 3914, Account.REFUND: 0}
    InMemoryProvider.is_down = False
    assert carry_out_owed() == 0  # it was tried a moment ago
    advance(attempts.pause_after(1))
    assert carry_out_owed() == 1
    payment.refresh_from_db()
    assert (payment.state, owed()) == (PaymentState.CAPTURED, [])
    assert cash() == {Account.CASH: 3914, Account.CLEARING: 0, Account.REFUND: 0}


def test_an_authorisation_without_a_unit_is_let_go_and_no_money_moves(drop_sku):
    payment = authorised(drop_sku)
    advance(timedelta(minutes=20))
    make_hold(drop_sku=drop_sku)

    settled = tell(payment)

    assert (settled.payment.state, settled.hold.state) == (PaymentState.CANCELLED, HoldState.LATE_REFUND)
    assert InMemoryProvider.outcomes[payment.ref] == Outcome.CANCELLED
    assert (Order.objects.count(), Refund.objects.count(), LedgerTransaction.objects.count()) == (0, 0, 0)
    assert owed() == []


def test_a_void_is_owed_until_the_provider_answers(drop_sku):
    payment = authorised(drop_sku)
    advance(timedelta(minutes=20))
    make_hold(drop_sku=drop_sku)
    InMemoryProvider.is_down = True
    tell(payment)
    assert owed() == [(AttemptKind.VOID, AttemptState.UNANSWERED)]

    InMemoryProvider.is_down = False
    let_pauses_pass()
    carry_out_owed()

    payment.refresh_from_db()
    assert (payment.state, owed()) == (PaymentState.CANCELLED, [])


def test_a_void_that_finds_the_money_taken_sends_it_back(drop_sku):
    payment = authorised(drop_sku)
    advance(timedelta(minutes=20))
    make_hold(drop_sku=drop_sku)
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED

    settled = tell(payment)

    assert settled.payment.state == PaymentState.REFUNDED
    assert Refund.objects.get().reason == "the last unit was gone"
    assert InMemoryProvider.refunded == [f"refund:{payment.ref}"]
    assert cash() == {Account.CASH: 0, Account.CLEARING: 0, Account.REFUND: 0}
    assert owed() == []


def test_an_authorisation_of_another_amount_is_let_go_and_the_hold_goes_on(drop_sku):
    payment = authorised(drop_sku)

    settled = tell(payment, amount_minor=3913)

    assert (settled.payment.state, settled.hold.state) == (PaymentState.CANCELLED, HoldState.HELD)
    assert (Order.objects.count(), LedgerTransaction.objects.count()) == (0, 0)


@pytest.mark.parametrize("answer", [Outcome.FAILED, Outcome.CANCELLED])
def test_a_capture_that_fails_for_good_undoes_the_order(drop_sku, answer):
    payment = authorised(drop_sku)
    InMemoryProvider.on_capture[payment.ref] = answer

    settled = tell(payment)

    assert (settled.payment.state, settled.order.state) == (PaymentState(answer), OrderState.REFUNDED)
    assert counts(drop_sku) == (0, 0, 0)  # out of the drop, as after a refund
    assert CounterDelivery.reserved == {}
    assert set(cash().values()) == {0}
    assert (unbalanced_causes(), Refund.objects.count(), owed()) == ([], 0, [])


def test_a_capture_that_is_refused_undoes_the_order_and_lets_the_authorisation_go(drop_sku):
    payment = authorised(drop_sku)
    InMemoryProvider.captures[payment.ref] = "another key"

    settled = tell(payment)

    assert (settled.payment.state, settled.order.state) == (PaymentState.FAILED, OrderState.REFUNDED)
    assert settled.payment.failure == "This payment was captured before."
    assert InMemoryProvider.outcomes[payment.ref] == Outcome.CANCELLED
    assert (set(cash().values()), owed()) == ({0}, [])


def test_what_was_handed_over_stays_an_order_although_its_capture_failed(drop_sku):
    payment = authorised(drop_sku)
    InMemoryProvider.is_down = True
    order = tell(payment).order
    mark_fulfilled(order_id=order.pk)
    InMemoryProvider.is_down = False
    InMemoryProvider.on_capture[payment.ref] = Outcome.FAILED
    let_pauses_pass()

    carry_out_owed()

    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.state, payment.state, owed()) == (OrderState.FULFILLED, PaymentState.FAILED, [])
    assert cash() == {Account.CASH: 0, Account.CLEARING: 3914, Account.REFUND: 0}


def test_an_old_authorisation_does_not_bring_a_stopped_payment_back(drop_sku):
    payment = authorised(drop_sku)
    InMemoryProvider.outcomes[payment.ref] = Outcome.CANCELLED
    tell(payment, Outcome.CANCELLED)

    settled = tell(payment, Outcome.AUTHORISED)

    assert (settled.payment.state, settled.hold.state) == (PaymentState.CANCELLED, HoldState.HELD)
    assert (Order.objects.count(), owed()) == (0, [])


def test_an_old_failure_does_not_undo_an_order_that_a_second_card_paid(drop_sku):
    payment = authorised(drop_sku)
    InMemoryProvider.on_capture[payment.ref] = Outcome.PENDING
    tell(payment, Outcome.AUTHORISED)

    settled = tell(payment, Outcome.FAILED)

    assert (settled.payment.state, settled.order.state) == (PaymentState.AUTHORISED, OrderState.PAID)
    assert owed() == [(AttemptKind.CAPTURE, AttemptState.OPEN)]


def declined(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    InMemoryProvider.outcomes[payment.ref] = Outcome.FAILED
    tell(payment, Outcome.FAILED)
    return payment


def test_a_second_card_on_a_declined_payment_wins_although_nobody_told_of_it(drop_sku):
    payment = declined(drop_sku)
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    advance(timedelta(seconds=59))
    assert carry_out_owed() == 0
    advance(timedelta(seconds=1))

    assert carry_out_owed() == 1

    payment.refresh_from_db()
    assert (payment.state, Order.objects.get().hold_id, owed()) == (PaymentState.CAPTURED, payment.hold_id, [])
    assert list(PaymentAttempt.objects.filter(kind=AttemptKind.VOID).values_list("state", "subject")) == [
        ("done", "not needed: another card paid")
    ]


def test_a_declined_payment_is_looked_at_while_its_hold_lives_and_stopped_when_it_is_over(drop_sku):
    payment = declined(drop_sku)
    for _ in range(3):
        advance(timedelta(seconds=60))
        assert carry_out_owed() == 0
        assert InMemoryProvider.outcomes[payment.ref] == Outcome.FAILED
        assert owed() == [(AttemptKind.VOID, AttemptState.OPEN)]
    payment.hold.refresh_from_db()
    advance(payment.hold.expires_at - NOON)

    assert carry_out_owed() == 1

    payment.refresh_from_db()
    assert (payment.state, InMemoryProvider.outcomes[payment.ref]) == (PaymentState.FAILED, Outcome.CANCELLED)
    assert (owed(), Order.objects.count()) == ([], 0)


def test_a_declined_payment_of_a_hold_that_was_let_go_is_stopped_without_a_look(drop_sku):
    payment = declined(drop_sku)
    holding.release_hold(hold_ref=payment.hold.ref, shopper=payment.hold.shopper)
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    advance(timedelta(seconds=60))

    carry_out_owed()

    assert InMemoryProvider.outcomes[payment.ref] == Outcome.CANCELLED
    assert (owed(), Order.objects.count()) == ([], 0)


def test_who_comes_back_with_a_second_card_is_believed_before_anybody_tells(drop_sku):
    payment = declined(drop_sku)
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED

    settled = refresh_payment(payment_ref=payment.ref)

    assert (settled.payment.state, settled.order.state) == (PaymentState.CAPTURED, OrderState.PAID)
    assert PaymentAttempt.objects.filter(kind=AttemptKind.VOID).count() == 0  # it was never made


def test_a_payment_that_no_provider_heard_of_leaves_nothing_to_stop(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    InMemoryProvider.is_down = True

    with pytest.raises(Unreachable):
        make_payment(hold=hold)

    assert (Payment.objects.get().state, owed()) == (PaymentState.FAILED, [])


def test_a_payment_whose_page_was_open_is_looked_at_although_its_provider_fell_silent(drop_sku):
    payment = authorised(drop_sku)
    InMemoryProvider.is_down = True
    with pytest.raises(Unreachable):
        make_payment(hold=payment.hold)
    assert owed() == [(AttemptKind.VOID, AttemptState.OPEN)]
    InMemoryProvider.is_down = False
    advance(timedelta(seconds=60))

    carry_out_owed()

    payment.refresh_from_db()
    assert (payment.state, Order.objects.get().hold_id, owed()) == (PaymentState.CAPTURED, payment.hold_id, [])


def test_a_payment_authorised_in_time_wins_although_nobody_told_us_before_the_end(drop_sku):
    payment = authorised(drop_sku)
    advance(timedelta(minutes=20))

    sweep.end_overdue_payments()

    payment.refresh_from_db()
    assert (payment.state, Order.objects.get().hold_id) == (PaymentState.CAPTURED, payment.hold_id)


def test_no_provider_is_called_inside_a_transaction(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    approve_payment(payment)
    before = dict(InMemoryProvider.outcomes)

    for call in (attempts.fetch, attempts.void):
        with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
            call(payment=payment)

    assert InMemoryProvider.outcomes == before
    assert list(PaymentAttempt.objects.values_list("kind", flat=True)) == [AttemptKind.AUTHORISE]


def test_every_call_is_written_down_with_its_key_and_what_came_of_it(drop_sku):
    payment = authorised(drop_sku)

    tell(payment)

    assert list(PaymentAttempt.objects.order_by("pk").values_list("kind", "key", "state", "tries")) == [
        ("authorise", f"authorise:{payment.ref}", "done", 1),
        ("capture", f"capture:{payment.ref}", "done", 1),
    ]


def test_pauses_between_tries_grow_to_an_hour():
    seconds = [attempts.pause_after(tries).total_seconds() for tries in (1, 2, 3, 9, 10, 30_000)]

    assert seconds == [10, 20, 40, 2560, 3600, 3600]
