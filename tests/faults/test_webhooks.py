"""A provider whose word gets lost, comes twice, and comes in any order."""

import random
from datetime import timedelta

import pytest
from django.test import Client

from creatorshop.adapters.testpay import charges, transfers
from creatorshop.adapters.testpay.events import event_of
from creatorshop.adapters.testpay.models import TestCharge as Charge
from creatorshop.adapters.testpay.provider import write_event
from creatorshop.adapters.testpay.signatures import HEADER, signature_of
from creatorshop.adapters.testpay.webhooks import PATH
from drops.clock import database_now
from drops.ledger.entries import balance_of
from drops.ledger.models import Account
from drops.sales.models import Order, Payment, PaymentState, Refund
from drops.tasks import poll_open_payments
from tests.clock import advance, stopped_clock
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment
from tests.faults.endings import counts_of, problems_of
from tests.fulfillment.makers import make_post

pytestmark = pytest.mark.django_db

UNITS, LATER = 40, 20


def begin_to_pay(drop_sku, rate, shoppers):
    for number in range(shoppers):
        # Each at a house of their own: one that takes too many units would be refused before anybody is charged.
        home = {"street": f"Rua do Poço {number}", "city": "Lisboa", "postcode": "1200-109", "country": "PT"}
        hold = make_hold(drop_sku=drop_sku, method="parcel", option=rate.key)
        make_payment(hold=hold, provider="test", address=home)


def webhook_of(charge):
    """Return the provider's words of a charge, signed."""
    now = database_now()
    body = write_event(event_of(charge=charge, now=now))
    return body, signature_of(body=body, at=now)


def test_every_captured_payment_is_an_order_or_a_refund_whatever_becomes_of_its_webhook():
    chance = random.Random(20261127)
    with stopped_clock(NOON):
        drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
        drop_sku = make_drop_sku(drop=drop, units=UNITS)
        rate = make_post(drop=drop)
        # Forty people dawdle at their bank until their holds are over, and twenty others take what came back.
        begin_to_pay(drop_sku, rate, UNITS)
        advance(timedelta(minutes=16))
        begin_to_pay(drop_sku, rate, LATER)
        for charge in Charge.objects.order_by("pk"):
            charges.approve(charge=charge)
        sent, lost = [], 0
        for charge in Charge.objects.order_by("pk"):
            copies = chance.choices([0, 2, 1], weights=[30, 30, 40])[0]
            lost += copies == 0
            sent += [webhook_of(charge)] * copies
        chance.shuffle(sent)

        answers = [
            Client().post(PATH, body, content_type="application/json", headers={HEADER: signature}).status_code
            for body, signature in sent
        ]
        unheard = Payment.objects.filter(state=PaymentState.STARTED).count()
        advance(timedelta(minutes=2))
        poll_open_payments()

        assert set(answers) == {200}
        assert len(sent) > UNITS + LATER - lost
        assert unheard == lost > 0
        orders = set(Order.objects.values_list("hold__payments", flat=True))
        let_go = set(Payment.objects.filter(state=PaymentState.CANCELLED).values_list("pk", flat=True))
        assert orders | let_go == set(Payment.objects.values_list("pk", flat=True))
        assert orders & let_go == set()
        assert (len(orders), len(let_go), Refund.objects.count()) == (UNITS, LATER, 0)
        assert counts_of(drop.pk) == [(0, 0, UNITS)]
        assert problems_of(drop.pk) == []
        # The provider says of itself what it holds, fees of what it sent back included.
        assert balance_of(account=Account.CASH, currency="EUR") == transfers.cash(currency="EUR")
        total = sum(Order.objects.values_list("total_minor", flat=True))
        fees = sum(Charge.objects.values_list("fee_minor", flat=True))
        assert balance_of(account=Account.CASH, currency="EUR") == total - fees
