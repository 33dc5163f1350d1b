"""What a parcel across a customs border costs, as somebody outside of the shop sees it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from drops.catalog.models import Sku
from drops.catalog.tax_rates import TaxRate
from drops.sales.delivery import Destination
from drops.sales.models import Order, OrderLine, Quote
from drops.sales.quotes import offered_choices
from drops.sales.settling import settle
from drops.schedule.readiness import readiness_of
from drops.stock.models import Hold
from fulfillment.import_rules import CurrencyConversion, ImportRule, Incoterm, RuleKind
from fulfillment.import_sources import bring_in_rules
from fulfillment.zones import make_rate, make_zone
from tests.api.knocking import knock, refusal
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider, Outcome, event_of
from tests.factories import (
    make_capsule,
    make_creator,
    make_drop,
    make_drop_sku,
    make_payment,
    make_product,
    make_shopper,
    make_sku,
)
from tests.fulfillment.customs import DATED, duty_of, flat, pounds, tax_of

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
TOLD = {"hs_code": "340600", "origin_country": "GB", "customs_description": "Beeswax candle in glass"}


@pytest.fixture(autouse=True)
def noon(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    ImportRule.objects.all().delete()
    TaxRate.objects.all().delete()
    with stopped_clock(NOON):
        yield
    InMemoryProvider.reset()


def make_candles(*, price_minor=4000, postage_minor=1000, incoterm=Incoterm.DDP, countries=("NL", "DE"), **given):
    """Make a drop of a candle maker outside of the Union, with one rate abroad."""
    maker = {"country": "GB", "currency": "EUR", "tax_rate_bp": 2000, "service_fee_bp": 0, "time_zone": "Europe/London"}
    creator = make_creator(**maker | given)
    drop = make_drop(
        capsule=make_capsule(creator=creator), opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8)
    )
    sku = make_sku(product=make_product(capsule=drop.capsule, title="Candle"), price_minor=price_minor, **TOLD)
    zone = make_zone(creator=creator, name="Abroad", countries=countries)
    make_rate(zone=zone, price_minor=postage_minor, name="Post", incoterm=incoterm)
    return make_drop_sku(drop=drop, sku=sku)


def options_of(drop_sku, country="NL", postcode="", quantity=1):
    query = f"sku={drop_sku.sku.code}&country={country}&postcode={postcode}&quantity={quantity}"
    return knock("GET", f"drops/{drop_sku.drop.ref}/delivery?{query}", origin="").json()


def quote_of(drop_sku, *, country="NL", shopper=None, quantity=1):
    [option] = offered_choices(drop_sku=drop_sku, quantity=quantity, destination=Destination(country, "")).options
    body = {
        "drop": drop_sku.drop.ref,
        "sku": drop_sku.sku.code,
        "quantity": quantity,
        "destination": {"country": country, "postcode": ""},
        "delivery": {"method": "parcel", "option": option.key},
    }
    shopper = shopper or make_shopper(creator=drop_sku.drop.creator)
    answer = knock("POST", "quotes", body, shopper=shopper)
    assert answer.status_code == 201, answer.content
    return answer.json()["terms"]


def lines_of(terms):
    return [(line["kind"], line["label"], line["amount_minor"]) for line in terms["lines"] if line["amount_minor"]]


def test_duty_and_import_tax_paid_in_advance_are_lines_of_the_quote_to_the_cent():
    duty_of(800).save()
    tax_of(2100).save()
    drop_sku = make_candles(price_minor=7_000_000, postage_minor=679_200)

    terms = quote_of(drop_sku)

    # 8 % of 76,792.00 is 6,143.36; 21 % of 82,935.36 is 17,416.4256.
    assert lines_of(terms) == [
        ("goods", str(drop_sku.sku), 7_000_000),
        ("delivery", "Post to Netherlands", 679_200),
        ("duty", "Customs duty 8 %", 614_336),
        ("import_tax", "Import tax 21 %", 1_741_643),
    ]
    assert terms["total_minor"] == 10_035_179
    # Neither is a tax of ours: it is an export, and what customs gets is nobody's share.
    assert terms["shares"]["duties_minor"] == 2_355_979
    assert (terms["shares"]["tax_minor"], terms["shares"]["postage_minor"]) == (0, 679_200)
    assert terms["shares"]["base_minor"] == 7_000_000
    assert [line["amount_minor"] for line in terms["of_which"] if line["kind"] == "tax"] == [0]
    assert terms["delivery"]["import_note"] == "Import charges are included: nothing is due on delivery."
    assert terms["lines"][-1]["detail"]["base_minor"] == 8_293_536
    assert terms["delivery"]["import"]["charges"][0]["detail"]["checked_on"] == "2026-11-27"


def test_the_charges_are_held_paid_and_kept_with_the_order_as_they_were_shown():
    duty_of(800).save()
    tax_of(2100).save()
    drop_sku = make_candles()
    shopper = make_shopper(creator=drop_sku.drop.creator)
    terms = quote_of(drop_sku, shopper=shopper)
    quote = Quote.objects.get()
    answer = knock(
        "POST",
        "holds",
        {"quote": quote.ref, "hash": quote.hash},
        shopper=shopper,
        headers={"Idempotency-Key": "once"},
    )
    assert answer.status_code == 201, answer.content
    ImportRule.objects.update(rate_bp=5000)
    hold = Hold.objects.get()
    page = Client().get(f"/checkout/{hold.ref}/").content.decode()
    address = {"street": "Herengracht 1", "city": "Amsterdam", "postcode": "1015 BA", "country": "NL"}
    payment = make_payment(hold=hold, address=address)

    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    order = Order.objects.get()
    # 8 % of 50.00, and 21 % of 54.00.
    assert lines_of(order.terms)[2:] == [("duty", "Customs duty 8 %", 400), ("import_tax", "Import tax 21 %", 1134)]
    assert (order.terms, order.total_minor) == (terms, 6534)
    assert "Customs duty 8 %" in page
    assert "Import charges are included: nothing is due on delivery." in page
    assert OrderLine.objects.get().unit_price_minor == 4000


def test_the_same_wish_gives_the_same_bytes():
    duty_of(800).save()
    tax_of(2100).save()
    drop_sku = make_candles()

    quote_of(drop_sku)
    quote_of(drop_sku)

    first, second = Quote.objects.order_by("pk")
    assert (first.hash, first.terms) == (second.hash, second.terms)


def test_a_parcel_whose_buyer_pays_at_the_border_says_about_what_and_who_decides():
    flat(300).save()
    tax_of(2100).save()
    drop_sku = make_candles(incoterm=Incoterm.DAP)

    [option] = options_of(drop_sku)["options"]
    terms = quote_of(drop_sku)

    # €3.00, and 21 % of 53.00.
    note = "You may pay about €14.13 on delivery, decided by customs of Netherlands (rules as checked on 27 Nov 2026)."
    assert (option["import_note"], option["import_charges"]) == (note, [])
    assert terms["delivery"]["import_note"] == note
    assert lines_of(terms)[1:] == [("delivery", "Post to Netherlands", 1000)]
    assert (terms["total_minor"], terms["shares"]["duties_minor"]) == (5000, 0)
    assert terms["delivery"]["import"]["amount_minor"] == 1413
    assert terms["delivery"]["import"]["items"] == [
        {
            "sku": drop_sku.sku.code,
            "hs_code": "340600",
            "origin_country": "GB",
            "description": "Beeswax candle in glass",
            "quantity": 1,
            "value_minor": 4000,
            "packing_minor": 0,
        }
    ]


def test_import_tax_is_the_member_states_own_rate_where_no_rule_says_otherwise():
    flat(300).save()
    TaxRate.objects.create(
        country="DE", rate_bp=1900, valid_from=DATED["valid_from"], source="TEDB", checked_on=DATED["checked_on"]
    )
    drop_sku = make_candles(countries=["DE"])

    [option] = options_of(drop_sku, "DE")["options"]

    assert [(charge["kind"], charge["amount"]["amount_minor"]) for charge in option["import_charges"]] == [
        ("duty", 300),
        ("import_tax", 1007),  # 19 % of 53.00
    ]


def test_paying_in_advance_is_not_offered_while_nobody_knows_what():
    drop_sku = make_candles(countries=["CH"])
    zone = make_zone(creator=drop_sku.drop.creator, name="Abroad", countries=["CH"])

    alone = options_of(drop_sku, "CH")
    make_rate(zone=zone, price_minor=500, name="Plain post")
    [plain] = options_of(drop_sku, "CH")["options"]

    assert (alone["options"], alone["refusals"]) == (
        [],
        ["Nobody can say yet which import charges would have to be paid in advance to send this to Switzerland."],
    )
    assert plain["import_note"] == (
        "You may have to pay duty or tax on delivery, decided by customs of Switzerland. No estimate is known."
    )


def test_a_destination_that_takes_nothing_is_refused_with_the_reason_and_nothing_is_quoted():
    ImportRule.objects.create(dest="NL", kind=RuleKind.BLOCK, hs_prefix="3406", note="No candles this year.", **DATED)
    drop_sku = make_candles()

    body = {
        "drop": drop_sku.drop.ref,
        "sku": drop_sku.sku.code,
        "destination": {"country": "NL"},
        "delivery": {"method": "parcel", "option": "any"},
    }
    answer = knock("POST", "quotes", body, shopper=make_shopper(creator=drop_sku.drop.creator))

    reason = "Customs of Netherlands does not let this in: No candles this year."
    assert (refusal(answer), answer.json()["message"]) == ((409, "delivery_gone"), reason)
    assert options_of(drop_sku)["refusals"] == [reason]
    assert not Quote.objects.exists()


@pytest.mark.parametrize("fact", ["hs_code", "origin_country", "customs_description"])
def test_what_customs_asks_for_is_missed_when_a_drop_is_set_up_and_by_sku(fact):
    flat(300).save()
    drop_sku = make_candles()

    def lines():
        return [(check.ok, check.text) for check in readiness_of(drop=drop_sku.drop) if check.code == "customs"]

    assert lines() == [(True, "Customs in Germany and Netherlands can be told what every SKU is.")]

    Sku.objects.update(**{fact: ""})

    lacking = {"hs_code": "HS code", "origin_country": "country of origin", "customs_description": "description"}[fact]
    code = drop_sku.sku.code
    assert lines() == [(False, f"Parcels to Germany and Netherlands need more for customs: {code} ({lacking}).")]
    assert options_of(drop_sku)["refusals"] == ["What customs of Netherlands asks for has not been filled in yet."]


def test_the_united_states_ask_for_ten_digits():
    bring_in_rules()
    drop_sku = make_candles(countries=["US", "DE"])

    lines = [(check.ok, check.text) for check in readiness_of(drop=drop_sku.drop) if check.code == "customs"]

    code = drop_sku.sku.code
    assert lines == [
        (True, "Customs in Germany can be told what every SKU is."),
        (False, f"Parcels to United States need more for customs: {code} (HS code of 10 digits)."),
    ]


@pytest.mark.parametrize(
    ("home", "country", "postcode"),
    [("PT", "PT", "1200-109"), ("PT", "NL", "1015 BA"), ("GB", "GB", "BA1 1AA"), ("IE", "GB", "BT1 5GS")],
)
def test_nothing_of_it_appears_where_no_customs_border_is_crossed(home, country, postcode):
    duty_of(800).save()
    TaxRate.objects.create(
        country=home, rate_bp=2000, valid_from=DATED["valid_from"], source="TEDB", checked_on=DATED["checked_on"]
    )
    drop_sku = make_candles(country=home, countries=[country])
    Sku.objects.update(hs_code="", origin_country="", customs_description="")

    [option] = options_of(drop_sku, country, postcode)["options"]
    terms = quote_of(drop_sku, country=country) if country != "GB" or home == "GB" else None

    assert (option["import_note"], option["import_charges"]) == ("", [])
    if terms:
        assert "import_note" not in terms["delivery"]
        assert "import" not in terms["delivery"]
    if home != "IE":
        assert [check for check in readiness_of(drop=drop_sku.drop) if check.code == "customs"] == []


def test_pounds_are_turned_into_euros_only_as_somebody_stated():
    flat(300, value_upto_minor=15_000).save()
    tax_of(2100).save()
    drop_sku = make_candles(currency="GBP")

    before = options_of(drop_sku)
    pounds("1.20").save()
    [option] = options_of(drop_sku)["options"]

    assert before["options"] == []
    assert [charge["amount"]["amount_minor"] for charge in option["import_charges"]] == [250, 1103]
    assert CurrencyConversion.objects.count() == 1


def test_a_rule_counts_from_the_day_on_which_a_parcel_may_arrive():
    flat(300, valid_from=datetime(2026, 12, 2, tzinfo=UTC).date()).save()
    tax_of(2100).save()
    drop_sku = make_candles()

    [option] = options_of(drop_sku)["options"]

    assert option["earliest_date"] == "2026-12-02"
    assert option["import_charges"][0]["amount"]["amount_minor"] == 300


def test_the_rules_to_begin_with_are_brought_in_once_and_each_has_a_source():
    assert bring_in_rules() == 5
    assert bring_in_rules() == 0

    rules = list(ImportRule.objects.order_by("dest", "kind").values_list("dest", "kind", "amount_minor", "currency"))
    assert rules == [
        ("EU", "flat_per_line", 300, "EUR"),
        ("FR", "flat_per_line", 200, "EUR"),
        ("GB", "threshold", 13500, "GBP"),
        ("US", "block", None, ""),
        ("US", "data_required", None, ""),
    ]
    for rule in ImportRule.objects.all():
        rule.full_clean()
        assert rule.source_url.startswith("https://")


def test_the_product_page_shows_the_duty_line_before_anything_is_held():
    flat(300).save()
    tax_of(2100).save()
    drop_sku = make_candles()
    creator, product = drop_sku.drop.creator, drop_sku.sku.product

    page = Client().get(f"/{creator.slug}/p/{product.handle}/?country=NL").content.decode()

    assert "Customs duty" in page
    assert "€11.13" in page  # 21 % of 53.00
    assert "Import charges are included: nothing is due on delivery." in page
    assert "import charges are paid with the order" in page
    assert not Hold.objects.exists()
