"""Two answers, two proposals, or an answer and a withdrawal at once: one history comes of it, without gaps."""

import threading
from contextlib import ExitStack, suppress
from types import SimpleNamespace

import pytest
from django.db import IntegrityError

from drops.ledger import answers, partner_agreements
from drops.ledger.agreement_models import Acceptance, AgreementState, PartnerAgreement
from drops.ledger.answers import AgreementClosed
from drops.ledger.models import Payee, PayeeKind
from drops.ledger.partner_agreements import accept_terms, offer_terms, propose_terms, withdraw_terms
from drops.ledger.payees import payee_of
from tests.factories import NOON, make_creator
from tests.races.crowd import at_once, rival_after, swapped

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mira():
    creator = make_creator(name="Mira")
    payee_of(creator=creator)
    creator.refresh_from_db()
    return creator


@pytest.fixture
def cafe():
    return Payee.objects.create(kind=PayeeKind.PARTNER, name="Café", currency="EUR")


def propose(mira, cafe, service=propose_terms):
    return service(creator=mira, partner=cafe, fixed_minor=100, bp=0, valid_from=NOON, actor="office:root", now=NOON)


def accept(agreement, payee):
    return accept_terms(agreement_id=agreement.pk, payee=payee, actor="office:x", now=NOON)


def unlocked(*, model, agreement_id):
    return model.objects.get(pk=agreement_id)


def meeting(guarded):
    """Look who is missing, and wait until the other has looked too, or for a second if it may not."""
    both = threading.Barrier(2)

    def look_and_wait(*, agreement):
        is_somebody_missing = guarded(agreement=agreement).exists()
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=1)
        return SimpleNamespace(exists=lambda: is_somebody_missing)

    return look_and_wait


def both_accept_at_once(mira, cafe, *, are_locked=True):
    agreement = propose(mira, cafe)
    with ExitStack() as stack:
        if not are_locked:
            stack.enter_context(swapped(answers, "locked", unlocked))
        stack.enter_context(swapped(answers, "unanswered_by", meeting(answers.unanswered_by)))
        at_once(lambda: accept(agreement, mira.payee), lambda: accept(agreement, cafe))
    agreement.refresh_from_db()
    assert Acceptance.objects.count() == 2
    return agreement


def test_two_who_accept_at_once_bring_the_terms_into_effect(mira, cafe):
    agreement = both_accept_at_once(mira, cafe)

    assert (agreement.state, agreement.effective_at) == (AgreementState.ACCEPTED, NOON)


def test_control_without_the_lock_terms_that_both_accepted_wait_for_ever(mira, cafe):
    agreement = both_accept_at_once(mira, cafe, are_locked=False)

    assert (agreement.state, agreement.effective_at) == (AgreementState.PROPOSED, None)


def test_two_who_propose_at_once_make_two_versions_of_which_the_last_waits(mira, cafe):
    made = at_once(*[lambda: propose(mira, cafe)] * 4)

    assert sorted(one.version for one in made) == [1, 2, 3, 4]
    rows = PartnerAgreement.objects.order_by("version")
    assert [row.state for row in rows] == [AgreementState.WITHDRAWN] * 3 + [AgreementState.PROPOSED]
    assert len({row.ref for row in rows}) == 1


def test_control_without_waiting_for_the_shop_the_database_stops_a_second_first_version(mira, cafe):
    with (
        swapped(partner_agreements, "_one_at_a_time", lambda creator: None),
        rival_after(partner_agreements, "_next_of", lambda: propose(mira, cafe)),
        pytest.raises(IntegrityError, match="partner_agreement_"),
    ):
        propose(mira, cafe)

    assert PartnerAgreement.objects.count() == 1


def accept_while_it_is_withdrawn(mira, cafe, *, is_locked=True):
    """Withdraw an offer when the partner's answer has looked that it still waits."""
    agreement = propose(mira, cafe, offer_terms)
    with ExitStack() as stack:
        if not is_locked:
            stack.enter_context(swapped(answers, "locked", unlocked))
        rivals = stack.enter_context(
            rival_after(
                answers,
                "_refuse_closed",
                lambda: withdraw_terms(agreement_id=agreement.pk, actor="office:mira", now=NOON),
            )
        )
        accept(agreement, cafe)
    agreement.refresh_from_db()
    return agreement, rivals


def test_an_offer_is_accepted_or_withdrawn_and_never_both(mira, cafe):
    agreement, [withdrawn] = accept_while_it_is_withdrawn(mira, cafe)

    assert agreement.state == AgreementState.ACCEPTED
    assert isinstance(withdrawn, AgreementClosed)


def test_control_without_the_lock_the_database_alone_stops_an_answer_to_what_was_withdrawn(mira, cafe):
    with pytest.raises(IntegrityError, match="cannot accept agreement"):
        accept_while_it_is_withdrawn(mira, cafe, is_locked=False)

    assert PartnerAgreement.objects.get().state == AgreementState.WITHDRAWN
    assert Acceptance.objects.count() == 1
