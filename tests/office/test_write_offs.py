"""The operator alone gives up a debt, from the payee's page; the payee's people read what was given up and why."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from drops.ledger.payees import payee_of
from drops.payouts.models import WriteOff
from tests.drops.payouts.makers import lend, owe, standing
from tests.office.people import client_of, make_person
from tests.office.test_board import said

pytestmark = pytest.mark.django_db

GIVE_UP, PAYOUTS = reverse("admin:office_give_up_debt"), reverse("admin:drops_payout_changelist")
GIVEN_UP = reverse("admin:drops_writeoff_changelist")


@pytest.fixture
def debtor(shop):
    payee = payee_of(creator=shop.creator)
    lend(payee, 1)
    owe(payee, 500)
    return payee


def page(client, payee):
    return client.get(PAYOUTS, {"payee": payee.pk})


def press(client, payee, **given):
    form = {"payee": payee.pk, "amount_minor": "500", "key": "form 1", "reason": "She closed her shop."}
    return client.post(GIVE_UP, form | given, follow=True)


def test_the_operator_gives_up_the_debt_that_the_page_shows(superuser, debtor):
    form = page(superuser, debtor).context["write_off"]
    assert form["amount"] == "€5.00"

    answer = press(superuser, debtor, amount_minor=form["amount_minor"], key=form["key"])

    assert said(answer) == [f"€5.00 that {debtor.name} owed are given up. The platform bears them."]
    assert (answer.context["write_off"], standing(debtor)) == (None, {"payable": 1})
    assert WriteOff.objects.get().created_by == f"office:{answer.context['user']}"


def test_the_page_reads_the_debt_once_for_the_figure_and_the_form(superuser, debtor):
    with CaptureQueriesContext(connection) as asked:
        answer = page(superuser, debtor)

    assert answer.context["write_off"]["amount_minor"] == 500
    assert len([each for each in asked if "'receivable'" in each["sql"] and "balance" in each["sql"]]) == 1


def test_a_form_without_a_reason_or_with_another_amount_gives_up_nothing(superuser, debtor):
    assert said(press(superuser, debtor, reason=" ")) == ["Please say why; the reason is kept."]
    assert "owes €5.00 by now" in said(press(superuser, debtor, amount_minor="4"))[0]
    assert "owes €5.00 by now" in said(press(superuser, debtor, amount_minor="all"))[0]

    assert (WriteOff.objects.count(), standing(debtor)) == (0, {"payable": 1, "receivable": -500})


def test_an_owner_sees_no_such_form_and_is_refused_without_one(owner, debtor):
    assert page(owner, debtor).context["write_off"] is None
    assert press(owner, debtor).status_code == 403
    assert (WriteOff.objects.count(), standing(debtor)) == (0, {"payable": 1, "receivable": -500})


@pytest.mark.parametrize("payee", ["", "x", "99999"])
def test_a_payee_who_is_not_there_is_not_found(superuser, debtor, payee):
    assert superuser.post(GIVE_UP, {"payee": payee, "reason": "x"}).status_code == 404
    assert superuser.get(GIVE_UP).status_code == 405


def test_the_payees_people_read_what_was_given_up_and_others_do_not(superuser, owner, debtor):
    press(superuser, debtor)
    stranger = client_of(make_person("stranger"))

    assert b"She closed her shop." in owner.get(GIVEN_UP).content
    assert b"She closed her shop." not in stranger.get(GIVEN_UP).content
