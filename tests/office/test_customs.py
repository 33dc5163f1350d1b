from datetime import date, timedelta

import pytest
from django.urls import reverse

from drops.catalog.models import Sku
from fulfillment.import_rules import CurrencyConversion, ImportRule, Incoterm
from tests.fulfillment.customs import duty_of, flat, pounds

pytestmark = pytest.mark.django_db
RULES = "admin:fulfillment_importrule_changelist"


@pytest.fixture(autouse=True)
def no_rules_to_begin_with(db):
    ImportRule.objects.all().delete()


def form(**changes):
    said = {
        "dest": "NL",
        "kind": "ad_valorem",
        "charge": "duty",
        "rate_bp": "800",
        "base": "goods_and_freight",
        "confidence": "known",
        "valid_from": "2026-01-01",
        "source_url": "https://customs.example/tariff",
        "checked_on": "2026-11-27",
    }
    return said | changes


def test_the_operator_adds_a_rule_and_everybody_reads_it_in_words(superuser, owner):
    answer = superuser.post(reverse("admin:fulfillment_importrule_add"), form(hs_prefix="6912", origin_country="cn"))
    assert answer.status_code == 200  # a country has capital letters

    superuser.post(reverse("admin:fulfillment_importrule_add"), form(hs_prefix="6912", origin_country="CN"))

    rule = ImportRule.objects.get()
    assert (rule.rate_bp, rule.hs_prefix, rule.origin_country) == (800, "6912", "CN")
    page = owner.get(reverse(RULES)).content.decode()
    assert "8 % of goods and postage" in page
    assert "HS 6912…, made in CN" in page


def test_a_shops_own_people_change_nothing_about_customs(owner, shop):
    rule = duty_of(800)
    rule.save()

    for page in (
        reverse("admin:fulfillment_importrule_add"),
        reverse("admin:fulfillment_importrule_change", args=[rule.pk]),
        reverse("admin:fulfillment_importrule_delete", args=[rule.pk]),
        reverse("admin:fulfillment_currencyconversion_add"),
    ):
        assert owner.post(page, form(rate_bp="1", post="yes")).status_code == 403

    rule.refresh_from_db()
    assert (rule.rate_bp, ImportRule.objects.count(), CurrencyConversion.objects.count()) == (800, 1, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rate_bp": ""}, "A share of the value has a rate and what it is a share of; nothing else has."),
        ({"kind": "fee"}, "A share of the value has a rate and what it is a share of; nothing else has."),
        (
            {"kind": "flat_per_line", "rate_bp": "", "base": ""},
            "A threshold, a flat charge and a fee have an amount; nothing else has.",
        ),
        ({"value_upto_minor": "15000"}, "An amount has a currency."),
        ({"base": "duty_inclusive"}, "Only an import tax is a share of what includes the duty."),
        ({"charge": ""}, "Say what is charged; a block and longer codes charge nothing."),
        (
            {"kind": "block", "charge": "", "rate_bp": "", "base": ""},
            "Say why nothing may be sent: buyers read it.",
        ),
        (
            {"kind": "data_required", "charge": "", "rate_bp": "", "base": ""},
            "Say how many digits are asked for; only such a rule has them.",
        ),
        ({"valid_until": "2025-12-31"}, "It cannot end before it begins."),
        ({"dest": "nl"}, "Write two letters, like NL; EU is the whole Union."),
    ],
)
def test_a_rule_that_could_not_be_applied_is_refused_with_the_reason(superuser, changes, sentence):
    answer = superuser.post(reverse("admin:fulfillment_importrule_add"), form(**changes))

    assert sentence in answer.content.decode()
    assert not ImportRule.objects.exists()


def test_a_rule_that_nobody_looked_after_is_named_today_and_in_its_list(superuser, owner):
    today = date.today()
    flat(300, checked_on=today - timedelta(days=91), valid_until=None).save()
    flat(200, dest="FR", checked_on=today - timedelta(days=90)).save()
    flat(100, dest="IT", checked_on=today - timedelta(days=200), valid_until=today - timedelta(days=1)).save()

    tasks = superuser.get(reverse("admin:index")).context["office_tasks"]
    [task] = [task for task in tasks if "import rule" in task["text"]]
    shown = superuser.get(task["url"])

    assert (task["count"], task["text"]) == (1, "import rule was not checked for 90 days")
    assert [rule.dest for rule in shown.context["cl"].result_list] == ["EU"]
    warning = "1 row was last checked more than 90 days ago: what they say is only an estimate by now."
    assert warning in shown.content.decode()
    assert warning in owner.get(reverse(RULES)).content.decode()
    assert all("import rule" not in each["text"] for each in owner.get(reverse("admin:index")).context["office_tasks"])


def test_two_rates_of_the_same_currencies_and_days_would_be_a_guess(superuser):
    pounds("1.20", valid_until=date(2026, 12, 31)).save()
    said = {
        "currency": "GBP",
        "into": "EUR",
        "rate": "1.10",
        "source_url": "https://customs.example/rates",
        "checked_on": "2026-11-27",
    }
    page = reverse("admin:fulfillment_currencyconversion_add")

    answer = superuser.post(page, said | {"valid_from": "2026-12-31"})

    assert "Another rate of these currencies holds on some of these days; end it first." in answer.content.decode()
    assert CurrencyConversion.objects.count() == 1
    superuser.post(page, said | {"valid_from": "2027-01-01"})
    assert [str(row) for row in CurrencyConversion.objects.order_by("valid_from")] == [
        "1 GBP = 1.2 EUR",
        "1 GBP = 1.1 EUR",
    ]


def test_an_owner_says_that_a_rate_has_its_import_charges_paid(shop, owner):
    page = reverse("admin:fulfillment_rate_change", args=[shop.rate.pk])
    days = {"handling_days_min": 1, "handling_days_max": 2, "transit_days_min": 2, "transit_days_max": 4}

    owner.post(page, {"name": "Post, duties paid", "price": "9.80", "max_weight_g": 2000, "incoterm": "DDP"} | days)

    shop.rate.refresh_from_db()
    assert (shop.rate.name, shop.rate.incoterm) == ("Post, duties paid", Incoterm.DDP)


def test_what_customs_asks_for_is_written_at_the_sku_and_checked(shop, owner):
    page = reverse("admin:drops_sku_change", args=[shop.sku.pk])
    sku = {
        "code": shop.sku.code,
        "option_values": "\n".join(shop.sku.option_values),
        "price": "38.00",
        "weight_g": 420,
        "on_hand": 24,
        "hs_code": "6912.00.23",
        "origin_country": "pt",
        "customs_description": "Glazed stoneware coffee mug",
        "material": "Stoneware",
    }

    refused = owner.post(page, sku | {"customs_description": "Gift"}).content.decode()
    assert "Customs offices refuse descriptions with “gift”" in refused
    assert Sku.objects.get(pk=shop.sku.pk).hs_code == ""

    owner.post(page, sku)

    saved = Sku.objects.get(pk=shop.sku.pk)
    assert (saved.hs_code, saved.origin_country, saved.material) == ("69120023", "PT", "Stoneware")
    assert saved.customs_description == "Glazed stoneware coffee mug"


def test_the_board_names_the_skus_that_customs_would_not_let_through(shop, owner):
    shop.zone.countries = ["PT", "CH"]
    shop.zone.save(update_fields=["countries"])

    page = owner.get(reverse("admin:office_board", args=[shop.draft.pk])).content.decode()

    sentence = "Parcels to Switzerland need more for customs: OURS-1 (HS code, country of origin, description)."
    assert sentence in page
