from datetime import timedelta

import pytest

from drops.errors import Unreachable
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, Entry, LedgerTransaction
from drops.ledger.payees import payee_of, platform_payee
from drops.sales import checkout, holding, refunds, sweep
from drops.sales.models import Order, OrderUnit, Payment, PaymentState, Refund, RefundState
from drops.sales.orders import mark_fulfilled, mark_unfulfilled
from drops.sales.payment import Outcome
from drops.sales.settling import PaymentNotFound, refresh_payment, settle
from drops.stock.counts import count_of
from drops.stock.holds import GRACE, MARGIN, HoldExpired
from drops.stock.models import HoldState, LimitSlot
from tests.clock import advance, stopped_clock
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment, make_shopper

pytestmark = pytest.mark.django_db

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_drop_sku(drop=drop, units=2)


def say(payment, outcome, **given):
    return settle(provider="memory", event=event_of(payment, outcome, **given))


def counts(drop_sku):
    count = count_of(drop_sku_id=drop_sku.pk)
    return count.available, count.held, count.sold


def test_a_payment_in_time_makes_the_order(drop_sku):
    hold = make_hold(drop_sku=drop_sku, quantity=2)

    settled = say(make_payment(hold=hold), Outcome.CAPTURED)

    assert (settled.hold.state, settled.hold.is_late) == (HoldState.CONFIRMED, False)
    assert settled.payment.state == PaymentState.CAPTURED
    assert settled.order.total_minor == 7828
    assert OrderUnit.objects.filter(line__order=settled.order).count() == 2
    assert counts(drop_sku) == (0, 0, 2)
    assert CounterDelivery.started == [settled.order.ref]


def test_the_ledger_shares_out_the_total_to_the_cent(drop_sku):
    settled = say(make_payment(hold=make_hold(drop_sku=drop_sku)), Outcome.CAPTURED)

    creator = payee_of(creator=drop_sku.drop.creator)
    assert settled.order.total_minor == 3914
    assert balance_of(account=Account.CASH, currency="EUR") == 3914
    assert balance_of(account=Account.TAX, currency="EUR") == -732
    assert balance_of(account=Account.ACCRUED, currency="EUR", payee=platform_payee(currency="EUR")) == -93
    assert balance_of(account=Account.ACCRUED, currency="EUR", payee=creator) == -3089
    assert settled.order.terms["shares"]["creator_minor"] == 3089
    assert unbalanced_causes() == []


def test_postage_is_passed_on_and_not_counted_as_the_creators_share(drop_sku):
    hold = make_hold(drop_sku=drop_sku, method="parcel", option="post")

    say(make_payment(hold=hold), Outcome.CAPTURED)

    creator = payee_of(creator=drop_sku.drop.creator)
    assert balance_of(account=Account.POSTAGE, currency="EUR", payee=creator) == -398
    assert balance_of(account=Account.ACCRUED, currency="EUR", payee=creator) == -3089
    assert balance_of(account=Account.CASH, currency="EUR") == 4404


def test_the_same_word_twice_changes_nothing(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    first = say(payment, Outcome.CAPTURED)

    again = say(payment, Outcome.CAPTURED)
    by_another_event = say(payment, Outcome.CAPTURED, suffix=":again")

    assert first.order == again.order == by_another_event.order
    assert (Order.objects.count(), Refund.objects.count(), LedgerTransaction.objects.count()) == (1, 0, 2)


def test_a_payment_of_nobody_is_not_found(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    payment.ref = "0" * 32

    with pytest.raises(PaymentNotFound):
        say(payment, Outcome.CAPTURED)

    assert Order.objects.count() == 0


def test_paying_grants_one_bounded_grace(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    advance(TEN_MINUTES - timedelta(seconds=10))

    make_payment(hold=hold)
    hold.refresh_from_db()
    assert (hold.state, hold.expires_at) == (HoldState.PAYING, NOON + TEN_MINUTES - timedelta(seconds=10) + GRACE)

    advance(timedelta(seconds=60))
    make_payment(hold=hold)
    hold.refresh_from_db()
    assert hold.expires_at == NOON + TEN_MINUTES - timedelta(seconds=10) + GRACE


def test_a_declined_payment_leaves_the_hold_to_its_first_end(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    advance(TEN_MINUTES - timedelta(seconds=10))
    payment = make_payment(hold=hold)

    settled = say(payment, Outcome.FAILED)

    assert (settled.hold.state, settled.hold.expires_at) == (HoldState.HELD, NOON + TEN_MINUTES)
    assert (settled.payment.state, settled.order) == (PaymentState.FAILED, None)
    assert counts(drop_sku) == (1, 1, 0)
    assert Entry.objects.count() == 0


def test_a_decline_after_the_first_end_ends_the_hold(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    advance(TEN_MINUTES - timedelta(seconds=10))
    payment = make_payment(hold=hold)
    advance(timedelta(seconds=30))

    settled = say(payment, Outcome.FAILED)

    assert settled.hold.state == HoldState.EXPIRED
    assert counts(drop_sku) == (2, 0, 0)
    assert CounterDelivery.reserved == {}


def test_a_second_try_may_succeed_after_a_decline(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    say(make_payment(hold=hold), Outcome.FAILED)

    settled = say(make_payment(hold=hold), Outcome.CAPTURED)

    assert settled.order is not None
    assert [p.number for p in Payment.objects.order_by("number")] == [1, 2]


def test_a_word_of_failure_after_the_money_came_changes_nothing(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    say(payment, Outcome.CAPTURED)

    settled = say(payment, Outcome.FAILED)

    assert (settled.payment.state, settled.hold.state) == (PaymentState.CAPTURED, HoldState.CONFIRMED)


def test_late_money_wins_while_nobody_else_has_the_units(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    advance(timedelta(minutes=20))

    settled = say(payment, Outcome.CAPTURED)

    assert (settled.hold.state, settled.hold.is_late, settled.hold.close_reason) == (
        HoldState.CONFIRMED,
        True,
        "paid late",
    )
    assert counts(drop_sku) == (1, 0, 1)


def test_late_money_wins_also_after_the_sweep_has_been(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    InMemoryProvider.is_down = True
    advance(timedelta(minutes=20))
    assert sweep.end_overdue_payments() == 1
    InMemoryProvider.is_down = False

    settled = say(payment, Outcome.CAPTURED)

    assert settled.hold.state == HoldState.CONFIRMED


def test_late_money_gets_another_unit_when_its_own_was_taken(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    advance(timedelta(minutes=20))
    overtaker = make_hold(drop_sku=drop_sku, quantity=2)
    holding.release_hold(hold_ref=overtaker.ref, shopper=overtaker.shopper)

    settled = say(payment, Outcome.CAPTURED)

    assert settled.hold.state == HoldState.CONFIRMED
    assert OrderUnit.objects.count() == 1
    assert counts(drop_sku) == (1, 0, 1)


def test_late_money_goes_back_when_the_last_unit_is_gone(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    advance(timedelta(minutes=20))
    make_hold(drop_sku=drop_sku, quantity=2)

    settled = say(payment, Outcome.CAPTURED)

    assert (settled.hold.state, settled.hold.close_reason) == (HoldState.LATE_REFUND, "the last unit was gone")
    assert settled.order is None
    assert counts(drop_sku) == (0, 2, 0)
    assert InMemoryProvider.refunded == [f"refund:{payment.ref}"]
    assert settled.payment.state == PaymentState.REFUNDED
    assert balance_of(account=Account.CASH, currency="EUR") == 0
    assert balance_of(account=Account.REFUND, currency="EUR") == 0


def test_a_late_part_of_the_units_is_not_sold_alone(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=2))
    advance(timedelta(minutes=20))
    make_hold(drop_sku=drop_sku, quantity=1)

    settled = say(payment, Outcome.CAPTURED)

    assert settled.hold.state == HoldState.LATE_REFUND
    assert counts(drop_sku) == (1, 1, 0)


def test_late_money_beyond_the_limit_goes_back(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    other = make_drop_sku(drop=drop_sku.drop, units=5)
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, shopper=shopper, quantity=2))
    advance(timedelta(minutes=20))
    make_hold(drop_sku=other, shopper=shopper, quantity=2)

    settled = say(payment, Outcome.CAPTURED)

    assert settled.hold.state == HoldState.LATE_REFUND
    assert LimitSlot.objects.filter(hold__drop_sku=other).count() == 2


def test_late_money_goes_back_when_the_pickup_slot_filled_up(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    advance(timedelta(minutes=20))
    CounterDelivery.reserved.clear()
    CounterDelivery.places = 0

    settled = say(payment, Outcome.CAPTURED)

    assert (settled.hold.state, settled.hold.close_reason) == (HoldState.LATE_REFUND, "the pickup slot was full")
    assert counts(drop_sku) == (2, 0, 0)


def test_a_refund_waits_for_a_provider_that_is_down(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    advance(timedelta(minutes=20))
    make_hold(drop_sku=drop_sku, quantity=2)
    InMemoryProvider.is_down = True
    say(payment, Outcome.CAPTURED)
    assert Refund.objects.get().state == RefundState.OPEN
    assert balance_of(account=Account.REFUND, currency="EUR") == -3914

    InMemoryProvider.is_down = False
    assert refunds.send_open_refunds() == 1

    assert Refund.objects.get().state == RefundState.SENT
    assert balance_of(account=Account.REFUND, currency="EUR") == 0


def test_paid_twice_means_the_second_goes_back(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    first = make_payment(hold=hold)
    say(first, Outcome.FAILED)
    second = make_payment(hold=hold)
    say(second, Outcome.CAPTURED)

    settled = say(first, Outcome.CAPTURED)

    assert (settled.hold.state, settled.payment.state) == (HoldState.CONFIRMED, PaymentState.REFUNDED)
    assert InMemoryProvider.refunded == [f"refund:{first.ref}"]
    assert Order.objects.count() == 1


def test_a_wrong_amount_buys_nothing_and_goes_back(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))

    settled = say(payment, Outcome.CAPTURED, amount_minor=100)

    assert settled.order is None
    assert Refund.objects.get().amount_minor == 100
    assert counts(drop_sku) == (1, 1, 0)


def test_money_for_a_hold_that_was_let_go_goes_back(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    payment = make_payment(hold=hold)
    holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    settled = say(payment, Outcome.CAPTURED)

    assert (settled.hold.state, settled.order) == (HoldState.RELEASED, None)
    assert InMemoryProvider.refunded == [f"refund:{payment.ref}"]
    assert counts(drop_sku) == (2, 0, 0)


def test_letting_go_of_a_hold_that_was_paid_meanwhile_keeps_it(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    payment = make_payment(hold=hold)
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED

    kept = holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    assert kept.state == HoldState.CONFIRMED
    assert Order.objects.count() == 1


def test_a_paying_hold_is_not_let_go_while_the_provider_is_silent(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    make_payment(hold=hold)
    InMemoryProvider.is_down = True

    with pytest.raises(Unreachable):
        holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    hold.refresh_from_db()
    assert hold.state == HoldState.PAYING
    assert counts(drop_sku) == (1, 1, 0)


def test_a_provider_that_does_not_answer_leaves_the_hold_as_it_was(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    InMemoryProvider.is_down = True

    with pytest.raises(Unreachable):
        make_payment(hold=hold)

    hold.refresh_from_db()
    assert (hold.state, hold.expires_at) == (HoldState.HELD, NOON + TEN_MINUTES)
    assert Payment.objects.get().state == PaymentState.FAILED


def test_an_ended_hold_cannot_be_paid(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    advance(TEN_MINUTES)

    with pytest.raises(HoldExpired):
        make_payment(hold=hold)

    assert Payment.objects.count() == 0


def test_missing_details_are_named_and_nothing_starts(drop_sku):
    hold = make_hold(drop_sku=drop_sku, method="parcel", option="post")

    with pytest.raises(checkout.ContactIncomplete) as refusal:
        make_payment(hold=hold, email="not an address", address={"country": "PT"})

    assert sorted(refusal.value.facts["fields"]) == ["city", "email", "postcode", "street"]
    hold.refresh_from_db()
    assert (hold.state, Payment.objects.count()) == (HoldState.HELD, 0)


def test_asking_the_provider_ends_in_the_same_place_as_its_webhook(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED

    by_poll = refresh_payment(payment_ref=payment.ref)
    by_webhook = say(payment, Outcome.CAPTURED)

    assert by_poll.order == by_webhook.order
    assert Order.objects.count() == 1


def test_a_silent_payment_is_asked_about_after_a_minute(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    assert sweep.poll_open_payments() == 0

    advance(timedelta(seconds=61))

    assert sweep.poll_open_payments() == 1
    assert Order.objects.count() == 1


def test_an_abandoned_payment_is_cancelled_when_the_time_is_over(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    payment = make_payment(hold=hold)
    advance(TEN_MINUTES + MARGIN)

    assert sweep.end_overdue_payments() == 0

    hold.refresh_from_db()
    payment.refresh_from_db()
    assert (hold.state, payment.state) == (HoldState.EXPIRED, PaymentState.CANCELLED)
    assert counts(drop_sku) == (2, 0, 0)


def test_an_order_once_handed_over_can_be_taken_back(drop_sku):
    order = say(make_payment(hold=make_hold(drop_sku=drop_sku)), Outcome.CAPTURED).order

    assert mark_fulfilled(order_id=order.pk)
    assert not mark_fulfilled(order_id=order.pk)
    assert mark_unfulfilled(order_id=order.pk)


def begin_and_die(hold, monkeypatch):
    """Begin to pay, and lose the process between the shop's own transaction and the call to the provider."""

    def die(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(InMemoryProvider, "start", die)
    with pytest.raises(KeyboardInterrupt):
        make_payment(hold=hold)
    monkeypatch.undo()


def test_a_payment_that_never_reached_its_provider_does_not_keep_a_hold(drop_sku, monkeypatch):
    hold = make_hold(drop_sku=drop_sku)
    begin_and_die(hold, monkeypatch)

    released = holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    assert released.state == HoldState.RELEASED
    assert Payment.objects.get().state == PaymentState.CANCELLED
    assert counts(drop_sku) == (2, 0, 0)


def test_a_payment_that_never_reached_its_provider_ends_with_its_hold(drop_sku, monkeypatch):
    hold = make_hold(drop_sku=drop_sku)
    begin_and_die(hold, monkeypatch)
    advance(TEN_MINUTES + MARGIN)

    assert sweep.end_overdue_payments() == 1

    hold.refresh_from_db()
    assert (hold.state, Payment.objects.get().state) == (HoldState.EXPIRED, PaymentState.CANCELLED)
