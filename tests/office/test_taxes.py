"""Who reads and who writes the rates of tax, and what a creator says of their prices."""

from datetime import date

import pytest
from django.urls import reverse

from drops.catalog.models import Creator, Product
from drops.catalog.tax_rates import TaxRate
from tests.office.people import client_of, make_person

pytestmark = pytest.mark.django_db

LIST = "admin:drops_taxrate_changelist"
FORM = {
    "country": "CA", "region": "AB", "tax_class": "standard", "rate_bp": 500, "name": "sales_tax",
    "valid_from": "2026-01-01", "source": "Excise Tax Act, s. 165", "checked_on": "2026-11-27",
}  # fmt: skip


@pytest.fixture
def operator(db):
    return client_of(make_person("operator", is_superuser=True))


@pytest.fixture
def rate(db):
    made = {"rate_bp": 2500, "valid_from": date(2026, 1, 1), "source": "Lovdata", "checked_on": date(2026, 11, 27)}
    return TaxRate.objects.create(country="AA", **made)


def test_the_operator_writes_a_rate_with_its_source(operator):
    answer = operator.post(reverse("admin:drops_taxrate_add"), FORM)

    assert answer.status_code == 302
    assert str(TaxRate.objects.get(country="CA")) == "CA-AB Standard 5 % from 2026-01-01"


def test_a_second_rate_for_the_same_days_is_refused_with_the_first_one_named(operator):
    operator.post(reverse("admin:drops_taxrate_add"), FORM)

    answer = operator.post(reverse("admin:drops_taxrate_add"), FORM | {"valid_from": "2026-06-01"})

    assert "CA-AB Standard 5 % from 2026-01-01” is valid in that time already" in answer.content.decode()
    assert TaxRate.objects.filter(country="CA").count() == 1


def test_an_owner_reads_the_rates_and_writes_none(shop, owner, rate):
    assert "AA" in owner.get(reverse(LIST)).content.decode()
    assert owner.get(reverse("admin:drops_taxrate_change", args=[rate.pk])).status_code == 200
    assert owner.get(reverse("admin:drops_taxrate_add")).status_code == 403
    assert owner.post(reverse("admin:drops_taxrate_change", args=[rate.pk]), FORM).status_code == 403
    assert owner.post(reverse("admin:drops_taxrate_delete", args=[rate.pk]), {"post": "yes"}).status_code == 403

    rate.refresh_from_db()
    assert rate.rate_bp == 2500
    assert not TaxRate.objects.filter(country="CA").exists()


def test_an_owner_says_how_prices_are_given_but_not_who_bears_what_a_payment_costs(shop, owner):
    told = {
        "name": "Ours",
        "country": "US",
        "time_zone": "Europe/Lisbon",
        "tax_rate_bp": "",
        "tax_rounding": "per_line",
    }

    answer = owner.post(
        reverse("admin:drops_creator_change", args=[shop.creator.pk]), told | {"processor_borne_by": "shopper"}
    )

    creator = Creator.objects.get(pk=shop.creator.pk)
    assert answer.status_code == 302
    assert (creator.prices_include_tax, creator.tax_rounding, creator.tax_rate_bp) == (False, "per_line", None)
    assert creator.processor_borne_by == "platform"


def test_the_products_form_asks_for_its_class(shop, owner):
    page = owner.get(reverse("admin:drops_product_change", args=[shop.product.pk])).content.decode()

    assert 'name="tax_class"' in page
    assert Product.objects.get(pk=shop.product.pk).tax_class == "standard"
