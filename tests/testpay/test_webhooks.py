from datetime import timedelta

import pytest

from creatorshop.adapters.testpay import charges
from creatorshop.adapters.testpay.events import event_of
from creatorshop.adapters.testpay.models import TestEvent
from creatorshop.adapters.testpay.provider import write_event
from creatorshop.adapters.testpay.signatures import HEADER, signature_of
from creatorshop.adapters.testpay.webhooks import send_due_webhooks, send_webhooks_of
from drops.clock import database_now
from drops.sales.models import InboundEvent, Order, PaymentState
from drops.stock.models import HoldState
from tests.api.knocking import knock, refusal
from tests.factories import make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db(transaction=True)


def make_charge():
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku()), provider="test")
    return payment, charges.charge_of(payment_ref=payment.ref)


def say(charge, *, at=None, tamper=b"", signature=None):
    """Knock as the provider does, with how a charge stands or with what was written before."""
    body = charge if isinstance(charge, bytes) else write_event(event_of(charge=charge, now=database_now()))
    header = signature_of(body=body, at=at or database_now()) if signature is None else signature
    return knock("POST", "webhooks/test", raw=body + tamper, headers={HEADER: header})


def test_an_approved_payment_reaches_the_shop_over_http(settings, live_server):
    settings.SHOP_URL = live_server.url
    payment, charge = make_charge()
    charges.approve(charge=charge)

    heard = send_due_webhooks()

    payment.refresh_from_db()
    payment.hold.refresh_from_db()
    assert heard == 1
    assert (payment.state, payment.hold.state) == (PaymentState.CAPTURED, HoldState.CONFIRMED)
    assert Order.objects.get().hold == payment.hold
    told = TestEvent.objects.order_by("pk").values_list("outcome", "tries")
    assert list(told) == [("authorised", 1), ("captured", 0)]  # the shop captured it while it heard of it
    assert send_due_webhooks() == 1
    assert list(TestEvent.objects.values_list("due_at", flat=True)) == [None, None]


def test_a_decline_reaches_the_shop_and_the_hold_goes_on(settings, live_server):
    settings.SHOP_URL = live_server.url
    payment, charge = make_charge()
    charges.decline(charge=charge)

    send_due_webhooks()

    payment.refresh_from_db()
    payment.hold.refresh_from_db()
    assert (payment.state, payment.failure) == (PaymentState.FAILED, "Your bank said no.")
    assert payment.hold.state == HoldState.HELD


def test_a_webhook_that_is_not_heard_is_sent_again(settings):
    settings.SHOP_URL = "http://127.0.0.1:1"
    payment, charge = make_charge()
    charges.approve(charge=charge)

    heard = send_webhooks_of(charge_id=charge.pk)

    payment.refresh_from_db()
    event = TestEvent.objects.get()
    assert heard == 0
    assert payment.state == PaymentState.STARTED
    assert event.tries == 1
    assert event.due_at - charge.decided_at >= timedelta(seconds=2)


def test_money_approved_late_is_not_told_before_it_arrives():
    _, charge = make_charge()
    charges.approve_late(charge=charge)

    assert send_due_webhooks() == 0
    assert TestEvent.objects.get().tries == 0


def test_a_repeat_counts_once():
    _, charge = make_charge()
    charges.approve(charge=charge)

    said = write_event(event_of(charge=charge, now=database_now()))

    answers = [say(said), say(said)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"received": True})] * 2
    assert Order.objects.count() == 1
    heard = InboundEvent.objects.values_list("event_id", flat=True)
    assert sorted(heard) == [f"{charge.ref}:authorised", f"{charge.ref}:captured"]


@pytest.mark.parametrize(
    "how",
    [
        {"signature": ""},
        {"signature": "v1=abc"},
        {"signature": "t=1,v1="},
        {"signature": f"t={'9' * 4000},v1=00"},
        {"signature": "t=٣,v1=00"},
        {"tamper": b" "},
        {"at": "old"},
        {"at": "future"},
    ],
)
def test_what_is_not_signed_as_it_should_be_is_not_believed(how):
    payment, charge = make_charge()
    charges.approve(charge=charge)
    shift = {"old": timedelta(minutes=-6), "future": timedelta(minutes=6)}.get(how.get("at"))
    if shift is not None:
        how = {"at": database_now() + shift}

    answer = say(charge, **how)

    payment.refresh_from_db()
    assert refusal(answer) == (422, "bad_signature")
    assert payment.state == PaymentState.STARTED
    assert InboundEvent.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id":1}', b"\xff", b"[" * 30000])
def test_a_signed_riddle_is_refused(body):
    answer = knock("POST", "webhooks/test", raw=body, headers={HEADER: signature_of(body=body, at=database_now())})

    assert refusal(answer) == (422, "unreadable_webhook")


def test_a_webhook_for_a_payment_we_never_started_is_refused():
    _, charge = make_charge()
    charge.ref = "f" * 32

    assert refusal(say(charge)) == (404, "payment_not_found")


def test_an_unknown_provider_is_refused():
    assert refusal(knock("POST", "webhooks/nobody", {"id": 1})) == (404, "unknown_implementation")


def test_a_giant_webhook_is_not_read():
    assert refusal(knock("POST", "webhooks/test", raw=b"x" * 70_000)) == (413, "too_large")
