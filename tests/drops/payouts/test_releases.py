"""When what was earned may be paid out: to the midnight, and never while something is open."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from drops.ledger.entries import PLATFORM, Posting, unbalanced_causes
from drops.ledger.models import Account, Entry, LedgerTransaction, Payee, PayeeKind
from drops.ledger.payees import platform_payee
from drops.payouts import releases
from drops.payouts.releases import release_due_orders, release_order, verdict_on
from drops.payouts.verdicts import ReleaseFacts, Why, release_verdict
from drops.sales.models import DisputeState, Order, Payment, PaymentState, Refund, RefundState
from drops.sales.orders import mark_unfulfilled
from drops.sales.postings import post_reversal
from drops.sales.revoking import refund_order
from tests.clock import stopped_clock
from tests.doubles import CounterDelivery
from tests.drops.payouts.makers import CREATORS, DAY, PLATFORMS, buy, hand_over, payment_of, standing
from tests.factories import NOON

pytestmark = pytest.mark.django_db

# Handed over on the 27th, 14 days for returns, 2 days of buffer: the 13th of December is the last one, to its end in Lisbon.
DUE = datetime(2026, 12, 14, 0, 0, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def facts(**given):
    defaults = {
        "fulfilled_at": NOON,
        "latest_date": None,
        "return_days": 14,
        "buffer_days": 2,
        "zone": ZoneInfo("Europe/Lisbon"),
    }
    return ReleaseFacts(**defaults | given)


def codes(verdict):
    return [reason.code for reason in verdict.reasons]


def payees_of(order):
    return order.creator.payee, platform_payee(currency="EUR")


def test_the_last_day_counts_to_its_end():
    before, on_time = (release_verdict(facts=facts(), now=now) for now in (DUE - A_SECOND, DUE))

    assert (before.due_at, codes(before)) == (DUE, [Why.TOO_EARLY])
    assert before.reasons[0].sentence == "The days for returns last until the end of 13 Dec 2026."
    assert on_time.is_release


def test_days_end_at_midnight_where_the_creator_lives_also_when_clocks_change():
    # Handed over at 23:30 UTC, which is the next day in Tokyo.
    tokyo = release_verdict(
        facts=facts(fulfilled_at=datetime(2026, 11, 27, 23, 30, tzinfo=UTC), zone=ZoneInfo("Asia/Tokyo")), now=NOON
    )
    # The 28th of March 2027 has 23 hours in Berlin; it is the last day.
    berlin = release_verdict(
        facts=facts(fulfilled_at=datetime(2027, 3, 12, 12, 0, tzinfo=UTC), zone=ZoneInfo("Europe/Berlin")), now=NOON
    )

    assert tokyo.due_at == datetime(2026, 12, 14, 15, 0, tzinfo=UTC)
    assert berlin.due_at == datetime(2027, 3, 28, 22, 0, tzinfo=UTC)


def test_a_parcel_counts_from_the_latest_day_it_was_promised_for():
    verdict = release_verdict(facts=facts(latest_date=date(2026, 12, 2)), now=NOON)
    late = release_verdict(facts=facts(latest_date=date(2026, 11, 20)), now=NOON)

    assert verdict.due_at == DUE + 5 * DAY
    assert late.due_at == DUE


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"is_captured": False}, Why.NOT_CAPTURED),
        ({"fulfilled_at": None}, Why.NOT_HANDED_OVER),
        ({"has_open_refund": True}, Why.REFUND_OPEN),
        ({"has_open_return": True}, Why.RETURN_OPEN),
        ({"has_open_dispute": True}, Why.DISPUTE_OPEN),
        ({"conflicts": ("Two people say that they handed it over.",)}, Why.CONFLICT_OPEN),
    ],
)
def test_whatever_is_open_keeps_money_back_for_however_long(given, code):
    assert codes(release_verdict(facts=facts(**given), now=DUE + 400 * DAY)) == [code]


def test_all_reasons_are_said_at_once():
    verdict = release_verdict(facts=facts(has_open_refund=True, has_open_dispute=True), now=NOON)

    assert codes(verdict) == [Why.REFUND_OPEN, Why.DISPUTE_OPEN, Why.TOO_EARLY]


def test_after_a_full_refund_only_the_buffer_counts():
    verdict = release_verdict(facts=facts(fulfilled_at=None, refunded_at=NOON), now=NOON)

    assert verdict.due_at == datetime(2026, 11, 30, 0, 0, tzinfo=UTC)


def test_a_due_order_is_released_once_for_everybody_who_earned_on_it():
    order = buy()
    hand_over(order, NOON)
    creator, platform = payees_of(order)
    assert standing(creator) == {"accrued": CREATORS}

    assert release_due_orders(now=DUE - A_SECOND) == 0
    assert standing(creator) == {"accrued": CREATORS}
    assert [release_due_orders(now=DUE), release_due_orders(now=DUE)] == [1, 0]

    assert (standing(creator), standing(platform)) == ({"payable": CREATORS}, {"payable": PLATFORMS})
    order.refresh_from_db()
    assert order.released_at == DUE
    assert LedgerTransaction.objects.filter(kind="release").count() == 2
    assert unbalanced_causes() == []


def test_postage_is_released_with_what_its_creator_earned_days_after_the_parcel_should_be_there():
    order = buy(method="parcel")
    hand_over(order, NOON)
    creator, _ = payees_of(order)
    before = standing(creator)

    assert release_due_orders(now=DUE + 5 * DAY - A_SECOND) == 0
    assert release_due_orders(now=DUE + 5 * DAY) == 1

    assert before == {"accrued": CREATORS, "postage": 398}
    assert standing(creator) == {"payable": CREATORS + 398}


def test_a_partner_is_paid_by_the_same_rule():
    cafe = Payee.objects.create(kind=PayeeKind.PARTNER, name="Café Mira")
    CounterDelivery.fee_payee_id = cafe.pk
    order = buy()
    hand_over(order, NOON)
    assert standing(cafe) == {"accrued": 150}

    release_due_orders(now=DUE)

    assert standing(cafe) == {"payable": 150}
    assert standing(order.creator.payee) == {"payable": CREATORS - 150}


def test_a_partner_who_keeps_the_fee_of_a_refunded_order_gets_it():
    cafe = Payee.objects.create(kind=PayeeKind.PARTNER, name="Café Mira")
    order = buy()
    refund_order(order_ref=order.ref, actor="office:ana", reason="broken")
    post_reversal(
        order_ref=order.ref,
        cause=f"{order.ref}:kept",
        currency="EUR",
        postings=[Posting(Account.ACCRUED, 150, PLATFORM), Posting(Account.ACCRUED, -150, cafe)],
        at=NOON,
    )

    assert [release_due_orders(now=NOON + 2 * DAY), release_due_orders(now=NOON + 3 * DAY)] == [0, 1]
    assert standing(cafe) == {"payable": 150}


def test_nothing_is_released_before_it_is_handed_over_or_after_that_was_undone():
    order = buy()
    assert release_due_orders(now=DUE + 400 * DAY) == 0

    hand_over(order, NOON)
    mark_unfulfilled(order_id=order.pk)

    assert release_due_orders(now=DUE + 400 * DAY) == 0
    order.refresh_from_db()
    assert (order.fulfilled_at, order.released_at) == (None, None)
    assert codes(verdict_on(order=order, now=DUE + DAY)) == [Why.NOT_HANDED_OVER]
    assert standing(order.creator.payee) == {"accrued": CREATORS}


def open_a_refund(order):
    Refund.objects.create(
        payment=payment_of(order), key="refund:part", amount_minor=100, reason="scratch", created_at=NOON
    )


def open_a_dispute(order):
    Payment.objects.filter(hold=order.hold_id).update(dispute=DisputeState.OPEN)


def quarrel(order):
    CounterDelivery.quarrels[order.ref] = "Two people say that they handed it over."


def take_the_capture_away(order):
    Payment.objects.filter(hold=order.hold_id).update(state=PaymentState.AUTHORISED)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (open_a_refund, Why.REFUND_OPEN),
        (open_a_dispute, Why.DISPUTE_OPEN),
        (quarrel, Why.CONFLICT_OPEN),
        (take_the_capture_away, Why.NOT_CAPTURED),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_order_in_trouble_is_not_released_and_others_are(trouble, code):
    order, other = buy(), buy()
    for each in (order, other):
        hand_over(each, NOON)
    trouble(order)

    assert release_due_orders(now=DUE) == 1

    order.refresh_from_db()
    assert order.released_at is None
    assert codes(verdict_on(order=order, now=DUE)) == [code]
    assert standing(order.creator.payee) == {"accrued": CREATORS}
    assert standing(other.creator.payee) == {"payable": CREATORS}


def test_what_was_in_trouble_is_released_once_the_trouble_is_over():
    order = buy()
    hand_over(order, NOON)
    open_a_refund(order)
    open_a_dispute(order)
    release_due_orders(now=DUE)

    Refund.objects.update(state=RefundState.SENT, sent_at=NOON)
    Payment.objects.update(dispute=DisputeState.WON)

    assert release_due_orders(now=DUE) == 1
    assert standing(order.creator.payee) == {"payable": CREATORS}


def test_a_refunded_order_releases_nothing_to_its_creator():
    order = buy()
    refund_order(order_ref=order.ref, actor="office:ana", reason="broken")

    release_due_orders(now=DUE)

    order.refresh_from_db()
    assert order.released_at == DUE
    assert standing(order.creator.payee) == {}
    assert not LedgerTransaction.objects.filter(kind="release").exists()


def test_an_order_of_before_agreements_whose_money_was_payable_at_once_is_left_as_it_is():
    order = buy()
    hand_over(order, NOON)
    Order.objects.filter(pk=order.pk).update(
        terms={key: order.terms[key] for key in ("shares", "of_which", "total_minor")}
    )
    # As it was booked then: nothing was ever accrued.
    release_order(order_id=order.pk, now=DUE)
    Order.objects.filter(pk=order.pk).update(released_at=None)

    assert release_due_orders(now=DUE) == 1

    assert standing(order.creator.payee) == {"payable": CREATORS}
    assert Entry.objects.filter(account=Account.PAYABLE, payee=order.creator.payee).count() == 1


def test_the_buffer_is_a_setting(settings):
    settings.PAYOUT_BUFFER_DAYS = 5
    order = buy()
    hand_over(order, NOON)

    assert [release_due_orders(now=DUE + 3 * DAY - A_SECOND), release_due_orders(now=DUE + 3 * DAY)] == [0, 1]


def test_control_a_verdict_that_looks_at_the_days_alone_pays_for_a_disputed_order(monkeypatch):
    order = buy()
    hand_over(order, NOON)
    open_a_dispute(order)
    monkeypatch.setattr(releases, "facts_of", lambda *, order: facts(fulfilled_at=order.fulfilled_at))

    assert release_due_orders(now=DUE) == 1
