import logging
import smtplib
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from creatorshop.insights.models import ProofAlert
from creatorshop.insights.proof import whole_proofs_of
from creatorshop.insights.tasks import prove_stock
from drops.ledger.models import Account, Entry, LedgerTransaction
from drops.stock.models import Hold, HoldState, Token
from fulfillment.models import ParcelUnit
from tests.clock import advance
from tests.factories import NOON
from tests.insights.makers import make_mugs_everywhere

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside_world")]

HOUR = timedelta(hours=1)


@pytest.fixture
def drop_sku():
    return make_mugs_everywhere()


def lose_a_parcel():
    """Take a unit out of its parcel behind the shop's back, and return what puts it back."""
    unit = ParcelUnit.objects.get()
    ParcelUnit.objects.filter(pk=unit.pk).delete()
    return lambda: ParcelUnit.objects.bulk_create([unit])


def lose_a_token():
    Token.objects.filter(status="free").delete()


def errors(caplog):
    return [record for record in caplog.records if record.levelno == logging.ERROR]


def test_stock_that_adds_up_raises_no_alert(drop_sku, caplog, settings, mailoutbox):
    settings.PROOF_ALERT_EMAIL = ["operator@shop.example"]

    prove_stock()

    assert (ProofAlert.objects.count(), errors(caplog), mailoutbox) == (0, [], [])


@pytest.mark.parametrize(
    ("tamper", "code", "problem"),
    [
        (lose_a_parcel, "delivered", "2 units in orders, but 0 in parcels and 1 in pickups"),
        (lose_a_token, "planned", "4 units planned, but 3 tokens"),
        (
            lambda: Hold.objects.filter(state=HoldState.CONFIRMED).update(state=HoldState.RELEASED),
            "fence",
            "2 sold, but 0 under the fence of a confirmed hold",
        ),
    ],
)
def test_the_first_line_that_does_not_add_up_is_an_alert_and_an_error(drop_sku, caplog, tamper, code, problem):
    tamper()

    prove_stock()

    alert = ProofAlert.objects.get(code=code)
    assert (alert.drop, alert.subject, alert.problem) == (drop_sku.drop, drop_sku.sku.code, problem)
    assert (alert.first_seen_at, alert.last_seen_at, alert.resolved_at) == (NOON, NOON, None)
    record = next(record for record in errors(caplog) if problem in record.getMessage())
    assert record.msg == "Does not add up in drop %s: %s, %s"
    assert record.args == (drop_sku.drop.ref, drop_sku.sku.code, problem)


def test_the_same_problem_an_hour_later_is_the_same_alert_with_its_new_numbers(drop_sku, caplog):
    lose_a_token()
    prove_stock()
    Token.objects.filter(status="held").update(status="void", hold=None, free_at="9000-01-01T00:00:00Z")
    later = advance(HOUR)

    prove_stock()

    alert = ProofAlert.objects.get(code="planned")
    assert alert.problem == "4 units planned, but 2 tokens"
    assert (alert.first_seen_at, alert.last_seen_at) == (NOON, later)
    assert len([record for record in errors(caplog) if "planned" in record.getMessage()]) == 1


def test_an_alert_is_resolved_when_the_line_adds_up_and_a_relapse_is_a_new_one(drop_sku):
    put_back = lose_a_parcel()
    prove_stock()
    put_back()
    mended_at = advance(HOUR)

    prove_stock()

    assert ProofAlert.objects.get().resolved_at == mended_at
    assert not ProofAlert.objects.open().exists()

    lose_a_parcel()
    prove_stock()
    assert (ProofAlert.objects.count(), ProofAlert.objects.open().count()) == (2, 1)


def test_a_ledger_transaction_that_does_not_sum_to_zero_is_an_alert_without_a_drop(drop_sku, caplog):
    # The database refuses such a transaction at its commit, which this test never reaches.
    booked = LedgerTransaction.objects.create(cause="tampered", kind="sale", currency="EUR", posted_at=NOON)
    Entry.objects.create(transaction=booked, account=Account.CLEARING, amount_minor=100)

    prove_stock()

    alert = ProofAlert.objects.get()
    assert (alert.drop, alert.subject, alert.code) == (None, "tampered", "ledger")
    assert errors(caplog)[0].args == ("(ledger)", "tampered", "the transaction does not sum to zero")

    Entry.objects.create(transaction=booked, account=Account.CLEARING, amount_minor=-100)
    prove_stock()
    assert ProofAlert.objects.get().resolved_at == NOON


def test_the_database_keeps_one_open_row_for_one_problem_also_of_the_ledger(drop_sku):
    facts = {
        "subject": "x", "code": "ledger", "problem": "off", "first_seen_at": NOON, "last_seen_at": NOON,
    }  # fmt: skip
    ProofAlert.objects.create(**facts)

    with pytest.raises(IntegrityError, match="proof_alert_open_once"), transaction.atomic():
        ProofAlert.objects.create(**facts)


def test_a_mail_goes_out_once_for_each_new_alert(drop_sku, settings, mailoutbox):
    settings.PROOF_ALERT_EMAIL = ["operator@shop.example"]
    lose_a_parcel()
    prove_stock()
    prove_stock()

    [mail] = mailoutbox
    assert mail.to == ["operator@shop.example"]
    assert mail.subject == "Stock alert: 1 sum not adding up"
    assert (
        f"{drop_sku.drop.ref}, {drop_sku.sku.code}: 2 units in orders, but 0 in parcels and 1 in pickups" in mail.body
    )

    lose_a_token()
    prove_stock()
    assert [line for line in mailoutbox[1].body.splitlines() if "planned" in line] == [
        f"{drop_sku.drop.ref}, {drop_sku.sku.code}: 4 units planned, but 3 tokens"
    ]
    assert "parcels" not in mailoutbox[1].body


def test_without_an_address_nobody_is_mailed_until_there_is_one(drop_sku, settings, mailoutbox):
    lose_a_parcel()
    prove_stock()
    assert (mailoutbox, ProofAlert.objects.get().mailed_at) == ([], None)

    settings.PROOF_ALERT_EMAIL = ["operator@shop.example"]
    prove_stock()
    assert len(mailoutbox) == 1


def test_a_mail_that_does_not_leave_is_tried_again(drop_sku, settings, mailoutbox, monkeypatch):
    settings.PROOF_ALERT_EMAIL = ["operator@shop.example"]
    lose_a_parcel()
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", _refuse)
        prove_stock()
    assert ProofAlert.objects.get().mailed_at is None

    prove_stock()

    assert len(mailoutbox) == 1
    assert ProofAlert.objects.get().mailed_at == NOON


def test_the_whole_proof_asks_as_often_for_many_drops_as_for_one(drop_sku, django_assert_num_queries):
    drops = [drop_sku.drop, make_mugs_everywhere().drop]

    for asked in (drops[:1], drops):
        with django_assert_num_queries(11):
            assert list(whole_proofs_of(drops=asked)) == [drop.pk for drop in asked]


def _refuse(message, fail_silently=False):
    raise smtplib.SMTPServerDisconnected("gone")
