"""
What the shop relies on from every payment provider. Each one that settings wire, the tests' own double, and Stripe's
adapter before a double of Stripe, passes.
"""

from collections.abc import Iterator

import pytest
from django.conf import settings as shop_settings
from django.utils.module_loading import import_string

from drops.clock import database_now
from drops.errors import Refused, Unreachable
from drops.sales.models import Order, Payment, PaymentState, Refund
from drops.sales.payment import BadSignature, Outcome, PaymentProvider, ProviderEvent, TransferOrder, TransferRefused
from drops.sales.settling import refresh_payment
from drops.stock.models import HoldState
from tests.doubles import CounterDelivery, InMemoryProvider, PaidPost
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.paying import approve_payment, bank_of, decline_payment, pay_with_card
from tests.stripe import wiring

pytestmark = pytest.mark.django_db

WIRED = [*shop_settings.PAYMENT_PROVIDERS, "tests.doubles.InMemoryProvider", wiring.PROVIDER]


@pytest.fixture(autouse=True)
def counters() -> Iterator[None]:
    for double in (CounterDelivery, PaidPost, InMemoryProvider):
        double.reset()
    yield
    for double in (CounterDelivery, PaidPost, InMemoryProvider):
        double.reset()


@pytest.fixture(params=WIRED, ids=lambda path: path.rsplit(".", 1)[-1])
def provider(request, settings) -> PaymentProvider:
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery", "tests.doubles.PaidPost"]
    wiring.wire_stripe(settings)
    settings.PAYMENT_PROVIDERS = [request.param]
    return import_string(request.param)()


@pytest.fixture
def payment(provider) -> Payment:
    return make_payment(hold=make_hold(drop_sku=make_drop_sku()), provider=provider.name)


def make_refund(payment: Payment, *, key: str, amount_minor: int | None = None) -> Refund:
    amount = payment.amount_minor if amount_minor is None else amount_minor
    return Refund.objects.create(
        payment=payment, key=key, amount_minor=amount, reason="test", created_at=database_now()
    )


def test_it_has_a_name_that_fits_the_payments_column(provider):
    assert provider.name
    assert len(provider.name) <= 20


def test_beginning_twice_is_beginning_once(provider, payment):
    first = provider.authorise(payment=payment, return_url="https://shop.example/back")
    again = provider.authorise(payment=payment, return_url="https://shop.example/back")

    assert again == first
    assert first.provider_ref == payment.provider_ref
    assert first.url.startswith(("https://", "http://"))


def test_an_undecided_payment_is_pending(provider, payment):
    event = provider.fetch(payment=payment)

    assert (event.outcome, event.provider_ref) == (Outcome.PENDING, payment.provider_ref)


def capture(provider: PaymentProvider, payment: Payment) -> ProviderEvent:
    """Let the money be reserved, and take it."""
    approve_payment(payment)
    return provider.capture(payment=payment, key="capture")


def test_money_that_is_reserved_is_told_in_full_and_under_one_event(provider, payment):
    approve_payment(payment)

    event, again = provider.fetch(payment=payment), provider.fetch(payment=payment)

    assert (event.outcome, event.amount_minor, event.currency) == (Outcome.AUTHORISED, payment.amount_minor, "EUR")
    assert again == event


def test_a_refusal_of_the_bank_is_told(provider, payment):
    decline_payment(payment)

    assert provider.fetch(payment=payment).outcome == Outcome.FAILED


def test_a_cancelled_payment_stays_cancelled(provider, payment):
    first = provider.void(payment=payment, key="void")
    again = provider.void(payment=payment, key="void")

    assert (first.outcome, again) == (Outcome.CANCELLED, first)
    assert provider.fetch(payment=payment) == first


def test_money_is_taken_once_whoever_asks_again(provider, payment):
    before = provider.cash(currency="EUR")

    first = capture(provider, payment)
    again = provider.capture(payment=payment, key="capture")

    assert (first.outcome, first.amount_minor, again) == (Outcome.CAPTURED, payment.amount_minor, first)
    assert provider.fetch(payment=payment) == first
    assert provider.cash(currency="EUR") - before == payment.amount_minor - first.fee_minor


def test_money_is_not_taken_a_second_time_under_another_key(provider, payment):
    capture(provider, payment)
    before = provider.cash(currency="EUR")

    with pytest.raises(Refused):
        provider.capture(payment=payment, key="another")

    assert provider.cash(currency="EUR") == before


def test_what_is_reserved_can_be_let_go_and_then_not_be_taken_any_more(provider, payment):
    approve_payment(payment)
    before = provider.cash(currency="EUR")

    first = provider.void(payment=payment, key="void")
    again = provider.void(payment=payment, key="void")
    too_late = provider.capture(payment=payment, key="capture")

    assert (first.outcome, again) == (Outcome.CANCELLED, first)
    assert too_late.outcome == Outcome.CANCELLED
    assert provider.cash(currency="EUR") == before


def test_a_bank_may_ask_the_shopper_first(provider, payment):
    bank_of(payment).challenge(payment)
    asked = provider.fetch(payment=payment).outcome

    bank_of(payment).confirm(payment)

    assert (asked, provider.fetch(payment=payment).outcome) == (Outcome.ACTION_NEEDED, Outcome.AUTHORISED)


def test_what_is_paid_cannot_be_cancelled_any_more(provider, payment):
    capture(provider, payment)

    assert provider.void(payment=payment, key="void").outcome == Outcome.CAPTURED
    assert provider.fetch(payment=payment).outcome == Outcome.CAPTURED


def test_a_refund_asked_for_twice_is_sent_once(provider, payment):
    capture(provider, payment)
    refund = make_refund(payment, key="refund:once")

    provider.refund(refund=refund)
    provider.refund(refund=refund)

    assert bank_of(payment).times_refunded("refund:once") == 1


def test_no_more_goes_back_than_came_in(provider, payment):
    capture(provider, payment)
    provider.refund(refund=make_refund(payment, key="refund:most", amount_minor=payment.amount_minor - 1))

    # Not written down: the shop's own books would not take such a row.
    more = Refund(payment=payment, key="refund:more", amount_minor=2, reason="test", created_at=database_now())
    with pytest.raises(Refused):
        provider.refund(refund=more)

    assert (bank_of(payment).times_refunded("refund:most"), bank_of(payment).times_refunded("refund:more")) == (1, 0)


def test_a_refund_that_comes_back_is_told_and_its_money_is_here_again(provider, payment):
    capture(provider, payment)
    refund = make_refund(payment, key="refund:back", amount_minor=1000)
    unknown = provider.fetch_refund(refund=refund).outcome
    before = provider.cash(currency="EUR")
    provider.refund(refund=refund)
    sent, gone = provider.fetch_refund(refund=refund).outcome, before - provider.cash(currency="EUR")

    bank_of(payment).return_refund(payment, refund.sending_key)
    back, again = (provider.fetch_refund(refund=refund) for _ in range(2))

    assert (unknown, sent, gone) == (Outcome.PENDING, Outcome.REFUNDED, 1000)
    assert (back.outcome, back.amount_minor, back.refund, again) == (Outcome.REFUND_FAILED, 1000, "refund:back", back)
    assert back.reason
    assert provider.cash(currency="EUR") == before


def test_a_refund_that_came_back_can_be_sent_again_under_another_key_and_not_twice(provider, payment):
    capture(provider, payment)
    refund = make_refund(payment, key="refund:back")
    before = provider.cash(currency="EUR")
    provider.refund(refund=refund)
    bank_of(payment).return_refund(payment, refund.sending_key)

    refund.tries = 2
    provider.refund(refund=refund)
    provider.refund(refund=refund)

    assert refund.sending_key == "refund:back~2"
    assert (provider.fetch_refund(refund=refund).outcome, bank_of(payment).times_refunded("refund:back~2")) == (
        Outcome.REFUNDED,
        1,
    )
    assert before - provider.cash(currency="EUR") == payment.amount_minor
    with pytest.raises(Refused):
        provider.refund(refund=Refund(payment=payment, key="refund:more", amount_minor=1, created_at=database_now()))


def test_a_transfer_and_its_reversal_asked_for_twice_move_money_once(provider, payment):
    capture(provider, payment)
    before = provider.cash(currency="EUR")
    order = TransferOrder(key="transfer:once", account="acct_mira", amount_minor=2000, currency="EUR", group="A1")

    sent = [provider.transfer(order=order) for _ in range(2)]
    after = provider.cash(currency="EUR")
    back = [provider.reverse(transfer_ref=sent[0], amount_minor=500, key="reverse:once") for _ in range(2)]

    assert (len(set(sent)), len(set(back))) == (1, 1)
    assert (before - after, provider.cash(currency="EUR") - after) == (2000, 500)


def test_a_key_is_good_for_one_request(provider, payment):
    capture(provider, payment)
    provider.transfer(order=TransferOrder("transfer:a", "acct_mira", 2000, "EUR"))
    before = provider.cash(currency="EUR")

    with pytest.raises(Refused):
        provider.transfer(order=TransferOrder("transfer:a", "acct_mira", 2001, "EUR"))

    assert provider.cash(currency="EUR") == before


def test_no_more_is_transferred_or_taken_back_than_there_is(provider, payment):
    capture(provider, payment)
    held = provider.cash(currency="EUR")
    sent = provider.transfer(order=TransferOrder("transfer:a", "acct_mira", 2000, "EUR"))

    with pytest.raises(TransferRefused):
        provider.transfer(order=TransferOrder("transfer:b", "acct_mira", held, "EUR"))
    with pytest.raises(TransferRefused):
        provider.reverse(transfer_ref=sent, amount_minor=2001, key="reverse:a")

    assert provider.cash(currency="EUR") == held - 2000


def test_a_card_at_its_limit_is_declined_before_anything_is_charged(provider):
    drop_sku = make_drop_sku(account_limit=1)
    first, second = (make_payment(hold=make_hold(drop_sku=drop_sku), provider=provider.name) for _ in range(2))
    pay_with_card(first, card="lena")
    pay_with_card(second, card="lena")

    taken, refused = (refresh_payment(payment_ref=payment.ref) for payment in (first, second))

    assert (taken.payment.state, refused.payment.state) == (PaymentState.CAPTURED, PaymentState.FAILED)
    assert refused.payment.failure == "This card has the unit that one person may have in this drop."
    assert (refused.hold.state, Order.objects.get().hold) == (HoldState.HELD, first.hold)
    assert Refund.objects.count() == 0


def test_another_card_may_be_tried_after_one_that_was_declined(provider):
    drop_sku = make_drop_sku(account_limit=1)
    first, second = (make_hold(drop_sku=drop_sku) for _ in range(2))
    pay_with_card(make_payment(hold=first, provider=provider.name), card="lena")
    refused = make_payment(hold=second, provider=provider.name)
    pay_with_card(refused, card="lena")
    refresh_payment(payment_ref=refused.ref)

    again = make_payment(hold=second, provider=provider.name)
    pay_with_card(again, card="tom")

    assert refresh_payment(payment_ref=again.ref).hold.state == HoldState.CONFIRMED


def test_a_webhook_that_nobody_signed_is_not_believed(provider):
    # A provider that sends no webhooks refuses them all.
    with pytest.raises((BadSignature, Unreachable)):
        provider.read_webhook(body=b'{"outcome":"captured"}', headers={})


def test_the_shop_settles_what_it_is_told(provider, payment):
    approve_payment(payment)

    first = refresh_payment(payment_ref=payment.ref)
    again = refresh_payment(payment_ref=payment.ref)

    assert (first.payment.state, first.hold.state) == (PaymentState.CAPTURED, HoldState.CONFIRMED)
    assert (first.order, again.order) == (Order.objects.get(), Order.objects.get())


def test_a_fee_is_missing_from_the_cash_and_told_with_the_capture(provider, payment):
    before = provider.cash(currency="EUR")

    event = capture(provider, payment)
    provider.refund(refund=make_refund(payment, key="refund:a", amount_minor=1000))

    fees = {"memory": 0, "test": 80, "stripe": 83}  # 1.4 or 1.5 % of 39.14 and 25 cents
    assert event.fee_minor == fees.get(provider.name, event.fee_minor)
    assert provider.cash(currency="EUR") - before == payment.amount_minor - event.fee_minor - 1000
