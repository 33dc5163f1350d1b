"""
A partner is paid what both have accepted, not before, and never otherwise for orders that were there first.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from drops.ledger.agreement_models import Acceptance, AgreementState, PartnerAgreement
from drops.ledger.answers import AgreementClosed, AgreementNotFound, NoPartInAgreement
from drops.ledger.models import Payee, PayeeKind
from drops.ledger.partner_agreements import (
    PartnerTermsUnfit,
    accept_terms,
    decline_terms,
    offer_terms,
    propose_terms,
    terms_in_effect,
    withdraw_terms,
)
from drops.ledger.payees import payee_of
from tests.factories import NOON, make_creator

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def mira():
    return make_creator(name="Mira")


@pytest.fixture
def cafe():
    return Payee.objects.create(kind=PayeeKind.PARTNER, name="Café", currency="EUR")


def offer(mira, cafe, fixed_minor=100, bp=0, **given):
    facts = {"valid_from": NOON, "now": NOON, "actor": "office:mira"} | given
    return offer_terms(creator=mira, partner=cafe, fixed_minor=fixed_minor, bp=bp, **facts)


def accepted(agreement, payee, now=NOON):
    accept_terms(agreement_id=agreement.pk, payee=payee, actor=f"office:{payee.name}", now=now)
    agreement.refresh_from_db()
    return agreement


def in_effect(mira, cafe, at=NOON):
    found = terms_in_effect(creator=mira, partner=cafe, at=at)
    return (found.version, found.fixed_minor, found.bp) if found else None


def test_an_offer_counts_only_once_the_partner_has_accepted_it(mira, cafe):
    offered = offer(mira, cafe, fixed_minor=120, bp=250)
    assert in_effect(mira, cafe) is None
    assert list(offered.acceptances.values_list("payee__name", "accepted_by")) == [("Mira", "office:mira")]

    accepted(offered, cafe)

    assert in_effect(mira, cafe) == (1, 120, 250)
    assert (offered.state, offered.closed_by, offered.effective_at) == (AgreementState.ACCEPTED, "office:Café", NOON)


def test_what_the_operator_proposes_waits_for_both(mira, cafe):
    terms = propose_terms(
        creator=mira, partner=cafe, fixed_minor=50, bp=0, valid_from=NOON, actor="office:root", now=NOON
    )

    accepted(terms, cafe)
    assert (terms.state, in_effect(mira, cafe)) == (AgreementState.PROPOSED, None)

    accepted(terms, payee_of(creator=mira))
    assert in_effect(mira, cafe) == (1, 50, 0)


def test_the_former_terms_go_on_until_the_next_are_accepted_and_begun(mira, cafe):
    first = accepted(offer(mira, cafe), cafe)

    second = offer(mira, cafe, fixed_minor=200, valid_from=NOON + 2 * DAY)
    assert (second.ref, second.version, in_effect(mira, cafe)) == (first.ref, 2, (1, 100, 0))

    accepted(second, cafe, now=NOON + DAY)
    assert in_effect(mira, cafe, NOON + DAY) == (1, 100, 0)
    assert in_effect(mira, cafe, NOON + 2 * DAY) == (2, 200, 0)


def test_a_new_offer_withdraws_the_one_that_still_waits(mira, cafe):
    first = offer(mira, cafe)

    offer(mira, cafe, fixed_minor=200)

    first.refresh_from_db()
    assert first.state == AgreementState.WITHDRAWN
    with pytest.raises(AgreementClosed):
        accepted(first, cafe)
    assert in_effect(mira, cafe) is None


def test_the_partners_no_leaves_the_former_terms(mira, cafe):
    accepted(offer(mira, cafe), cafe)
    second = offer(mira, cafe, fixed_minor=10)

    decline_terms(agreement_id=second.pk, payee=cafe, actor="office:cafe", now=NOON)

    second.refresh_from_db()
    assert (second.state, in_effect(mira, cafe)) == (AgreementState.DECLINED, (1, 100, 0))


def test_each_creator_agrees_with_a_partner_for_itself(mira, cafe):
    ana = make_creator(name="Ana")
    accepted(offer(mira, cafe), cafe)
    accepted(offer(ana, cafe, fixed_minor=300), cafe)

    assert (in_effect(mira, cafe), in_effect(ana, cafe)) == ((1, 100, 0), (1, 300, 0))


def test_nobody_else_answers_and_what_is_over_waits_for_no_answer(mira, cafe):
    offered = offer(mira, cafe)
    stranger = payee_of(creator=make_creator(name="Stranger"))
    with pytest.raises(NoPartInAgreement):
        accepted(offered, stranger)

    withdraw_terms(agreement_id=offered.pk, actor="office:mira", now=NOON)

    with pytest.raises(AgreementClosed):
        accepted(offered, cafe)
    with pytest.raises(AgreementNotFound):
        withdraw_terms(agreement_id=offered.pk + 1, actor="office:mira", now=NOON)
    assert Acceptance.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "given", "sentence"),
    [
        ("mira", {}, "Mira is no partner."),
        ("dollar", {}, "Diner is paid in USD, and Mira sells in EUR."),
        ("cafe", {"bp": 10_001}, "The part of the goods has to be between 0 and 100 %."),
        ("cafe", {"bp": -1}, "The part of the goods has to be between 0 and 100 %."),
        ("cafe", {"fixed_minor": 100_001}, "The amount for a unit is too large."),
    ],
)
def test_terms_that_cannot_be_are_refused(mira, cafe, who, given, sentence):
    diner = Payee.objects.create(kind=PayeeKind.PARTNER, name="Diner", currency="USD")
    cast = {"mira": payee_of(creator=mira), "dollar": diner, "cafe": cafe}

    with pytest.raises(PartnerTermsUnfit) as refused:
        offer(mira, cast[who], **given)

    assert refused.value.message == sentence
    assert PartnerAgreement.objects.count() == 0


# What the database refuses by itself ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda: PartnerAgreement.objects.update(fixed_minor=1),
        lambda: PartnerAgreement.objects.update(bp=1),
        lambda: PartnerAgreement.objects.update(valid_from=NOON + DAY),
        lambda: PartnerAgreement.objects.all().delete(),
        lambda: Acceptance.objects.update(accepted_by="somebody"),
    ],
)
def test_what_was_offered_stays_as_it_was(mira, cafe, change):
    offer(mira, cafe)

    with pytest.raises(IntegrityError, match=r"append-only|violates foreign key|protected"), transaction.atomic():
        change()

    row = PartnerAgreement.objects.get()
    assert (row.fixed_minor, row.bp, row.valid_from, row.state) == (100, 0, NOON, AgreementState.PROPOSED)
    assert Acceptance.objects.get().accepted_by == "office:mira"


def test_the_database_takes_no_terms_for_accepted_that_the_partner_has_not_accepted(mira, cafe):
    offered = offer(mira, cafe)

    with pytest.raises(IntegrityError, match="not everybody has accepted"), transaction.atomic():
        PartnerAgreement.objects.update(state="accepted", effective_at=NOON)
    with pytest.raises(IntegrityError, match="cannot accept agreement"), transaction.atomic():
        stranger = payee_of(creator=make_creator())
        Acceptance.objects.create(partner_agreement=offered, payee=stranger, accepted_by="x", accepted_at=NOON)
    with pytest.raises(IntegrityError, match="is not proposed to a partner"), transaction.atomic():
        PartnerAgreement.objects.create(
            version=1, creator=mira, partner=payee_of(creator=mira), valid_from=NOON, proposed_by="x", proposed_at=NOON
        )

    offered.refresh_from_db()
    assert offered.state == AgreementState.PROPOSED
