from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drops.catalog.models import Creator
from drops.sales import pricing, quotes
from drops.sales.delivery import DeliveryGone, DeliveryOption, Destination
from drops.sales.models import Quote
from tests.factories import make_drop, make_drop_sku, make_quote, make_shopper

LISBON = Destination("PT", "1200-109")


def price(*, creator, unit=3800, quantity=1, delivery=0, country="PT", partner=0):
    day = date(2026, 11, 27)
    return pricing.price(
        creator=creator,
        goods=pricing.Goods("batch-07", "RM-SAGE", "Ring mug · Sage", unit, quantity),
        delivery=DeliveryOption("pickup", "slot", "Café Mira", delivery, day, day, partner_fee_minor=partner),
        destination=Destination(country),
        hold_minutes=10,
    )


def kiln(**given):
    return Creator(
        **{"name": "Kiln & Tide", "currency": "EUR", "country": "PT", "tax_rate_bp": 2300, "service_fee_bp": 300}
        | given
    )


def test_the_quote_of_one_mug_shows_every_line_and_every_share():
    terms = price(creator=kiln(), delivery=490, partner=100)

    assert [(line["label"], line["amount_minor"]) for line in terms["lines"]] == [
        ("Ring mug · Sage", 3800),
        ("Café Mira", 490),
        ("Service fee", 114),
    ]
    assert terms["total_minor"] == 4404
    assert [(line["label"], line["amount_minor"]) for line in terms["of_which"]] == [
        ("VAT 23 %", 824),
        ("Kiln & Tide receives", 2989),
    ]
    assert terms["shares"] == {
        "tax_minor": 824,
        "platform_minor": 93,
        "postage_minor": 398,
        "partner_minor": 100,
        "creator_minor": 2989,
    }


def test_the_tax_of_the_design_picture_is_met():
    """38.00 and a fee of 1.20 at 19 % contain 6.26, as in the picture of the widget."""
    terms = price(creator=kiln(tax_rate_bp=1900, service_fee_bp=0, service_fee_fixed_minor=120))

    assert (terms["total_minor"], terms["shares"]["tax_minor"]) == (3920, 626)


def test_an_export_contains_no_tax_and_says_so():
    terms = price(creator=kiln(), country="US")

    assert terms["of_which"][0] == {
        "kind": "tax",
        "label": "VAT: none, this is an export",
        "amount_minor": 0,
        "name": "vat",
        "rate_bp": 0,
        "is_export": True,
    }
    assert terms["shares"]["creator_minor"] == 3800


@given(
    unit=st.integers(0, 500_000),
    quantity=st.integers(1, 10),
    delivery=st.integers(0, 20_000),
    tax=st.integers(0, 3000),
    fee=st.integers(0, 3000),
    fixed=st.integers(0, 500),
    partner=st.integers(0, 200),
    country=st.sampled_from(["PT", "DE", "US"]),
)
def test_lines_and_shares_both_sum_to_the_total(unit, quantity, delivery, tax, fee, fixed, partner, country):
    creator = kiln(tax_rate_bp=tax, service_fee_bp=fee, service_fee_fixed_minor=fixed)

    terms = price(creator=creator, unit=unit, quantity=quantity, delivery=delivery, country=country, partner=partner)

    assert sum(line["amount_minor"] for line in terms["lines"]) == terms["total_minor"]
    assert sum(terms["shares"].values()) == terms["total_minor"]
    assert min(line["amount_minor"] for line in terms["lines"]) >= 0


@pytest.mark.django_db
def test_the_same_wish_gets_the_same_terms_to_the_byte():
    drop_sku = make_drop_sku()

    first, second = make_quote(drop_sku=drop_sku), make_quote(drop_sku=drop_sku)

    assert (first.terms, first.hash) == (second.terms, second.hash)
    assert first.ref != second.ref


@pytest.mark.django_db
def test_the_price_on_a_card_has_the_fees_in_it():
    assert quotes.price_from(drop_sku=make_drop_sku()) == 3914


@pytest.mark.django_db
def test_where_nothing_reaches_the_reason_is_said():
    drop_sku = make_drop_sku()

    choices = quotes.delivery_choices(
        drop=drop_sku.drop, sku_code=drop_sku.sku.code, quantity=1, destination=Destination("NO")
    )

    assert [option.key for option in choices.options] == ["post"]
    assert choices.refusals == ["We can't hand anything over in Norway."]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"sku_code": "NONE"}, quotes.SkuNotInDrop),
        ({"quantity": 0}, quotes.WrongQuantity),
        ({"quantity": 11}, quotes.WrongQuantity),
        ({"option": "gone"}, DeliveryGone),
        ({"destination": Destination("NO"), "method": "pickup"}, DeliveryGone),
    ],
)
def test_a_wish_that_cannot_be_met_gets_no_quote(wish, refusal):
    drop_sku = make_drop_sku()
    asked = {
        "shopper": make_shopper(creator=drop_sku.drop.creator),
        "drop": drop_sku.drop,
        "sku_code": drop_sku.sku.code,
        "quantity": 1,
        "destination": LISBON,
        "method": "pickup",
        "option": "counter",
    }

    with pytest.raises(refusal):
        quotes.make_quote(**asked | wish)

    assert Quote.objects.count() == 0


@pytest.mark.django_db
def test_a_session_of_another_shop_gets_no_quote():
    drop_sku = make_drop_sku()

    with pytest.raises(quotes.SkuNotInDrop):
        make_quote(drop_sku=drop_sku, shopper=make_shopper())

    assert Quote.objects.count() == 0


@pytest.mark.django_db
def test_a_draft_is_not_to_be_seen():
    drop_sku = make_drop_sku(drop=make_drop(state="draft"))

    with pytest.raises(quotes.SkuNotInDrop):
        make_quote(drop_sku=drop_sku)
