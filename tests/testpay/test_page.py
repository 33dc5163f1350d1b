import pytest
from django.test import Client

from creatorshop.adapters.testpay import charges
from creatorshop.adapters.testpay.models import ChargeState, TestCharge
from drops.sales.models import Order, PaymentState
from drops.stock.models import Hold, HoldState
from tests.factories import make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db

BACK = "https://shop.example/back"


@pytest.fixture
def payment():
    return make_payment(hold=make_hold(drop_sku=make_drop_sku()), provider="test")


def press(payment, decision, **given):
    return Client().post(f"/pay/test/{payment.ref}/", {"decision": decision} | given)


def test_the_page_says_what_it_is_and_what_is_asked(payment):
    page = Client().get(f"/pay/test/{payment.ref}/")

    text = page.content.decode()
    assert page.status_code == 200
    assert "Test payment: no money moves" in text
    assert "€39.14" in text
    assert [name in text for name in ("approve", "decline", "approve_late", "abandon")] == [True] * 4
    assert "frame-ancestors 'self' https://kilnandtide.example" in page["Content-Security-Policy"]
    assert "X-Frame-Options" not in page
    assert page["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        ("approve", ChargeState.AUTHORISED),
        ("decline", ChargeState.DECLINED),
        ("approve_late", ChargeState.APPROVED),
        ("abandon", ChargeState.PENDING),
        ("", ChargeState.PENDING),
        ("steal", ChargeState.PENDING),
    ],
)
def test_a_decision_is_kept_and_leads_back_to_the_shop(payment, decision, state):
    answer = press(payment, decision)

    payment.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (303, BACK)
    assert TestCharge.objects.get().state == state
    # The bank has decided; the shop knows nothing before it is told or asks.
    assert payment.state == PaymentState.STARTED
    assert Order.objects.count() == 0


def test_a_card_at_its_limit_is_declined_with_the_reason_and_the_hold_stays():
    drop_sku = make_drop_sku(account_limit=1)
    first, second = (make_payment(hold=make_hold(drop_sku=drop_sku), provider="test") for _ in range(2))
    press(first, "approve", card="lena")

    press(second, "approve", card="lena")

    charge = charges.charge_of(payment_ref=second.ref)
    assert (charge.state, charge.reason) == (
        ChargeState.DECLINED,
        "This card has the unit that one person may have in this drop.",
    )
    page = Client().get(f"/checkout/{second.hold.ref}/?back=1").content.decode()
    assert (
        "The payment did not go through: This card has the unit that one person may have in this drop. Nothing was"
        in page
    )
    second.hold.refresh_from_db()
    assert second.hold.state == HoldState.HELD


def test_a_card_that_nobody_used_before_is_at_no_limit():
    drop_sku = make_drop_sku(account_limit=1)
    payments = [make_payment(hold=make_hold(drop_sku=drop_sku), provider="test") for _ in range(2)]

    for payment in payments:
        press(payment, "approve")

    assert [charge.state for charge in TestCharge.objects.all()] == [ChargeState.AUTHORISED] * 2


def test_a_hold_that_was_let_go_is_not_charged_any_more(payment):
    Hold.objects.update(state=HoldState.RELEASED)

    press(payment, "approve")

    charge = TestCharge.objects.get()
    assert (charge.state, charge.reason) == (ChargeState.DECLINED, "This hold is released.")


def test_pressing_twice_changes_nothing(payment):
    press(payment, "decline")

    answer = press(payment, "approve")

    assert (answer.status_code, answer["Location"]) == (303, BACK)
    assert TestCharge.objects.get().state == ChargeState.DECLINED
    page = Client().get(f"/pay/test/{payment.ref}/").content.decode()
    assert "This payment is decided: declined." in page


def test_the_way_back_makes_the_shop_ask_although_no_worker_runs():
    hold = make_hold(drop_sku=make_drop_sku())
    payment = make_payment(hold=hold, provider="test")
    press(payment, "approve")

    answer = Client().get(f"/checkout/{hold.ref}/?back=1")

    hold.refresh_from_db()
    order = Order.objects.get()
    assert hold.state == HoldState.CONFIRMED
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"/orders/{order.ref}/")


@pytest.mark.parametrize("ref", ["0" * 32, "nobody"])
def test_an_unknown_payment_has_no_page(ref):
    assert Client().get(f"/pay/test/{ref}/").status_code == 404


def test_there_is_no_page_where_test_payments_are_off(payment, settings):
    settings.ALLOW_TEST_PAYMENTS = False

    assert Client().get(f"/pay/test/{payment.ref}/").status_code == 404
    assert press(payment, "approve").status_code == 404
    assert charges.charge_of(payment_ref=payment.ref).state == ChargeState.PENDING
