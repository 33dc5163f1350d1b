"""An agreement is proposed by whoever sells, answered by each creator for themselves, and hidden from everybody else."""

from datetime import timedelta

import pytest
from django.urls import reverse

from drops.catalog.creators import add_member
from drops.catalog.models import MemberRole
from drops.ledger.agreement_models import Acceptance, AgreementState, SplitAgreement
from drops.ledger.agreements import ProposedLine, propose_agreement
from drops.ledger.payees import payee_of
from tests.factories import NOON, make_creator
from tests.office.people import client_of, make_person
from tests.office.test_board import said

pytestmark = pytest.mark.django_db

LONG_AGO = NOON - timedelta(days=30)
LIST, ADD = reverse("admin:drops_splitagreement_changelist"), reverse("admin:drops_splitagreement_add")


@pytest.fixture
def ana(db):
    return make_creator(name="Ana", slug="ana-prints")


@pytest.fixture
def anas(ana):
    return client_of(make_person("ana", creator=ana))


@pytest.fixture
def agreement(shop, ana):
    lines = [ProposedLine(shop.creator, 6000), ProposedLine(ana, 4000)]
    return propose_agreement(
        creator=shop.creator, drop=None, lines=lines, valid_from=LONG_AGO, actor="office:owner", now=LONG_AGO
    )


def page(agreement):
    return reverse("admin:drops_splitagreement_change", args=[agreement.pk])


def answer(client, agreement, creator, word):
    address = reverse("admin:office_answer_agreement", args=[agreement.pk])
    return client.post(address, {"payee": payee_of(creator=creator).pk, "answer": word}, follow=True)


def form(shop, *rows, **given):
    typed = {"creator": shop.creator.pk, "drop": "", "valid_from": "", "note": "Our mugs"}
    for number, (slug, share) in enumerate(rows):
        typed |= {f"slug-{number}": slug, f"share-{number}": share}
    return typed | given


def test_an_owner_proposes_shares_for_a_drop_and_sees_who_has_not_answered(owner, shop, ana):
    typed = form(
        shop,
        (shop.creator.slug, "66,67"),
        ("https://shop.example/ana-prints/", "33.33 %"),
        drop=shop.draft.pk,
        valid_from="2026-12-01",
    )

    answered = owner.post(ADD, typed, follow=True)

    made = SplitAgreement.objects.get()
    assert said(answered) == [f"{made} is proposed. It counts once everybody has accepted it."]
    assert list(made.lines.order_by("position").values_list("payee__name", "share_bp")) == [
        ("Ours", 6667),
        ("Ana", 3333),
    ]
    assert (made.drop, made.note, made.proposed_by) == (shop.draft, "Our mugs", "office:owner")
    assert made.valid_from.isoformat() == "2026-12-01T00:00:00+00:00"
    assert "Not answered yet: Ours, Ana" in answered.content.decode()


@pytest.mark.parametrize(
    ("rows", "changed", "sentence"),
    [
        ([("ours", "60"), ("ana-prints", "39")], {}, "The shares sum to 99 %, not to 100 %."),
        ([("ours", "60"), ("nobody", "40")], {}, "No creator of this shop has the address 'nobody'."),
        ([("ours", "sixty"), ("ana-prints", "40")], {}, "'sixty' is no percentage like 33.34."),
        ([("ours", "NaN"), ("ana-prints", "40")], {}, "'NaN' is no percentage like 33.34."),
        ([("ours", "66.667")], {}, "66.667 % has to be between 0 and 100, with at most two decimals."),
        ([("ours", "100")], {"valid_from": "soon"}, "'soon' is no day like 2026-12-01."),
        ([("ours", "100")], {"drop": "theirs"}, "There is no such drop in this shop."),
    ],
)
def test_what_makes_no_agreement_is_said_and_kept_in_the_form(owner, shop, strangers, ana, rows, changed, sentence):
    names = {"ours": shop.creator.slug}
    if changed.get("drop") == "theirs":
        changed = {"drop": strangers.draft.pk}
    typed = form(shop, *[(names.get(slug, slug), share) for slug, share in rows], **changed)

    answered = owner.post(ADD, typed)

    assert said(answered) == [sentence]
    assert f'value="{rows[0][1]}"' in answered.content.decode()
    assert SplitAgreement.objects.count() == 0


def test_a_creator_who_is_named_accepts_with_one_button(owner, anas, shop, ana, agreement):
    assert f"Accept for {ana.name}" in anas.get(page(agreement)).content.decode()
    assert f"Accept for {ana.name}" not in owner.get(page(agreement)).content.decode()

    answered = answer(anas, agreement, ana, "accept")
    assert said(answered) == ["Ana has accepted. Waits for answers."]
    answered = answer(owner, agreement, shop.creator, "accept")

    assert said(answered) == ["Ours has accepted. Accepted by all."]
    assert "In effect: new orders are shared like this" in answered.content.decode()
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.ACCEPTED


def test_a_creator_who_is_named_may_decline(anas, ana, agreement):
    assert said(answer(anas, agreement, ana, "decline")) == ["Ana has declined. Declined."]

    agreement.refresh_from_db()
    assert (agreement.state, agreement.closed_by) == (AgreementState.DECLINED, "office:ana")


def test_nobody_answers_for_somebody_else_not_even_the_operator(owner, anas, superuser, shop, ana, agreement):
    tries = [(owner, ana), (anas, shop.creator), (superuser, ana), (superuser, shop.creator)]
    for client, creator in tries:
        for word in ("accept", "decline"):
            assert said(answer(client, agreement, creator, word)) == ["You cannot answer for them."]

    agreement.refresh_from_db()
    assert (agreement.state, Acceptance.objects.count()) == (AgreementState.PROPOSED, 0)


def test_only_owners_of_those_named_know_of_an_agreement(strangers, helper, packer, ana, agreement):
    others = client_of(make_person("others", creator=strangers.creator))
    anas_helper = client_of(make_person("anas-helper", creator=ana, role=MemberRole.HELPER))

    assert others.get(LIST).context["cl"].result_list.count() == 0
    for client in (others, helper, packer, anas_helper):
        assert client.get(page(agreement)).status_code in (403, 404)
        address = reverse("admin:office_answer_agreement", args=[agreement.pk])
        for word in ("accept", "withdraw"):
            assert client.post(address, {"payee": "1", "answer": word}).status_code in (403, 404)
    for client in (helper, packer, anas_helper):
        assert client.get(LIST).status_code == 403

    agreement.refresh_from_db()
    assert agreement.state == AgreementState.PROPOSED


def test_only_the_shop_that_proposed_takes_it_back(owner, anas, agreement):
    address = reverse("admin:office_answer_agreement", args=[agreement.pk])

    refused = anas.post(address, {"answer": "withdraw"}, follow=True)
    agreement.refresh_from_db()
    assert (said(refused)[-1], agreement.state) == (
        "Only the shop that proposed it takes it back.",
        AgreementState.PROPOSED,
    )

    owner.post(address, {"answer": "withdraw"})
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.WITHDRAWN


def test_nobody_proposes_for_a_shop_that_is_not_theirs(owner, helper, shop, strangers, ana):
    for client, creator in ((owner, strangers.creator), (helper, shop.creator)):
        typed = form(shop, (creator.slug, "100"), creator=creator.pk)
        assert client.post(ADD, typed).status_code in (302, 403)

    assert SplitAgreement.objects.count() == 0


def test_an_owner_of_two_shops_chooses_who_sells(shop, ana):
    person = make_person("both", creator=shop.creator)
    add_member(creator=ana, user=person, role=MemberRole.OWNER)

    answered = client_of(person).get(ADD, {"creator": ana.pk})

    assert "Who shares in what Ana sells?" in answered.content.decode()


def test_the_platforms_fee_is_the_operators_to_say(owner, superuser, shop):
    typed = form(shop, (shop.creator.slug, "100"), platform="1.5")

    owner.post(ADD, typed)
    superuser.post(ADD, typed)

    assert list(SplitAgreement.objects.order_by("version").values_list("platform_bp", flat=True)) == [300, 150]
