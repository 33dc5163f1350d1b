from datetime import timedelta

import pytest

from drops.errors import NotFound
from drops.events import hold_changed, payment_refunded
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, Entry, LedgerTransaction, Payee
from drops.sales import holding, quotes, refunds
from drops.sales.delivery import Destination
from drops.sales.models import Order, OrderState, Payment, PaymentState, Refund, RefundState
from drops.sales.orders import mark_fulfilled
from drops.sales.payment import Outcome
from drops.sales.revoking import (
    Braked,
    OrderNotRefundable,
    ReasonMissing,
    refund_all_orders,
    refund_order,
    release_all_holds,
    revoke_hold,
    stop_payments_of_revoked_holds,
)
from drops.sales.settling import settle
from drops.stock.counts import count_of
from drops.stock.models import HoldEvent, HoldState, LimitSlot
from drops.stock.proof import proof_of
from drops.stock.readiness import StockReady
from tests.clock import advance, stopped_clock
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment, make_shopper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_drop_sku(drop=drop, units=4)


def say(payment, outcome):
    return settle(provider="memory", event=event_of(payment, outcome))


def paid(drop_sku, **given):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, **given))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    order = say(payment, Outcome.CAPTURED).order
    payment.refresh_from_db()
    return order, payment


def counts(drop_sku):
    count = count_of(drop_sku_id=drop_sku.pk)
    return count.available, count.held, count.sold, count.void


def revoke(hold, reason="bot"):
    return revoke_hold(hold_ref=hold.ref, actor="admin:mira", reason=reason)


def problems(drop_sku):
    return [str(problem) for line in proof_of(drop=drop_sku.drop) for problem in line.problems]


def all_balances():
    accounts = [balance_of(account=account, currency="EUR") for account in Account]
    return {*accounts, *(balance_of(account=Account.ACCRUED, currency="EUR", payee=p) for p in Payee.objects.all())}


@pytest.fixture
def heard():
    """What was announced, in order."""
    news = []

    def hear_hold(**facts):
        news.append(("hold", facts["state"], facts["reason"]))

    def hear_refund(**facts):
        news.append(("refund", facts["payment_id"], facts["reason"]))

    hold_changed.connect(hear_hold)
    payment_refunded.connect(hear_refund)
    yield news
    hold_changed.disconnect(hear_hold)
    payment_refunded.disconnect(hear_refund)


def test_a_revoked_hold_gives_back_units_places_and_slot_at_once(drop_sku, heard, django_capture_on_commit_callbacks):
    hold = make_hold(drop_sku=drop_sku, quantity=2)

    with django_capture_on_commit_callbacks(execute=True):
        revoked = revoke(hold)

    assert (revoked.state, revoked.close_reason, revoked.closed_at) == (HoldState.REVOKED, "bot", NOON)
    assert counts(drop_sku) == (4, 0, 0, 0)
    assert CounterDelivery.reserved == {}
    event = HoldEvent.objects.latest("pk")
    assert (event.from_state, event.to_state, event.actor, event.reason) == ("held", "revoked", "admin:mira", "bot")
    assert heard == [("hold", "revoked", "bot")]
    assert make_hold(drop_sku=drop_sku, shopper=hold.shopper, quantity=2).state == HoldState.HELD


def test_a_running_payment_is_cancelled_at_the_provider(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))

    revoke(payment.hold)

    payment.refresh_from_db()
    assert InMemoryProvider.outcomes[payment.ref] == Outcome.CANCELLED
    assert (payment.state, payment.hold.state) == (PaymentState.CANCELLED, HoldState.REVOKED)
    assert Refund.objects.count() == 0


def test_money_that_went_through_meanwhile_goes_back(drop_sku, heard, django_capture_on_commit_callbacks):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED

    with django_capture_on_commit_callbacks(execute=True):
        hold = revoke(payment.hold)

    refund = Refund.objects.get()
    assert (hold.state, refund.state, refund.amount_minor) == (HoldState.REVOKED, RefundState.SENT, 3914)
    assert InMemoryProvider.refunded == [f"refund:{payment.ref}"]
    assert Order.objects.count() == 0
    assert counts(drop_sku) == (4, 0, 0, 0)
    assert all_balances() == {0}
    assert heard == [("hold", "revoked", "bot"), ("refund", payment.pk, "hold was revoked")]


def test_a_provider_that_does_not_answer_does_not_keep_the_brake_from_holding(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    InMemoryProvider.is_down = True

    hold = revoke(payment.hold)

    assert (hold.state, counts(drop_sku)) == (HoldState.REVOKED, (4, 0, 0, 0))
    InMemoryProvider.is_down = False
    assert stop_payments_of_revoked_holds() == 1
    payment.refresh_from_db()
    assert payment.state == PaymentState.CANCELLED
    assert stop_payments_of_revoked_holds() == 0


def test_money_that_comes_long_after_a_revoke_goes_back_too(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    InMemoryProvider.is_down = True
    revoke(payment.hold)
    InMemoryProvider.is_down = False
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    advance(timedelta(hours=1))

    settled = say(payment, Outcome.CAPTURED)

    assert (settled.hold.state, settled.order, settled.payment.state) == (
        HoldState.REVOKED,
        None,
        PaymentState.REFUNDED,
    )
    assert all_balances() == {0}


@pytest.mark.parametrize("is_written_down", [False, True])
def test_a_lapsed_hold_is_revoked_so_that_late_money_cannot_win(drop_sku, is_written_down):
    payment = lapsed_payment(drop_sku, is_written_down)

    assert revoke(payment.hold).state == HoldState.REVOKED

    settled = say(payment, Outcome.CAPTURED)
    assert (settled.hold.state, settled.order) == (HoldState.REVOKED, None)
    assert counts(drop_sku) == (4, 0, 0, 0)
    assert all_balances() == {0}


@pytest.mark.parametrize("is_written_down", [False, True])
def test_the_brake_stops_holds_whose_money_is_on_its_way(drop_sku, is_written_down):
    payment = lapsed_payment(drop_sku, is_written_down)

    braked = release_all_holds(drop_id=drop_sku.drop_id, actor="admin:mira", reason="wrong photo")

    assert (braked.done, braked.left) == (1, 0)
    assert say(payment, Outcome.CAPTURED).order is None


def lapsed_payment(drop_sku, is_written_down):
    """Return a payment whose hold has lapsed; written down by somebody who took its unit over and let it go again."""
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    advance(timedelta(minutes=30))
    if is_written_down:
        for hold in [make_hold(drop_sku=drop_sku, quantity=2) for _ in range(2)]:
            holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)
    payment.hold.refresh_from_db()
    assert payment.hold.state == (HoldState.EXPIRED if is_written_down else HoldState.PAYING)
    return payment


def test_a_paid_hold_is_returned_as_it_is(drop_sku):
    order, _ = paid(drop_sku)

    assert revoke(order.hold).state == HoldState.CONFIRMED

    assert counts(drop_sku) == (3, 0, 1, 0)
    assert Refund.objects.count() == 0


def test_nothing_is_revoked_without_a_reason_or_without_a_hold(drop_sku):
    hold = make_hold(drop_sku=drop_sku)

    with pytest.raises(ReasonMissing):
        revoke(hold, reason="  ")
    with pytest.raises(NotFound):
        revoke_hold(hold_ref="0" * 32, actor="admin:mira", reason="bot")

    hold.refresh_from_db()
    assert hold.state == HoldState.HELD
    assert counts(drop_sku) == (3, 1, 0, 0)


def test_all_holds_of_one_drop_are_released_and_no_others(drop_sku):
    elsewhere = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    other = make_hold(drop_sku=make_drop_sku(drop=elsewhere, units=1))
    held, paying = make_hold(drop_sku=drop_sku), make_payment(hold=make_hold(drop_sku=drop_sku)).hold
    order, _ = paid(drop_sku)

    braked = release_all_holds(drop_id=drop_sku.drop_id, actor="admin:mira", reason="wrong photo")

    assert braked == Braked(done=2, refused=0, left=0)
    for hold, state in [
        (held, HoldState.REVOKED),
        (paying, HoldState.REVOKED),
        (order.hold, HoldState.CONFIRMED),
        (other, HoldState.HELD),
    ]:
        hold.refresh_from_db()
        assert hold.state == state
    assert counts(drop_sku) == (3, 0, 1, 0)


def test_a_refunded_order_leaves_nobody_with_a_claim(drop_sku, heard, django_capture_on_commit_callbacks):
    order, payment = paid(drop_sku, quantity=2)
    hold_again = {"drop_sku": drop_sku, "shopper": order.shopper, "quantity": 2}

    with django_capture_on_commit_callbacks(execute=True):
        refund = refund_order(order_ref=order.ref, actor="admin:mira", reason="kiln broke")

    order.refresh_from_db()
    drop_sku.refresh_from_db()
    payment.refresh_from_db()
    assert (order.state, payment.state) == (OrderState.REFUNDED, PaymentState.REFUNDED)
    assert (refund.amount_minor, refund.state, refund.reason) == (7828, RefundState.SENT, "kiln broke")
    assert (counts(drop_sku), drop_sku.planned) == ((2, 0, 0, 2), 2)
    assert all_balances() == {0}
    assert list(LedgerTransaction.objects.order_by("pk").values_list("kind", flat=True)) == [
        "sale",
        "reversal",
        "refund",
    ]
    assert unbalanced_causes() == []
    assert CounterDelivery.reserved == {}
    event = HoldEvent.objects.latest("pk")
    assert (event.from_state, event.to_state, event.actor) == ("confirmed", "refunded", "admin:mira")
    assert heard == [("refund", payment.pk, "kiln broke")]
    assert problems(drop_sku) == []
    assert make_hold(**hold_again).state == HoldState.HELD


def test_postage_tax_and_every_share_are_taken_back(drop_sku):
    order, _ = paid(drop_sku, method="parcel", option="post")
    assert all_balances() != {0}

    refund_order(order_ref=order.ref, actor="admin:mira", reason="kiln broke")

    assert all_balances() == {0}
    reversal = Entry.objects.filter(transaction__kind="reversal")
    assert sorted(reversal.values_list("account", "amount_minor")) == [
        ("payable", 93),
        ("payable", 3089),
        ("postage", 398),
        ("refund", -4404),
        ("tax", 824),
    ]


def test_an_order_is_refunded_once_however_often_it_is_asked(drop_sku):
    order, _ = paid(drop_sku)
    refund_order(order_ref=order.ref, actor="admin:mira", reason="kiln broke")
    before = (Refund.objects.count(), Entry.objects.count(), HoldEvent.objects.count(), counts(drop_sku))

    with pytest.raises(OrderNotRefundable):
        refund_order(order_ref=order.ref, actor="admin:mira", reason="kiln broke")

    assert (Refund.objects.count(), Entry.objects.count(), HoldEvent.objects.count(), counts(drop_sku)) == before


def test_the_second_payment_of_one_order_is_not_refunded_twice(drop_sku):
    order, first = paid(drop_sku)
    second = Payment.objects.create(
        hold=order.hold,
        number=2,
        provider="memory",
        provider_ref="second",
        amount_minor=3914,
        currency="EUR",
        quote_hash=order.hold.quote_hash,
        created_at=NOON,
    )
    second.ref = "second"
    say(second, Outcome.CAPTURED)

    refund_order(order_ref=order.ref, actor="admin:mira", reason="kiln broke")

    assert sorted(Refund.objects.values_list("payment", "amount_minor")) == sorted(
        [(first.pk, 3914), (second.pk, 3914)]
    )
    assert all_balances() == {0}


def test_what_was_handed_over_is_not_refunded_by_the_brake(drop_sku):
    order, _ = paid(drop_sku)
    mark_fulfilled(order_id=order.pk)

    with pytest.raises(OrderNotRefundable):
        refund_order(order_ref=order.ref, actor="admin:mira", reason="kiln broke")

    assert counts(drop_sku) == (3, 0, 1, 0)
    assert Refund.objects.count() == 0
    assert LimitSlot.objects.get().free_at.year == 9000


def test_a_refund_waits_for_a_provider_that_does_not_answer(drop_sku):
    order, _ = paid(drop_sku)
    InMemoryProvider.is_down = True

    refund = refund_order(order_ref=order.ref, actor="admin:mira", reason="kiln broke")

    assert refund.state == RefundState.OPEN
    assert balance_of(account=Account.REFUND, currency="EUR") == -3914
    InMemoryProvider.is_down = False
    assert refunds.send_open_refunds() == 1
    assert all_balances() == {0}


def test_every_paid_order_of_a_drop_is_refunded_and_the_stock_still_adds_up(drop_sku):
    orders = [paid(drop_sku)[0] for _ in range(2)]
    handed_over, _ = paid(drop_sku)
    mark_fulfilled(order_id=handed_over.pk)
    make_hold(drop_sku=drop_sku)

    braked = refund_all_orders(drop_id=drop_sku.drop_id, actor="admin:mira", reason="kiln broke")

    assert braked == Braked(done=2, refused=0, left=0)
    for order in orders:
        order.refresh_from_db()
        assert order.state == OrderState.REFUNDED
    assert counts(drop_sku) == (0, 1, 1, 2)
    [line] = proof_of(drop=drop_sku.drop)
    assert (line.sold, line.refunded, line.confirmed, line.ordered, line.planned) == (1, 2, 3, 3, 2)
    assert line.problems == []
    assert [check.ok for check in StockReady().checks(drop=drop_sku.drop)] == [True]


def test_a_refund_that_went_half_way_is_found_by_the_proof(drop_sku):
    order, _ = paid(drop_sku)

    Order.objects.filter(pk=order.pk).update(state=OrderState.REFUNDED)
    drop_sku.tokens.filter(status="sold").update(status="void", hold=None)

    assert problems(drop_sku) == ["4 units planned, but 3 tokens"]


def test_a_shopper_can_still_ask_for_a_price_after_their_hold_was_revoked(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    revoke(make_hold(drop_sku=drop_sku, shopper=shopper))

    quote = quotes.make_quote(
        shopper=shopper,
        drop=drop_sku.drop,
        sku_code=drop_sku.sku.code,
        quantity=1,
        destination=Destination("PT", "1200-109"),
        method="pickup",
        option="counter",
    )
    hold = holding.place_hold(shopper=shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="again")

    assert hold.state == HoldState.HELD
