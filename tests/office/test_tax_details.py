"""Who is paid, for the yearly report: filled in and seen by the payee's own people and the operator alone."""

from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from drops.ledger.models import Payee, PayeeKind
from drops.ledger.payees import payee_of
from drops.payouts.tax_models import SellerKind, TaxDetails
from pickups.people import add_partner_member
from tests.clock import stopped_clock
from tests.factories import NOON
from tests.office.people import client_of, make_person
from tests.pickups.factories import make_cafe

pytestmark = pytest.mark.django_db

ADD, LIST = reverse("admin:drops_taxdetails_add"), reverse("admin:drops_taxdetails_changelist")
PAYOUTS, FILE = reverse("admin:drops_payout_changelist"), reverse("admin:office_yearly_report")
YEAR = reverse("admin:office_year", args=[2026])
SECRETS = ("1988", "Okoro", "299999998", "Rua da Bica")


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def payee(shop):
    return payee_of(creator=shop.creator)


@pytest.fixture
def details(payee):
    return make_ines(payee)


@pytest.fixture
def cafe(shop):
    return make_cafe(creator=shop.creator, fee_fixed_minor=0).partner


@pytest.fixture
def tiago(cafe):
    person = make_person("tiago")
    add_partner_member(partner=cafe, user=person)
    return client_of(person)


def make_ines(payee):
    return TaxDetails.objects.create(
        payee=payee,
        kind=SellerKind.PERSON,
        first_name="Inês",
        last_name="Okoro",
        date_of_birth=date(1988, 5, 17),
        street="Rua da Bica 21",
        city="Lisboa",
        country="PT",
        tins=["PT 299999998"],
        changed_at=NOON,
    )


def page(details):
    return reverse("admin:drops_taxdetails_change", args=[details.pk])


def form(payee, **changed):
    return {
        "payee": payee.pk,
        "kind": "person",
        "first_name": "Inês",
        "last_name": "Okoro",
        "date_of_birth": "1988-05-17",
        "street": "Rua da Bica 21",
        "postcode": "1200-054",
        "city": "Lisboa",
        "country": "PT",
        "tins": "pt 299 999 998\r\n\r\nde 12345678901",
        **changed,
    }


def errors_of(answer):
    return dict(answer.context["adminform"].form.errors)


def words(answer):
    return " ".join(answer.content.decode().split())


def test_an_owner_is_asked_for_what_is_missing_fills_it_in_and_finds_it_complete(owner, payee):
    before = words(owner.get(PAYOUTS))
    assert (
        "Missing for the yearly report: whether a person or a company is paid, the address and a tax number (TIN) with its"
        " country."
    ) in before
    assert f'href="{ADD}?payee={payee.pk}"' in before

    saved = owner.post(ADD, form(payee))

    assert saved.status_code == 302
    details = TaxDetails.objects.get()
    assert (details.payee, details.date_of_birth, details.country) == (payee, date(1988, 5, 17), "PT")
    assert (details.tins, details.changed_at) == (["PT 299 999 998", "DE 12345678901"], NOON)
    after = words(owner.get(PAYOUTS))
    assert "The tax details are complete." in after
    assert f'href="{page(details)}"' in after
    assert "Complete." in words(owner.get(LIST))


def test_nobody_is_taken_for_a_person_who_did_not_say_so(owner, payee):
    kinds = owner.get(ADD).context["adminform"].form["kind"]

    assert (kinds.value(), [value for value, _ in kinds.field.choices]) == (None, ["", "person", "entity"])


def test_a_country_is_kept_in_capitals(owner, payee):
    owner.post(ADD, form(payee, country="pt"))

    assert TaxDetails.objects.get().country == "PT"


def test_a_company_says_its_registration_and_where_it_has_places(owner, payee):
    typed = form(
        payee,
        kind="entity",
        first_name="",
        last_name="",
        date_of_birth="",
        legal_name="Kiln Lda.",
        registration_number="NIPC 599999993",
        establishments="de\nES",
        vat_id="pt 599 999 993",
    )

    assert owner.post(ADD, typed).status_code == 302

    details = TaxDetails.objects.get()
    assert (details.registration_number, details.establishments) == ("NIPC 599999993", ["DE", "ES"])
    assert details.vat_id == "PT599999993"


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"date_of_birth": "2026-11-28"}, {"date_of_birth": ["That day is still to come."]}),
        (
            {"date_of_birth": "2018-05-17"},
            {"date_of_birth": ["Whoever is paid is 18 at least. Look at the year again."]},
        ),
        ({"date_of_birth": "17th of May"}, {"date_of_birth": ["Enter a valid date."]}),
        (
            {"tins": "299999998"},
            {"tins": ["“299999998” does not begin with the country that gave it, like PT 123 456 789."]},
        ),
        ({"country": "XX"}, {"country": ["“XX” is not a country: write two letters, like PT."]}),
        ({"vat_id": "DE123456789"}, {"vat_id": ["A VAT number of that country begins with PT."]}),
        ({"kind": ""}, {"kind": ["This field is required."]}),
        (
            {"is_without_tin": "on"},
            {"__all__": ["Either there is a tax number, or no tax office gave one."]},
        ),
        (
            {"kind": "entity"},
            {"__all__": ["A company has no first name, last name, date or place of birth: empty them."]},
        ),
        (
            {"establishments": "DE"},
            {
                "__all__": [
                    "A person has no legal name, registration number or permanent establishment of a company: empty them."
                ]
            },
        ),
        ({"kind": "entity", "establishments": "US"}, {"establishments": ["“US” is no country of the Union."]}),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_kept(owner, payee, changed, errors):
    answer = owner.post(ADD, form(payee, **changed))

    found = errors_of(answer)
    assert {name: found[name] for name in errors} == errors
    assert TaxDetails.objects.count() == 0


def test_there_is_one_of_them_for_each_payee(owner, payee, details):
    answer = owner.post(ADD, form(payee, last_name="Somebody"))

    assert list(errors_of(answer)) == ["payee"]
    assert TaxDetails.objects.get().last_name == "Okoro"


@pytest.mark.parametrize("who", ["helper", "packer"])
def test_who_works_in_the_shop_without_its_money_sees_none_of_it(who, request, details):
    client = request.getfixturevalue(who)

    for address in (LIST, ADD, page(details), YEAR, FILE):
        assert client.get(address).status_code == 403, address
    history = client.get(reverse("admin:drops_taxdetails_history", args=[details.pk]))
    assert (history.status_code, history["Location"]) == (302, reverse("admin:index"))
    refused = client.post(page(details), form(details.payee, last_name="Stolen"))
    assert refused.status_code == 403
    assert "Tax details" not in words(client.get(reverse("admin:index")))
    assert TaxDetails.objects.get().last_name == "Okoro"


def test_a_strangers_details_do_not_exist_and_cannot_be_written_for_them(owner, strangers, payee):
    theirs = make_ines(payee_of(creator=strangers.creator))
    other = Payee.objects.create(kind=PayeeKind.PARTNER, name="Theirs")

    answers = [owner.get(page(theirs)), owner.post(page(theirs), form(theirs.payee, last_name="Stolen"))]
    added = owner.post(ADD, form(other))

    assert [answer.status_code for answer in answers] == [302, 302]
    assert list(errors_of(added)) == ["payee"]
    assert not any(secret in words(owner.get(address)) for address in (LIST, YEAR, PAYOUTS) for secret in SECRETS)
    assert list(TaxDetails.objects.values_list("payee", "last_name")) == [(theirs.payee_id, "Okoro")]


def test_a_partners_people_fill_in_the_partners_and_see_no_others(tiago, cafe, details):
    assert f'href="{ADD}?payee={cafe.payee.pk}"' in words(tiago.get(PAYOUTS))
    refused = tiago.post(ADD, form(details.payee))
    assert list(errors_of(refused)) == ["payee"]

    assert tiago.post(ADD, form(cafe.payee, last_name="Coelho")).status_code == 302

    own = TaxDetails.objects.get(payee=cafe.payee)
    assert "Coelho" in words(tiago.get(page(own)))
    assert tiago.get(page(details)).status_code == 302
    assert tiago.get(YEAR).status_code == 403
    listed = words(tiago.get(LIST))
    assert ("Café Mira" in listed, "Ours" in listed) == (True, False)


def test_a_creator_does_not_see_who_is_behind_the_cafe_they_work_with(owner, cafe, payee):
    theirs = make_ines(cafe.payee)

    assert owner.get(page(theirs)).status_code == 302
    assert "Café Mira" not in words(owner.get(LIST))
    assert not any(secret in owner.get(FILE, {"period": "2026"}).content.decode() for secret in SECRETS)


def test_the_office_notes_who_changed_which_field_and_never_what_it_says(owner, details, superuser):
    owner.post(page(details), form(details.payee, date_of_birth="1988-05-18", tins="PT 111111111"))

    [entry] = LogEntry.objects.all()
    assert entry.object_repr == "Tax details of Ours"
    assert entry.get_change_message() == "Changed Date of birth, Postcode and Tax identification numbers (TIN)."
    history = words(superuser.get(reverse("admin:drops_taxdetails_history", args=[details.pk])))
    assert not any(secret in history for secret in (*SECRETS, "111111111"))


def test_names_and_numbers_are_on_no_page_but_their_own(owner, details):
    for address in (LIST, PAYOUTS, YEAR, reverse("admin:index"), reverse("admin:drops_payee_changelist")):
        shown = words(owner.get(address))
        assert not any(secret in shown for secret in SECRETS), address
    assert all(secret in words(owner.get(page(details))) for secret in SECRETS)


def test_the_year_says_of_each_payee_what_is_missing_and_the_file_has_the_rest(superuser, owner, details, strangers):
    theirs = payee_of(creator=strangers.creator)

    everybody = words(superuser.get(YEAR))
    assert "Something is missing of one payee." in everybody
    assert 'Ours</a> <span class="office-quiet">Complete.</span>' in everybody
    assert f'href="{ADD}?payee={theirs.pk}"' in everybody
    mine = words(owner.get(YEAR))
    assert "Nothing is missing." in mine
    assert "Theirs" not in mine

    file = owner.get(FILE, {"period": "2026"})

    assert "no-store" in file["Cache-Control"]
    assert "Inês,Okoro,,Rua da Bica 21,,Lisboa,PT,PT 299999998,,1988-05-17,,,,PT" in file.content.decode()


def test_a_year_that_is_none_is_not_there(owner, payee):
    assert owner.get(reverse("admin:office_year", args=[10000])).status_code == 404
