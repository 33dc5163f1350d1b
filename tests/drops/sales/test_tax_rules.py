from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from drops.catalog.models import Creator
from drops.catalog.postcodes import region_of
from drops.catalog.tax_rates import TaxRate, take_in
from drops.catalog.tax_sources import rates_to_begin_with
from drops.sales import quotes
from drops.sales.delivery import Destination
from drops.sales.models import Quote
from drops.sales.tax_rules import taxes_for
from drops.sales.taxes import TaxUnknown
from tests.factories import NOON, make_creator, make_drop_sku, make_product, make_shopper, make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rates():
    """A test with transactions of its own empties every table, also of what migrations wrote."""
    take_in(rows=rates_to_begin_with())


def creator(**given):
    return Creator(**{"country": "PT", "time_zone": "Europe/Lisbon", "tax_rate_bp": None} | given)


def taxes(to, /, *, postcode="", classes=("standard",), now=NOON, **given):
    where = Destination(to, postcode)
    return taxes_for(creator=creator(**given), destination=where, classes=classes, now=now)


@pytest.mark.parametrize(
    ("given", "country", "whose", "rate_bp"),
    [
        ({}, "PT", "PT", 2300),
        ({}, "", "PT", 2300),
        ({"country": "FI"}, "FI", "FI", 2550),
        ({"country": "GB"}, "GB", "GB", 2000),
        ({}, "DE", "PT", 2300),
        ({"uses_oss": True}, "DE", "DE", 1900),
        ({"uses_oss": True, "tax_rate_bp": 600}, "PT", "PT", 600),
        ({"uses_oss": True, "tax_rate_bp": 600}, "DE", "DE", 1900),
        ({"tax_rate_bp": 600}, "DE", "PT", 600),
    ],
)
def test_a_sale_is_taxed_by_its_rule(given, country, whose, rate_bp):
    found = taxes(country, **given)

    assert (found.country, found.rate_bp("standard"), found.is_export) == (whose, rate_bp, False)


@pytest.mark.parametrize(("home", "country"), [("PT", "US"), ("PT", "GB"), ("GB", "DE"), ("US", "PT"), ("PT", "JP")])
def test_an_export_is_taxed_with_nothing(home, country):
    made = creator(country=home)

    found = taxes_for(creator=made, destination=Destination(country), classes=["standard"], now=NOON)

    assert (found.is_export, found.rate_bp("standard"), found.country) == (True, 0, home)


def test_a_class_has_its_own_rate_beside_the_creators_own_standard_one():
    found = taxes("DE", classes=["standard", "reduced"], country="DE", tax_rate_bp=1600)

    assert (found.rate_bp("standard"), found.rate_bp("reduced")) == (1600, 700)


def test_who_charges_no_tax_charges_none_on_anything():
    found = taxes("PT", classes=["reduced", "zero"], tax_rate_bp=0)

    assert (found.rate_bp("reduced"), found.rate_bp("zero")) == (0, 0)


def test_where_several_reduced_rates_exist_none_is_guessed():
    with pytest.raises(TaxUnknown) as refusal:
        taxes("PT", classes=["reduced"])

    assert refusal.value.facts == {"why": "tax", "country": "PT", "tax_class": "reduced"}


def test_a_state_is_known_by_its_postcode():
    sold_in = {"country": "US", "time_zone": "America/New_York"}

    assert taxes("US", postcode="97201", **sold_in).rate_bp("standard") == 0
    with pytest.raises(TaxUnknown) as unknown:
        taxes("US", postcode="10001", **sold_in)
    with pytest.raises(TaxUnknown) as unsaid:
        taxes("US", **sold_in)
    assert unknown.value.message == "We can't sell this in United States yet: its tax there is not known."
    assert unsaid.value.facts == {"why": "tax_postcode", "country": "US"}


@pytest.mark.parametrize(
    ("postcode", "state"),
    [
        ("02108", "MA"), ("03301", "NH"), ("19901", "DE"), ("20500", "DC"), ("59601", "MT"), ("73344", "TX"),
        ("90210", "CA"), ("97201-1234", "OR"), ("99501", "AK"), ("09012", ""), ("12", ""), ("abc", ""),
    ],
)  # fmt: skip
def test_a_zip_code_lies_in_a_state(postcode, state):
    assert region_of(country="US", postcode=postcode) == state


def test_a_rate_is_that_of_the_day_where_the_creator_is():
    old = TaxRate.objects.get(country="PT", tax_class="standard")
    take_in(rows=[row | {"rate_bp": 2400, "valid_from": date(2027, 1, 1)} for row in rates_to_begin_with()
                  if (row["country"], row["tax_class"]) == ("PT", "standard")])  # fmt: skip

    old.refresh_from_db()
    assert old.valid_until == date(2026, 12, 31)
    assert taxes("PT", now=NOON.replace(month=12, day=31, hour=23)).rate_bp("standard") == 2300
    assert taxes("PT", now=NOON.replace(year=2027, month=1, day=1)).rate_bp("standard") == 2400
    assert (
        taxes("PT", now=NOON.replace(month=12, day=31, hour=23), time_zone="Europe/Madrid").rate_bp("standard") == 2400
    )


def test_two_rates_of_one_thing_on_one_day_are_refused_by_form_and_database():
    twice = TaxRate(
        country="PT", tax_class="standard", rate_bp=100, valid_from=date(2026, 6, 1), source="a", checked_on=NOON.date()
    )

    with pytest.raises(ValidationError) as refusal:
        twice.full_clean()
    with pytest.raises(IntegrityError, match="tax_rate_one_a_day"), transaction.atomic():
        twice.save()

    assert "“PT Standard 23 % from 2026-01-01” is valid in that time already" in str(refusal.value)
    assert TaxRate.objects.filter(country="PT", tax_class="standard").count() == 1


def test_loading_the_rates_again_changes_nothing(capsys):
    before = list(TaxRate.objects.order_by("pk").values())

    call_command("load_tax_rates")

    assert capsys.readouterr().out == "0 new rates, 0 ended for them.\n"
    assert list(TaxRate.objects.order_by("pk").values()) == before


def test_the_rates_to_begin_with_are_those_of_every_member_state():
    standard = TaxRate.objects.filter(tax_class="standard", region="")

    assert standard.count() == 32  # 27, three of the EEA, Switzerland and the United Kingdom
    assert dict(standard.filter(country__in=["DE", "EE", "HU", "LU"]).values_list("country", "rate_bp")) == {
        "DE": 1900,
        "EE": 2400,
        "HU": 2700,
        "LU": 1700,
    }


def test_a_quote_without_a_rate_is_refused_by_name_and_not_written():
    product = make_product()
    Creator.objects.filter(pk=product.creator_id).update(tax_rate_bp=None)
    product.tax_class = "reduced"
    product.save()
    drop_sku = make_drop_sku(sku=make_sku(product=product), capsule=product.capsule)
    asked = {"drop": drop_sku.drop, "sku_code": drop_sku.sku.code, "quantity": 1, "destination": Destination("PT")}

    with pytest.raises(TaxUnknown):
        quotes.make_quote(
            shopper=make_shopper(creator=drop_sku.drop.creator), method="pickup", option="counter", **asked
        )

    choices = quotes.delivery_choices(**asked)
    assert (choices.options, choices.refusals) == (
        [],
        ["We can't sell this in Portugal yet: its tax there is not known."],
    )
    assert Quote.objects.count() == 0


def test_nobody_is_charged_for_paying_by_card_where_that_is_forbidden():
    made = make_creator(country="US")
    made.processor_borne_by = "shopper"
    made.save()
    made.country = "DE"

    with pytest.raises(IntegrityError, match="creator_surcharges_where_allowed"), transaction.atomic():
        made.save()

    made.refresh_from_db()
    assert made.country == "US"
