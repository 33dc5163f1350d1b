"""Terms are offered by whoever sells and answered by whoever speaks for the partner, who sees nothing else of the office."""

import csv
import io

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse

from drops.catalog.models import MemberRole
from drops.ledger.agreement_models import Acceptance, AgreementState, PartnerAgreement
from drops.ledger.models import Payee, PayeeKind
from drops.ledger.partner_agreements import offer_terms, propose_terms
from drops.ledger.payees import payee_of
from drops.payouts.tax_models import TaxDetails
from pickups.models import PartnerMember
from pickups.people import add_partner_member
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider
from tests.factories import NOON, make_creator
from tests.office.people import client_of, make_person
from tests.office.test_board import said
from tests.office.test_scope import ADMINS, list_url
from tests.pickups.factories import (
    LONG_AGO,
    agree_on_fee,
    first_slot,
    hold_for,
    make_cafe,
    make_mugs,
    pay_for,
)

pytestmark = pytest.mark.django_db

LIST, ADD = reverse("admin:drops_partneragreement_changelist"), reverse("admin:drops_partneragreement_add")
PAYOUTS, STATEMENT = reverse("admin:drops_payout_changelist"), reverse("admin:office_statement")
# What somebody who speaks for a partner may open.
THEIRS = {"drops_partneragreement", "drops_payout", "drops_taxdetails"}
# Frames that open for whoever may log in, with nothing in them.
OPEN_AND_EMPTY = {"office_proof", "office_documents_of_year"}


@pytest.fixture
def cafe(shop):
    return make_cafe(creator=shop.creator, fee_fixed_minor=0).partner


@pytest.fixture
def tiago(cafe):
    person = make_person("tiago")
    add_partner_member(partner=cafe, user=person)
    return client_of(person)


@pytest.fixture
def offered(shop, cafe):
    return offer_terms(
        creator=shop.creator,
        partner=cafe.payee,
        fixed_minor=100,
        bp=250,
        valid_from=LONG_AGO,
        note="A euro for every cup",
        actor="office:owner",
        now=LONG_AGO,
    )


@pytest.fixture
def stopped():
    InMemoryProvider.reset()
    with stopped_clock(NOON):
        yield
    InMemoryProvider.reset()


@pytest.fixture
def elsewhere(strangers):
    """Terms of strangers: another creator with another partner."""
    partner = make_cafe(creator=strangers.creator, name="Theirs", partner_name="Theirs", fee_fixed_minor=0).partner
    return agree_on_fee(creator=strangers.creator, partner=partner, fixed_minor=777)


def page(agreement):
    return reverse("admin:drops_partneragreement_change", args=[agreement.pk])


def answer(client, agreement, payee, word):
    address = reverse("admin:office_answer_terms", args=[agreement.pk])
    return client.post(address, {"payee": payee.pk, "answer": word}, follow=True)


def state(agreement):
    agreement.refresh_from_db()
    return agreement.state, agreement.acceptances.count()


def test_an_owner_offers_terms_and_the_partner_accepts_them(owner, shop, cafe, tiago):
    typed = {
        "creator": shop.creator.pk,
        "partner": cafe.payee.pk,
        "fixed": "1,20",
        "percent": "2.5",
        "valid_from": "2026-01-01",
        "note": "More than a coffee",
    }

    offered = owner.post(ADD, typed, follow=True)

    made = PartnerAgreement.objects.get()
    assert said(offered) == ["Version 1 with Café Mira is proposed. It counts once Café Mira has accepted it."]
    assert (made.fixed_minor, made.bp, made.note, made.proposed_by) == (120, 250, "More than a coffee", "office:owner")
    assert made.valid_from.isoformat() == "2026-01-01T00:00:00+00:00"
    assert state(made) == (AgreementState.PROPOSED, 1)

    read = tiago.get(page(made)).content.decode()
    assert "€1.20 a unit and 2.5 % of the goods" in read
    assert "For 2 units of €40.00, €80.00 together, Café Mira gets €4.40." in read
    assert "Accept for Café Mira" in read

    assert said(answer(tiago, made, cafe.payee, "accept")) == ["Café Mira has accepted. Accepted by all."]
    assert state(made) == (AgreementState.ACCEPTED, 2)
    assert Acceptance.objects.get(payee=cafe.payee).accepted_by == "office:tiago"
    assert "In effect: new orders pay this" in owner.get(page(made)).content.decode()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"fixed": "a lot"}, "'a lot' is no amount of EUR like 1.20."),
        ({"fixed": "1.234"}, "'1.234' is no amount of EUR like 1.20."),
        ({"fixed": "1e9"}, "'1e9' is no amount of EUR like 1.20."),
        ({"fixed": "9999999"}, "The amount for a unit is too large."),
        ({"percent": "101"}, "101 % has to be between 0 and 100, with at most two decimals."),
        ({"valid_from": "soon"}, "'soon' is no day like 2026-12-01."),
        ({"partner": "0"}, "No such partner hands over for this shop."),
        ({"partner": "x"}, "No such partner hands over for this shop."),
    ],
)
def test_what_cannot_be_offered_is_refused_by_a_sentence_and_keeps_what_was_typed(owner, shop, cafe, changed, sentence):
    typed = {"creator": shop.creator.pk, "partner": cafe.payee.pk, "fixed": "1", "percent": "", "note": "Our café"}

    answered = owner.post(ADD, typed | changed)

    assert said(answered) == [sentence]
    assert 'value="Our café"' in answered.content.decode()
    assert PartnerAgreement.objects.count() == 0


def test_a_partner_of_strangers_cannot_be_offered_anything(owner, shop, cafe, elsewhere):
    answered = owner.post(ADD, {"creator": shop.creator.pk, "partner": elsewhere.partner_id, "fixed": "1"})

    assert said(answered) == ["No such partner hands over for this shop."]
    assert list(PartnerAgreement.objects.all()) == [elsewhere]


def test_what_the_operator_proposes_waits_for_both_and_the_operator_answers_for_neither(
    superuser, owner, tiago, shop, cafe
):
    answered = superuser.post(ADD, {"creator": shop.creator.pk, "partner": cafe.payee.pk, "fixed": "1"}, follow=True)
    made = PartnerAgreement.objects.get()
    assert said(answered) == ["Version 1 with Café Mira is proposed. It counts once both have accepted it."]

    for payee in (cafe.payee, payee_of(creator=shop.creator)):
        assert said(answer(superuser, made, payee, "accept")) == ["You cannot answer for them."]
    assert state(made) == (AgreementState.PROPOSED, 0)

    answer(tiago, made, cafe.payee, "accept")
    assert state(made) == (AgreementState.PROPOSED, 1)
    answer(owner, made, payee_of(creator=shop.creator), "accept")
    assert state(made) == (AgreementState.ACCEPTED, 2)


def test_nobody_answers_for_the_other_side(owner, tiago, shop, cafe):
    made = propose_terms(
        creator=shop.creator, partner=cafe.payee, fixed_minor=1, bp=0, valid_from=NOON, actor="office:root", now=NOON
    )

    for word in ("accept", "decline"):
        assert said(answer(owner, made, cafe.payee, word)) == ["You cannot answer for them."]
        assert said(answer(tiago, made, payee_of(creator=shop.creator), word)) == ["You cannot answer for them."]
    assert said(answer(tiago, made, cafe.payee, "withdraw")) == ["Only the shop that proposed it takes it back."]

    assert state(made) == (AgreementState.PROPOSED, 0)


@pytest.mark.parametrize("role", MemberRole)
def test_who_works_for_the_creator_does_not_answer_for_the_partner(role, shop, cafe, offered):
    person = make_person("both", creator=shop.creator, role=role)
    add_partner_member(partner=cafe, user=person)

    answered = answer(client_of(person), offered, cafe.payee, "accept")

    assert said(answered) == ["You cannot answer for them."]
    assert state(offered) == (AgreementState.PROPOSED, 1)


def test_an_owner_takes_back_an_offer_that_waits(owner, offered, cafe, tiago):
    assert said(answer(owner, offered, cafe.payee, "withdraw")) == ["Version 1 with Café Mira is withdrawn."]

    assert state(offered) == (AgreementState.WITHDRAWN, 1)
    answered = answer(tiago, offered, cafe.payee, "accept")
    assert said(answered) == ["Version 1 with Café Mira is withdrawn; it waits for no answer."]


def test_the_partner_declines_and_what_counted_goes_on(owner, tiago, shop, cafe):
    agree_on_fee(creator=shop.creator, partner=cafe, fixed_minor=100)
    second = offer_terms(
        creator=shop.creator, partner=cafe.payee, fixed_minor=10, bp=0, valid_from=NOON, actor="office:owner", now=NOON
    )

    assert said(answer(tiago, second, cafe.payee, "decline")) == ["Café Mira has declined. Declined."]

    assert state(second) == (AgreementState.DECLINED, 1)
    assert "version 1" in owner.get(reverse("admin:pickups_partner_change", args=[cafe.pk])).content.decode()


# What somebody who speaks for a partner sees -------------------------------------------------------------------------


def test_a_partner_sees_only_terms_that_name_it(tiago, offered, elsewhere):
    listed = tiago.get(LIST).content.decode()

    assert "Version 1 with Café Mira" in listed
    assert "Theirs" not in listed
    assert tiago.get(page(elsewhere)).status_code == 404
    assert tiago.get(reverse("admin:drops_partneragreement_history", args=[elsewhere.pk])).status_code in (
        302,
        403,
        404,
    )
    assert answer(tiago, elsewhere, elsewhere.partner, "decline").status_code == 404
    assert state(elsewhere) == (AgreementState.ACCEPTED, 2)


def test_an_owner_does_not_see_what_strangers_agreed(owner, offered, elsewhere):
    assert "Theirs" not in owner.get(LIST).content.decode()
    assert owner.get(page(elsewhere)).status_code == 404


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
def test_every_other_list_and_form_of_the_office_is_closed_to_a_partner(model, shop, tiago, offered):
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    row = model._default_manager.order_by("pk").first()

    answered = tiago.get(list_url(model))
    assert answered.status_code == (200 if name in THEIRS else 403)
    assert b"Ours buyer" not in answered.content
    # Its own tax details are a partner's to write.
    may_add = model is TaxDetails
    assert tiago.get(reverse(f"admin:{name}_add")).status_code in ((200,) if may_add else (302, 403))
    if row is not None and model is not PartnerAgreement:
        for kind in ("change", "history", "delete"):
            assert tiago.get(reverse(f"admin:{name}_{kind}", args=[row.pk])).status_code in (302, 403, 404), kind


def office_pages():
    """Return the names of all pages of the office that are no list and no form."""
    names = {
        name for name in get_resolver("creatorshop.urls").namespace_dict["admin"][1].reverse_dict if _is_ours(name)
    }
    return sorted(names)


def _is_ours(name):
    return isinstance(name, str) and name.startswith("office_")


@pytest.mark.parametrize("name", office_pages())
def test_every_other_page_of_the_office_is_closed_to_a_partner(name, shop, tiago, offered):
    type(shop.order).objects.update(terms={"shares": {}})
    closed = {302, 403, 404, 405} | ({200} if name in OPEN_AND_EMPTY else set())
    for args in ([], [shop.draft.pk], [shop.order.pk], [shop.creator.pk], [shop.batch.pk, "packing_slips"]):
        try:
            address = reverse(f"admin:{name}", args=args)
        except NoReverseMatch:
            continue
        for answered in (tiago.get(address), tiago.post(address)):
            assert answered.status_code in closed, address
            assert b"Ours" not in answered.content


def test_a_partner_reads_its_own_payouts_and_no_other_payees(shop, tiago, cafe, elsewhere):
    read = tiago.get(PAYOUTS)

    assert read.context["payee"] == cafe.payee
    assert b"Yearly report 20" not in read.content  # its tax details, and not what others kept of its orders
    for stranger in (elsewhere.partner, payee_of(creator=shop.creator)):
        assert tiago.get(PAYOUTS, {"payee": stranger.pk}).status_code == 404
        assert tiago.get(STATEMENT, {"payee": stranger.pk, "period": "2026-11"}).status_code == 404
    report = tiago.get(reverse("admin:office_yearly_report"), {"payee": cafe.payee.pk, "period": "2026"})
    assert report.status_code == 403


def test_a_partners_statement_does_not_say_what_the_shopper_paid(settings, superuser, tiago, cafe, shop, stopped):
    settings.DELIVERY_METHODS = ["pickups.delivery.PickupDelivery"]
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    agree_on_fee(creator=shop.creator, partner=cafe, fixed_minor=100)
    order = pay_for(hold_for(first_slot(cafe.locations.get()), drop_sku=make_mugs(creator=shop.creator)))

    for client in (tiago, superuser):
        read = client.get(STATEMENT, {"payee": cafe.payee.pk, "period": f"{NOON:%Y-%m}", "format": "csv"})
        rows = list(csv.reader(io.StringIO(read.content.decode("utf-8-sig"))))
        assert "Order total" not in rows[0]
        assert [row[2] for row in rows if order.ref in row] == [order.ref]
        assert {len(row) for row in rows} == {10}


def test_the_first_page_of_a_partner_says_what_waits_what_is_paid_and_where_the_money_is(tiago, shop, cafe, offered):
    waiting = tiago.get(reverse("admin:index")).content.decode()
    assert "Ours proposes terms" in waiting
    assert page(offered) in waiting

    answer(tiago, offered, cafe.payee, "accept")

    read = tiago.get(reverse("admin:index")).content.decode()
    assert "Ours proposes terms" not in read
    assert "€1.00 a unit and 2.5 % of the goods" in read
    assert f"{PAYOUTS}?payee={cafe.payee.pk}" in read
    assert reverse("admin:drops_drop_changelist") not in read


def test_the_operator_alone_names_who_speaks_for_a_partner(superuser, owner, tiago, cafe, shop):
    person = make_person("new")
    add = reverse("admin:pickups_partnermember_add")
    for client in (owner, tiago):
        assert client.post(add, {"partner": cafe.pk, "login": "new"}).status_code == 403
    assert not PartnerMember.objects.filter(user=person).exists()

    nobody = superuser.post(add, {"partner": cafe.pk, "login": "nobody-of-that-name"})
    assert "Nobody logs in with this name." in nobody.content.decode()
    assert superuser.post(add, {"partner": cafe.pk, "login": "new"}).status_code == 302
    assert "speaks for Café Mira already" in superuser.post(add, {"partner": cafe.pk, "login": "new"}).content.decode()

    assert PartnerMember.objects.get(user=person).partner == cafe


def test_the_form_of_a_partner_says_since_when_which_version_counts_to_whom_it_concerns(
    owner, helper, superuser, shop, cafe, strangers
):
    agree_on_fee(creator=shop.creator, partner=cafe, fixed_minor=100)
    cafe.locations.get().creators.add(strangers.creator)
    agree_on_fee(creator=strangers.creator, partner=cafe, fixed_minor=777)
    form = reverse("admin:pickups_partner_change", args=[cafe.pk])

    read = " ".join(owner.get(form).content.decode().split())
    assert "€1.00 a unit, in effect since 27 Nov 2025" in read
    assert f"{ADD}?creator={shop.creator.pk}&amp;partner={cafe.payee.pk}" in read
    assert "7.77" not in read
    assert "7.77" in superuser.get(form).content.decode()
    assert "a unit" not in helper.get(form).content.decode()


def test_a_member_who_left_sees_nothing_any_more(tiago, cafe, offered):
    PartnerMember.objects.all().delete()

    assert tiago.get(LIST).status_code == 403
    assert tiago.get(PAYOUTS).status_code == 403
    answer(tiago, offered, cafe.payee, "accept")
    assert state(offered) == (AgreementState.PROPOSED, 1)


def test_terms_with_another_partner_of_any_creator_are_not_theirs(tiago, shop):
    other = Payee.objects.create(kind=PayeeKind.PARTNER, name="Kiosk", currency="EUR")
    offer_terms(creator=make_creator(), partner=other, fixed_minor=5, bp=0, valid_from=NOON, actor="office:x", now=NOON)

    assert "Kiosk" not in tiago.get(LIST).content.decode()
