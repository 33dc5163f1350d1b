"""Who is paid, as the yearly report has to say it (DAC7), and what is still missing."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from drops.ledger.models import Payee, PayeeKind
from drops.ledger.payees import payee_of
from drops.payouts.forgetting import forget_old_tax_details
from drops.payouts.tax_details import (
    date_of_birth_problem,
    normalised_member_state,
    normalised_tin,
    reported_seller,
)
from drops.payouts.tax_models import SellerKind, TaxDetails
from tests.drops.documents.makers import make_seller
from tests.drops.payouts.makers import lend
from tests.factories import NOON, make_creator

PERSON: dict[str, Any] = {
    "kind": SellerKind.PERSON,
    "first_name": "Inês",
    "last_name": "Okoro",
    "date_of_birth": date(1988, 5, 17),
    "street": "Rua da Bica 21",
    "postcode": "1200-054",
    "city": "Lisboa",
    "country": "PT",
    "tins": ["PT 299999998"],
}
ENTITY: dict[str, Any] = {
    "kind": SellerKind.ENTITY,
    "legal_name": "Night Signal B.V.",
    "registration_number": "KvK 99999990",
    "establishments": ["DE"],
    "street": "Keilestraat 9",
    "postcode": "3029 BP",
    "city": "Rotterdam",
    "country": "NL",
    "tins": ["NL 999999990"],
    "vat_id": "NL999999990B99",
}


def make_details(payee: Payee | None = None, **given: Any) -> TaxDetails:
    payee = payee or Payee.objects.create(kind=PayeeKind.PARTNER, name="Café Mira")
    return TaxDetails.objects.create(payee=payee, **{"changed_at": NOON} | given)


def said_of(**given: Any) -> dict[str, Any]:
    """Return what the report says of somebody with such details, without what is empty."""
    said = asdict(reported_seller(payee=make_details(**given).payee))
    return {name: value for name, value in said.items() if value}


@pytest.mark.django_db
def test_of_a_person_the_report_has_name_address_tax_number_and_date_of_birth() -> None:
    assert said_of(**PERSON, account_holder="Okoro Family") == {
        "kind": "A person",
        "first_name": "Inês",
        "last_name": "Okoro",
        "street": "Rua da Bica 21",
        "postcode": "1200-054",
        "city": "Lisboa",
        "country": "PT",
        "tins": "PT 299999998",
        "date_of_birth": "1988-05-17",
        "resident_in": "PT",
        "account_holder": "Okoro Family",
    }


@pytest.mark.django_db
def test_of_an_entity_the_report_has_legal_name_registration_and_permanent_establishments() -> None:
    assert said_of(**ENTITY) == {
        "kind": "A company or another body",
        "legal_name": "Night Signal B.V.",
        "street": "Keilestraat 9",
        "postcode": "3029 BP",
        "city": "Rotterdam",
        "country": "NL",
        "tins": "NL 999999990",
        "vat_id": "NL999999990B99",
        "registration_number": "KvK 99999990",
        "establishments": "DE",
        "resident_in": "NL, DE",
    }


@pytest.mark.django_db
def test_who_has_tax_numbers_of_several_states_is_resident_in_those_of_the_union() -> None:
    said = said_of(**PERSON | {"tins": ["GB 1234567890", "DE 12/345/67890", "PT 299999998"]})

    assert (said["tins"], said["resident_in"]) == ("GB 1234567890; DE 12/345/67890; PT 299999998", "PT, DE")


@pytest.mark.django_db
def test_what_is_missing_is_named_one_by_one_and_what_is_voluntary_is_not() -> None:
    assert said_of(kind=SellerKind.PERSON)["missing"] == (
        "the first name",
        "the last name",
        "the date of birth",
        "the address",
        "a tax number (TIN) with its country",
    )
    assert said_of(kind=SellerKind.ENTITY, payee=Payee.objects.create(kind=PayeeKind.PARTNER, name="Another"))[
        "missing"
    ] == (
        "the legal name",
        "the business registration number",
        "the address",
        "a tax number (TIN) with its country",
    )


@pytest.mark.django_db
def test_a_person_without_a_tax_number_says_where_they_were_born() -> None:
    details = make_details(**PERSON | {"tins": [], "is_without_tin": True})
    assert reported_seller(payee=details.payee).missing == ("the place of birth, as there is no tax number",)

    TaxDetails.objects.update(birth_city="Lagos", birth_country="NG")

    said = reported_seller(payee=details.payee)
    assert (said.place_of_birth, said.missing) == ("Lagos, NG", ())


@pytest.mark.django_db
def test_a_body_that_is_in_no_register_has_nothing_missing() -> None:
    assert "missing" not in said_of(**ENTITY | {"registration_number": "", "is_unregistered": True})


@pytest.mark.django_db
def test_what_the_sellers_page_says_is_not_asked_for_again() -> None:
    creator = make_creator()
    make_seller(creator, vat_id="PT501442600", tax_number="501442600")
    details = make_details(payee_of(creator=creator), kind=SellerKind.ENTITY, registration_number="NIPC 501442600")

    said = reported_seller(payee=details.payee)

    assert (said.legal_name, said.street, said.city, said.country) == (
        "Ines Duarte, Lda.",
        "Rua da Rosa 14",
        "Lisboa",
        "PT",
    )
    assert (said.vat_id, said.tins, said.missing) == ("PT501442600", "PT 501442600", ())


@pytest.mark.django_db
def test_an_address_is_never_half_the_sellers_and_half_the_persons() -> None:
    creator = make_creator()
    make_seller(creator)

    said = reported_seller(payee=make_details(payee_of(creator=creator), **PERSON | {"postcode": ""}).payee)

    assert (said.street, said.postcode, said.legal_name) == ("Rua da Bica 21", "", "")


@pytest.mark.django_db
def test_without_tax_details_nobody_guesses_whether_a_seller_is_a_person() -> None:
    creator = make_creator()
    payee = payee_of(creator=creator)
    assert reported_seller(payee=payee).missing == (
        "whether a person or a company is paid",
        "the address",
        "a tax number (TIN) with its country",
    )

    make_seller(creator)

    said = reported_seller(payee=payee)
    assert (said.kind, said.legal_name, said.missing) == (
        "",
        "Ines Duarte, Lda.",
        ("whether a person or a company is paid", "a tax number (TIN) with its country"),
    )


@pytest.mark.parametrize(
    ("born", "problem"),
    [
        (date(2008, 11, 27), ""),
        (date(2008, 11, 28), "Whoever is paid is 18 at least. Look at the year again."),
        (date(2026, 11, 27), "Whoever is paid is 18 at least. Look at the year again."),
        (date(2026, 11, 28), "That day is still to come."),
        (date(1900, 1, 1), ""),
        (date(1899, 12, 31), "Nobody alive was born before 1900."),
    ],
)
def test_a_date_of_birth_is_an_adults(born: date, problem: str) -> None:
    assert date_of_birth_problem(born=born, today=date(2026, 11, 27)) == problem


def test_who_was_born_on_a_leap_day_is_of_age_on_the_first_of_march() -> None:
    assert date_of_birth_problem(born=date(2008, 2, 29), today=date(2026, 2, 28)) != ""
    assert date_of_birth_problem(born=date(2008, 2, 29), today=date(2026, 3, 1)) == ""


@pytest.mark.parametrize(
    ("written", "kept"),
    [("pt  123 456 789", "PT 123 456 789"), ("DE 12/345/67890", "DE 12/345/67890"), ("IE 1234567T", "IE 1234567T")],
)
def test_a_tax_number_keeps_its_form_and_has_its_country_in_front(written: str, kept: str) -> None:
    assert normalised_tin(written) == kept


@pytest.mark.parametrize("written", ["123456789", "PT", "QQ 123", "PT =1+1", "PT ABC", f"PT {'1' * 31}"])
def test_what_is_no_tax_number_with_its_country_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        normalised_tin(written)


def test_a_permanent_establishment_is_in_the_union() -> None:
    assert normalised_member_state("de") == "DE"
    with pytest.raises(ValidationError, match="“US” is no country of the Union"):
        normalised_member_state("US")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        (ENTITY | {"date_of_birth": date(1988, 5, 17)}, "tax_details_of_entity_name_nobody"),
        (ENTITY | {"first_name": "Noor"}, "tax_details_of_entity_name_nobody"),
        (PERSON | {"establishments": ["DE"]}, "tax_details_of_person_name_no_company"),
        (PERSON | {"legal_name": "Okoro Lda."}, "tax_details_of_person_name_no_company"),
        (PERSON | {"date_of_birth": date(1899, 12, 31)}, "tax_details_birth_after_1900"),
        (PERSON | {"is_without_tin": True}, "tax_details_tin_or_none_given"),
        (ENTITY | {"is_unregistered": True}, "tax_details_registered_or_not"),
        (PERSON | {"kind": "robot"}, "tax_details_kind_known"),
    ],
)
def test_the_database_keeps_no_more_of_anybody_than_the_report_asks_for(given: Any, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_details(**given)

    assert TaxDetails.objects.count() == 0


@pytest.mark.django_db
def test_details_are_kept_until_five_years_after_the_last_year_in_which_something_was_earned() -> None:
    earned = make_details(**PERSON)
    lend(earned.payee, 5000)  # in November 2026

    assert forget_old_tax_details(now=datetime(2031, 12, 31, 23, 59, tzinfo=UTC)) == 0
    assert forget_old_tax_details(now=datetime(2032, 1, 1, tzinfo=UTC)) == 1
    assert TaxDetails.objects.count() == 0
    assert Payee.objects.filter(pk=earned.payee_id).exists()


@pytest.mark.django_db
def test_details_of_who_never_earned_anything_go_five_years_after_they_were_written(settings: Any) -> None:
    make_details(**PERSON)
    settings.TAX_DETAILS_KEPT_YEARS = 10
    assert forget_old_tax_details(now=datetime(2036, 12, 31, tzinfo=UTC)) == 0

    assert forget_old_tax_details(now=datetime(2037, 1, 1, tzinfo=UTC)) == 1
