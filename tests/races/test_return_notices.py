"""Mails about returns that two workers send at once: each goes out once; with its control."""

import time

import pytest
from django.core import mail

from creatorshop.storefront.return_mails import mail_returns
from drops.returns import notices
from drops.returns.models import Return
from drops.returns.requesting import request_return
from drops.sales.models import Order
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from tests.doubles import event_of
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.paying import approve_payment
from tests.races.crowd import at_once, swapped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def mails_of_two_workers():
    """Let two workers look at the same moment for what is due; return how many acknowledgements went out."""
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=3), method="parcel", option="post"))
    approve_payment(payment)
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    request_return(order_ref=Order.objects.get().ref, quantities={0: 1}, reason="damaged", actor="shopper:order page")
    mail.outbox.clear()
    notices.ReturnNotice.objects.all().delete()
    waiting = notices._waiting

    def look_and_dawdle(kind, now):
        found = list(waiting(kind, now))
        time.sleep(0.3 if kind == notices.NoticeKind.DECLARED else 0)
        return found

    with swapped(notices, "_waiting", look_and_dawdle):
        at_once(mail_returns, mail_returns)
    assert Return.objects.count() == 1
    return len(mail.outbox)


def claim_without_asking(returned, kind, now):
    notices.ReturnNotice.objects.get_or_create(of=returned, kind=kind, defaults={"at": now})
    return notices.ReturnNotice(of=returned, kind=kind, at=now)


def test_two_workers_acknowledge_a_withdrawal_once():
    assert mails_of_two_workers() == 1


def test_without_the_claim_two_workers_acknowledge_it_twice():
    with swapped(notices, "_claim", claim_without_asking):
        assert mails_of_two_workers() == 2
