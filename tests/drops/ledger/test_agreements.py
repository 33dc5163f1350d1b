"""
An agreement counts when everybody has accepted it, not before, and never for orders that were there first.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from drops.ledger.agreement_models import Acceptance, AgreementLine, AgreementState, SplitAgreement
from drops.ledger.agreements import (
    DropOfSomebodyElse,
    PayeesUnfit,
    ProposedLine,
    SharesNotWhole,
    accept_agreement,
    agreement_for,
    decline_agreement,
    is_in_effect,
    propose_agreement,
    unanswered,
    withdraw_agreement,
)
from drops.ledger.answers import AgreementClosed, AgreementNotFound, NoPartInAgreement
from drops.ledger.payees import payee_of
from tests.factories import NOON, make_capsule, make_creator, make_drop

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def mira():
    return make_creator(name="Mira")


@pytest.fixture
def ana():
    return make_creator(name="Ana")


@pytest.fixture
def drop(mira):
    return make_drop(capsule=make_capsule(creator=mira))


def propose(mira, ana, drop=None, mine=6000, **given):
    facts = {"valid_from": NOON, "now": NOON, "actor": "office:mira"} | given
    return propose_agreement(
        creator=mira, drop=drop, lines=[ProposedLine(mira, mine), ProposedLine(ana, 10_000 - mine)], **facts
    )


def accept(agreement, *creators, now=NOON):
    for creator in creators:
        accept_agreement(
            agreement_id=agreement.pk, payee=payee_of(creator=creator), actor=f"office:{creator.name}", now=now
        )
    agreement.refresh_from_db()
    return agreement


def shares(creator, drop, at=NOON):
    terms = agreement_for(creator=creator, drop=drop, at=at)
    return terms.version, [(line.name, line.share_bp) for line in terms.lines]


def test_a_proposal_counts_only_once_every_payee_has_accepted(mira, ana, drop, django_assert_num_queries):
    agreement = propose(mira, ana)
    assert shares(mira, drop) == (0, [("Mira", 10_000)])

    accept(agreement, mira)
    assert shares(mira, drop) == (0, [("Mira", 10_000)])
    assert [line.payee.name for line in unanswered(agreement=agreement)] == ["Ana"]

    accept(agreement, ana)
    with django_assert_num_queries(1):
        assert shares(mira, drop) == (1, [("Mira", 6000), ("Ana", 4000)])
    assert (agreement.state, agreement.effective_at) == (AgreementState.ACCEPTED, NOON)
    assert list(Acceptance.objects.order_by("pk").values_list("payee__name", "accepted_by", "accepted_at")) == [
        ("Mira", "office:Mira", NOON),
        ("Ana", "office:Ana", NOON),
    ]


def test_an_agreement_names_the_platforms_fee_of_the_day_it_was_proposed(mira, ana, drop):
    accept(propose(mira, ana), mira, ana)
    mira.service_fee_bp, mira.service_fee_fixed_minor = 900, 50
    mira.save(update_fields=["service_fee_bp", "service_fee_fixed_minor"])

    terms = agreement_for(creator=mira, drop=drop, at=NOON)

    assert (terms.platform_bp, terms.platform_fixed_minor) == (300, 0)


def test_an_accepted_agreement_waits_for_its_first_day(mira, ana, drop):
    agreement = accept(propose(mira, ana, valid_from=NOON + DAY), mira, ana)

    assert shares(mira, drop, NOON + DAY - timedelta(seconds=1))[0] == 0
    assert shares(mira, drop, NOON + DAY)[0] == 1
    assert not is_in_effect(agreement=agreement, at=NOON)
    assert is_in_effect(agreement=agreement, at=NOON + DAY)


def test_an_agreement_does_not_count_for_the_time_before_the_last_answer(mira, ana, drop):
    agreement = accept(propose(mira, ana, valid_from=NOON - DAY), mira)

    accept(agreement, ana, now=NOON + DAY)

    assert shares(mira, drop, NOON)[0] == 0
    assert shares(mira, drop, NOON + DAY)[0] == 1


def test_the_former_version_goes_on_until_the_next_is_accepted(mira, ana, drop):
    first = accept(propose(mira, ana), mira, ana)

    second = accept(propose(mira, ana, mine=5000), mira)
    assert shares(mira, drop) == (1, [("Mira", 6000), ("Ana", 4000)])
    assert (second.ref, second.version) == (first.ref, 2)

    accept(second, ana, now=NOON + DAY)
    assert shares(mira, drop, NOON) == (1, [("Mira", 6000), ("Ana", 4000)])
    assert shares(mira, drop, NOON + DAY) == (2, [("Mira", 5000), ("Ana", 5000)])
    assert not is_in_effect(agreement=first, at=NOON + DAY)


def test_a_drops_own_agreement_comes_before_the_shops(mira, ana, drop):
    other = make_drop(capsule=make_capsule(creator=mira))
    accept(propose(mira, ana, mine=9000), mira, ana)
    accept(propose(mira, ana, drop=drop, mine=2000), mira, ana)

    assert shares(mira, drop) == (1, [("Mira", 2000), ("Ana", 8000)])
    assert shares(mira, other) == (1, [("Mira", 9000), ("Ana", 1000)])
    assert shares(ana, make_drop(capsule=make_capsule(creator=ana))) == (0, [("Ana", 10_000)])


def test_a_new_proposal_withdraws_the_one_that_still_waits(mira, ana):
    first = propose(mira, ana)

    second = propose(mira, ana, mine=5000)

    first.refresh_from_db()
    assert (first.state, second.state, second.version) == (AgreementState.WITHDRAWN, AgreementState.PROPOSED, 2)
    with pytest.raises(AgreementClosed):
        accept(first, ana)
    assert Acceptance.objects.count() == 0


def test_one_no_ends_a_proposal_and_the_former_version_goes_on(mira, ana, drop):
    accept(propose(mira, ana), mira, ana)
    second = accept(propose(mira, ana, mine=5000), mira)

    decline_agreement(agreement_id=second.pk, payee=payee_of(creator=ana), actor="office:ana", now=NOON)

    second.refresh_from_db()
    assert (second.state, second.closed_by) == (AgreementState.DECLINED, "office:ana")
    assert shares(mira, drop)[0] == 1


def test_accepting_twice_is_accepting_once(mira, ana):
    agreement = propose(mira, ana)

    accept(agreement, mira, mira)
    accept(agreement, ana, ana)

    assert Acceptance.objects.count() == 2


def test_who_has_no_part_has_no_say(mira, ana):
    agreement = propose(mira, ana)
    stranger = payee_of(creator=make_creator(name="Stranger"))

    for answer in (accept_agreement, decline_agreement):
        with pytest.raises(NoPartInAgreement):
            answer(agreement_id=agreement.pk, payee=stranger, actor="office:x", now=NOON)

    agreement.refresh_from_db()
    assert (agreement.state, Acceptance.objects.count()) == (AgreementState.PROPOSED, 0)


def test_what_everybody_accepted_is_neither_declined_nor_withdrawn(mira, ana):
    agreement = accept(propose(mira, ana), mira, ana)

    with pytest.raises(AgreementClosed):
        decline_agreement(agreement_id=agreement.pk, payee=payee_of(creator=ana), actor="office:ana", now=NOON)
    with pytest.raises(AgreementClosed):
        withdraw_agreement(agreement_id=agreement.pk, actor="office:mira", now=NOON)

    agreement.refresh_from_db()
    assert agreement.state == AgreementState.ACCEPTED


def test_an_agreement_that_is_not_there_is_not_found():
    with pytest.raises(AgreementNotFound):
        withdraw_agreement(agreement_id=1, actor="office:mira", now=NOON)


@pytest.mark.parametrize(
    ("parts", "refusal", "sentence"),
    [
        ([("mira", 6000), ("ana", 3999)], SharesNotWhole, "The shares sum to 99.99 %, not to 100 %."),
        ([("mira", 5000), ("mira", 5000)], PayeesUnfit, "Mira is named twice."),
        ([("mira", 10_000), ("ana", 0)], PayeesUnfit, "Ana has no share."),
        ([("mira", 5000), ("dollar", 5000)], PayeesUnfit, "Bo is paid in USD, and Mira sells in EUR."),
        ([], PayeesUnfit, "An agreement is between 1 and 12 creators."),
    ],
)
def test_shares_that_make_no_whole_are_refused(mira, ana, parts, refusal, sentence):
    cast = {"mira": mira, "ana": ana, "dollar": make_creator(name="Bo", currency="USD")}

    with pytest.raises(refusal) as refused:
        propose_agreement(
            creator=mira,
            drop=None,
            lines=[ProposedLine(cast[name], share) for name, share in parts],
            valid_from=NOON,
            actor="office:mira",
            now=NOON,
        )

    assert refused.value.message == sentence
    assert SplitAgreement.objects.count() == 0


def test_nobody_agrees_on_somebody_elses_drop(mira, ana, drop):
    with pytest.raises(DropOfSomebodyElse):
        propose(ana, mira, drop=drop)

    assert SplitAgreement.objects.count() == 0


# What the database refuses by itself ---------------------------------------------------------------------------------


def immediately():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_shares_that_do_not_sum_to_the_whole(mira, ana):
    agreement = propose(mira, ana)
    immediately()

    with pytest.raises(IntegrityError, match="sum to 10001 basis points"), transaction.atomic():
        extra = payee_of(creator=make_creator())
        AgreementLine.objects.create(agreement=agreement, position=9, payee=extra, share_bp=1)

    with pytest.raises(IntegrityError, match="sum to 0 basis points"), transaction.atomic():
        SplitAgreement.objects.create(
            version=1,
            creator=ana,
            platform_bp=300,
            valid_from=NOON,
            proposed_by="x",
            proposed_at=NOON,
        )


@pytest.mark.parametrize(
    "change",
    [
        lambda: SplitAgreement.objects.update(platform_bp=1),
        lambda: SplitAgreement.objects.update(valid_from=NOON + DAY),
        lambda: SplitAgreement.objects.all().delete(),
        lambda: AgreementLine.objects.update(share_bp=10_000),
        lambda: AgreementLine.objects.all().delete(),
        lambda: Acceptance.objects.update(accepted_by="somebody"),
        lambda: Acceptance.objects.all().delete(),
    ],
)
def test_what_was_proposed_and_accepted_stays_as_it_was(mira, ana, change):
    accept(propose(mira, ana), mira)

    with pytest.raises(IntegrityError, match=r"append-only|violates foreign key|protected"), transaction.atomic():
        change()

    assert list(AgreementLine.objects.order_by("pk").values_list("share_bp", flat=True)) == [6000, 4000]
    assert (SplitAgreement.objects.get().platform_bp, Acceptance.objects.get().accepted_by) == (300, "office:Mira")


def test_the_database_takes_no_agreement_for_accepted_that_somebody_has_not_accepted(mira, ana):
    agreement = accept(propose(mira, ana), mira)

    with pytest.raises(IntegrityError, match="not everybody has accepted"), transaction.atomic():
        SplitAgreement.objects.filter(pk=agreement.pk).update(state="accepted", effective_at=NOON)
    with pytest.raises(IntegrityError, match="cannot accept agreement"), transaction.atomic():
        stranger = payee_of(creator=make_creator())
        Acceptance.objects.create(agreement=agreement, payee=stranger, accepted_by="x", accepted_at=NOON)

    agreement.refresh_from_db()
    assert agreement.state == AgreementState.PROPOSED
