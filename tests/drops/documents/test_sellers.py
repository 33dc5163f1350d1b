import pytest
from django.db import IntegrityError, transaction

from drops.documents.models import Seller
from drops.documents.sellers import missing_sentence, normalised_vat_id, seller_of, vat_id_problem
from tests.drops.documents.makers import make_seller
from tests.factories import make_creator


@pytest.mark.parametrize(
    ("vat_id", "country", "problem"),
    [
        ("PT501442600", "PT", ""),
        ("DE123456789", "DE", ""),
        ("EL123456789", "GR", ""),
        ("GB123456789", "GB", ""),
        ("CHE123456789MWST", "CH", ""),
        ("DE12345678", "DE", "“DE12345678” is not a VAT number of that country."),
        ("PT501442600", "DE", "A VAT number of that country begins with DE."),
        ("GB12", "GB", "“GB12” is not a VAT number of that country."),
    ],
)
def test_a_vat_number_has_the_form_that_its_country_gives(vat_id: str, country: str, problem: str) -> None:
    assert vat_id_problem(vat_id=vat_id, country=country) == problem


def test_a_vat_number_is_kept_without_what_people_put_between() -> None:
    assert normalised_vat_id(" che-123.456.789 mwst ") == "CHE123456789MWST"


@pytest.mark.django_db
def test_a_creator_who_said_nothing_is_told_what_invoices_need() -> None:
    seller = seller_of(creator=make_creator())

    assert missing_sentence(seller=seller) == (
        "Shoppers get receipts, not invoices yet: the legal name, the postal address, an e-mail address and a VAT number or"
        " tax number are missing."
    )
    assert Seller.objects.count() == 0


@pytest.mark.django_db
def test_a_seller_lacks_only_what_was_left_out() -> None:
    assert missing_sentence(seller=make_seller(make_creator(), email="")) == (
        "Shoppers get receipts, not invoices yet: an e-mail address is missing."
    )
    assert missing_sentence(seller=make_seller(make_creator(), vat_id="", tax_number="12/345/67890")) == ""


@pytest.mark.django_db
def test_who_is_exempt_says_why() -> None:
    creator = make_creator()

    with pytest.raises(IntegrityError, match="seller_exempt_says_why"), transaction.atomic():
        make_seller(creator, is_exempt=True)

    assert Seller.objects.count() == 0


@pytest.mark.django_db
def test_who_is_exempt_and_charges_tax_writes_no_invoice() -> None:
    seller = make_seller(make_creator(tax_rate_bp=1900), is_exempt=True, exemption_note="No VAT under section 19 UStG.")

    assert missing_sentence(seller=seller) == (
        "Shoppers get receipts, not invoices: you are exempt from VAT, yet your prices contain 19 %. Set one of the two"
        " right."
    )
