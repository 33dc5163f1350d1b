"""
What Stripe tells by itself, at the door where it knocks.
"""

import time

import pytest
from django.db import connection

from creatorshop.adapters.stripe.models import StripeAccount
from creatorshop.adapters.stripe.provider import StripePayments
from drops.clock import database_now
from drops.ledger.models import LedgerTransaction
from drops.sales.models import InboundEvent, Order, PaymentState, Refund
from drops.sales.payment import Outcome
from drops.sales.proof import cash_reports, ledger_checks
from drops.sales.refund_selections import WHOLE
from drops.sales.refunds import preview_refund, refund, send_again
from drops.sales.settling import refresh_payment
from tests.api.knocking import knock, refusal
from tests.stripe import bank
from tests.stripe.double import StripeDouble, shown

pytestmark = pytest.mark.django_db(transaction=True)


def say(body, **how):
    """Knock as Stripe does."""
    return knock("POST", "webhooks/stripe", raw=body, headers=bank.signed(body, **how))


def read(body):
    return StripePayments().read_webhook(body=body, headers=bank.signed(body))


def intent_said(payment, kind="payment_failed", **given):
    return bank.webhook(f"payment_intent.{kind}", StripeDouble.intents[payment.provider_ref], **given)


def test_a_decline_reaches_the_shop_in_the_banks_words(payment):
    bank.decline(payment.provider_ref, message="Your card was declined.")

    answer = say(intent_said(payment))

    payment.refresh_from_db()
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert (payment.state, payment.failure) == (PaymentState.FAILED, "Your card was declined.")


def paid_and_sent_back(payment):
    """Return the refund of a payment whose money went back, as Stripe has it."""
    bank.authorise(payment.provider_ref)
    refresh_payment(payment_ref=payment.ref)
    order = Order.objects.get()
    plan = preview_refund(order_ref=order.ref, selection=WHOLE)
    refund(order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:mira", reason="chip")
    return StripeDouble.refunds[-1]


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("failed", "expired_or_canceled_card", "The card has expired or was cancelled."),
        ("failed", "unknown", "The bank gave the money back."),
        ("canceled", None, "The bank gave the money back."),
    ],
)
def test_a_refund_that_failed_is_heard_once_however_often_it_is_told(payment, status, reason, words):
    sent = paid_and_sent_back(payment)
    failed = bank.return_refund(sent["metadata"]["refund"], status=status, reason=reason)

    answers = [say(bank.webhook(kind, failed)).status_code for kind in ("refund.updated", "refund.failed")]

    row = Refund.objects.get()
    assert (answers, row.state, row.failure) == ([200, 200], "failed", words)
    assert InboundEvent.objects.filter(event_id=f"{sent['id']}:refund_failed").count() == 1
    assert LedgerTransaction.objects.filter(kind="refund_failed").count() == 1
    assert [problem for check in ledger_checks(reports=cash_reports()) for problem in check.problems] == []


def test_a_refund_of_the_dashboard_and_one_on_its_way_are_none_of_the_shops_business(payment):
    sent = paid_and_sent_back(payment)
    strange = {**sent, "status": "failed", "failure_reason": "declined", "metadata": {}}

    answers = [read(bank.webhook("refund.failed", strange)), read(bank.webhook("refund.updated", sent))]

    assert answers == [None, None]
    assert Refund.objects.get().state == "sent"


def test_a_refund_that_fails_at_once_is_not_asked_for_again_under_the_same_key(payment):
    bank.authorise(payment.provider_ref)
    refresh_payment(payment_ref=payment.ref)
    order = Order.objects.get()
    StripeDouble.fails_refunds = 1
    plan = preview_refund(order_ref=order.ref, selection=WHOLE)
    refund(order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:mira", reason="chip")

    row = Refund.objects.get()
    assert (row.state, row.failure) == ("failed", "The bank declined it.")
    again = send_again(refund_id=row.pk)

    assert (again.state, [one["metadata"]["refund"] for one in StripeDouble.refunds]) == (
        "sent",
        [row.key, f"{row.key}~2"],
    )
    assert [problem for check in ledger_checks(reports=cash_reports()) for problem in check.problems] == []


def test_a_replay_counts_once(payment):
    bank.decline(payment.provider_ref)
    body = intent_said(payment, event_id="evt_once")

    answers = [say(body).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert InboundEvent.objects.filter(provider="stripe", event_id="evt_once").count() == 1


def test_each_secret_of_ours_is_believed_while_it_is_rotated(payment, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", bank.SECRET]
    bank.decline(payment.provider_ref)

    answers = [say(intent_said(payment), secret=secret).status_code for secret in (bank.SECRET, "whsec_new")]

    assert answers == [200, 200]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Stripe-Signature": ""},
        {"Stripe-Signature": "t=1,v1=00"},
        {"Stripe-Signature": "v1=00"},
        {"Stripe-Signature": f"t={'9' * 5000},v1=00"},
        {"Stripe-Signature": "t=1,v1=\xe9"},
        {"Stripe-Signature": "t=1,v0=00"},
    ],
)
def test_what_stripe_did_not_sign_is_not_believed(payment, headers):
    bank.decline(payment.provider_ref)

    answer = knock("POST", "webhooks/stripe", raw=intent_said(payment), headers=headers)

    payment.refresh_from_db()
    assert refusal(answer) == (422, "bad_signature")
    assert (payment.state, InboundEvent.objects.count()) == (PaymentState.STARTED, 0)


@pytest.mark.parametrize("how", [{"secret": "whsec_another"}, {"at": time.time() - 301}])
def test_a_wrong_or_old_signature_is_not_believed(payment, how):
    bank.decline(payment.provider_ref)

    answer = say(intent_said(payment), **how)

    payment.refresh_from_db()
    assert refusal(answer) == (422, "bad_signature")
    assert payment.state == PaymentState.STARTED


def test_a_body_that_was_changed_on_its_way_is_not_believed(payment):
    bank.decline(payment.provider_ref)
    body = intent_said(payment)

    answer = knock("POST", "webhooks/stripe", raw=body + b" ", headers=bank.signed(body))

    assert refusal(answer) == (422, "bad_signature")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type":1}', b"[" * 30000, b'{"type":"x","data":[]}'])
def test_a_signed_riddle_is_refused(body):
    assert refusal(say(body)) == (422, "unreadable_webhook")


def test_an_old_message_is_a_reason_to_ask_and_not_the_answer(payment):
    bank.decline(payment.provider_ref)
    overtaken = intent_said(payment)
    bank.authorise(payment.provider_ref)

    event = read(overtaken)

    assert (event.outcome, event.card) == (Outcome.AUTHORISED, "print-lena")


@pytest.mark.parametrize(
    "kind", ["amount_capturable_updated", "canceled", "payment_failed", "requires_action", "succeeded"]
)
def test_every_message_about_an_intent_is_heard(payment, kind):
    bank.ask_for_more(payment.provider_ref)

    event = read(intent_said(payment, kind, event_id="evt_7"))

    assert (event.event_id, event.outcome) == ("evt_7", Outcome.ACTION_NEEDED)


def test_a_stripe_that_is_silent_is_heard_again_later(payment):
    bank.decline(payment.provider_ref)
    body = intent_said(payment, event_id="evt_7")
    StripeDouble.fails.append(503)

    first, second = say(body), say(body)

    payment.refresh_from_db()
    assert refusal(first) == (503, "stripe_away")
    assert (second.status_code, payment.state) == (200, PaymentState.FAILED)


def test_a_refund_is_told_with_what_went_back(payment):
    bank.authorise(payment.provider_ref)
    StripePayments().capture(payment=payment, key="capture:1")
    charge = next(iter(StripeDouble.charges.values())) | {"amount_refunded": 1000}

    event = read(bank.webhook("charge.refunded", charge))

    assert (event.outcome, event.amount_minor, event.currency) == (Outcome.REFUNDED, 1000, "EUR")


def test_a_reservation_that_is_let_go_is_no_refund(payment):
    bank.authorise(payment.provider_ref)
    StripePayments().void(payment=payment, key="void:1")
    (charge,) = StripeDouble.charges.values()

    assert charge["refunded"] is True
    assert read(bank.webhook("charge.refunded", charge)) is None


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        ("created", "needs_response", Outcome.DISPUTED),
        ("funds_withdrawn", "needs_response", Outcome.DISPUTED),
        ("closed", "won", Outcome.DISPUTE_WON),
        ("closed", "lost", Outcome.DISPUTE_LOST),
    ],
)
def test_a_dispute_is_told_once_for_each_of_its_facts(payment, kind, status, outcome):
    event = read(bank.webhook(f"charge.dispute.{kind}", bank.dispute(payment.provider_ref, status=status)))

    assert (event.outcome, event.event_id) == (outcome, f"du_1:{outcome}")
    assert (event.amount_minor, event.reason) == (3914, "product not received")


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_closed"])
def test_an_inquiry_moves_no_money(payment, status):
    assert read(bank.webhook("charge.dispute.created", bank.dispute(payment.provider_ref, status=status))) is None


def test_what_is_about_no_payment_of_ours_is_received_and_changes_nothing(payment):
    others = {"id": "pi_of_another_shop", "object": "payment_intent"}
    bodies = [
        bank.webhook("payment_intent.succeeded", others),
        bank.webhook("customer.created", {"id": "cus_1"}),
        bank.webhook("charge.refunded", {"captured": True, "payment_intent": None}),
        bank.webhook("payment_intent.succeeded", shown(StripeDouble.intents[payment.provider_ref]), livemode=True),
    ]

    answers = [say(body).status_code for body in bodies]

    payment.refresh_from_db()
    assert answers == [200] * 4
    assert (payment.state, InboundEvent.objects.count()) == (PaymentState.STARTED, 0)


def test_an_account_is_noted_by_its_newest_word(payment):
    creator = payment.hold.drop_sku.drop.creator
    now = database_now()
    StripeAccount.objects.create(creator=creator, account_id="acct_mira", created_at=now, told_at=now)
    later = int(now.timestamp()) + 60
    done = {"id": "acct_mira", "payouts_enabled": True, "capabilities": {"transfers": "active"}}

    say(bank.webhook("account.updated", done, created=later))
    say(bank.webhook("account.updated", {"id": "acct_mira"}, created=later - 120))

    account = StripeAccount.objects.get()
    assert (account.is_payout_enabled, account.is_transfer_enabled, account.missing) == (True, True, 0)


def test_no_transaction_is_open_while_stripe_is_asked(payment, monkeypatch):
    bank.decline(payment.provider_ref)
    open_ones = []
    ask = StripeDouble.request

    def watch(self, *given, **named):
        open_ones.append(connection.in_atomic_block)
        return ask(self, *given, **named)

    monkeypatch.setattr(StripeDouble, "request", watch)
    say(intent_said(payment))

    assert open_ones == [False]
