import pytest

from drops.ledger.splits import SplitLine
from drops.sales import pricing
from drops.sales.delivery import ImportCharge
from drops.sales.taxes import Taxes, TaxUnknown
from tests.drops.sales.prices import agreed, lines_of, price, rules, vat, within

WRAP = pricing.ExtraItem("wrap", "packaging", "Gift wrap", 200, 1)
BOOK = pricing.ExtraItem("book", "extra", "Glaze book", 1060, 1, "reduced")


def test_the_quote_of_one_mug_shows_every_line_and_every_share():
    terms = price(delivery=490, partner=100)

    assert terms["lines"] == [
        {
            "kind": "goods",
            "label": "Ring mug · Sage",
            "amount_minor": 3800,
            "ref": "RM-SAGE",
            "quantity": 1,
            "unit_price_minor": 3800,
            "tax_class": "standard",
        },
        {"kind": "delivery", "label": "Café Mira", "amount_minor": 490},
        {"kind": "service_fee", "label": "Service fee", "amount_minor": 114},
    ]
    assert (terms["format"], terms["total_minor"], terms["rounding"], terms["extras"]) == (2, 4404, "net_sum", [])
    assert within(terms) == [("VAT 23 %", 824), ("Kiln & Tide receives", 2989), ("Café Mira receives", 100)]
    assert terms["shares"] == {
        "tax": [{"country": "PT", "tax_class": "standard", "rate_bp": 2300, "amount_minor": 824}],
        "tax_minor": 824,
        "duties_minor": 0,
        "postage_minor": 398,
        "processor_minor": 0,
        "processor_borne_by": "platform",
        "platform_minor": 93,
        "platform_absorbs_minor": 0,
        "partner_minor": 100,
        "base_minor": 2989,
        "agreement": None,
        "creators": [{"payee": None, "name": "Kiln & Tide", "share_bp": 10_000, "amount_minor": 2989}],
        "creator_minor": 2989,
    }


def test_the_tax_of_the_design_picture_is_met():
    """38.00 and a fee of 1.20 at 19 % contain 6.26, as in the picture of the widget."""
    terms = price(taxes=vat(1900), agreement=agreed(platform_bp=0, fixed=120))

    assert (terms["total_minor"], terms["shares"]["tax_minor"]) == (3920, 626)


def test_an_export_contains_no_tax_and_says_so_once():
    terms = price(taxes=Taxes("PT", "vat", is_export=True), extras=[BOOK])

    assert [line for line in terms["of_which"] if line["kind"] == "tax"] == [
        {
            "kind": "tax",
            "amount_minor": 0,
            "label": "VAT: none, this is an export",
            "name": "vat",
            "rate_bp": 0,
            "is_export": True,
            "country": "PT",
            "tax_class": "standard",
        }
    ]
    assert terms["shares"]["creator_minor"] == 3800 + 1060


def test_the_tax_of_another_country_says_whose_it_is():
    terms = price(taxes=vat(1900, "DE", is_abroad=True))

    assert within(terms)[0] == ("VAT 19 % (DE)", 625)
    assert terms["shares"]["tax"][0]["country"] == "DE"


def test_delivery_and_fee_share_the_rates_of_the_goods_by_their_value():
    """38.00 and 10.60 cut 4.86 of postage into 3.80 and 1.06."""
    taxes = Taxes("PT", "vat", {"standard": 2300, "reduced": 600})

    terms = price(delivery=486, taxes=taxes, extras=[BOOK], agreement=agreed(platform_bp=0))

    assert within(terms)[:2] == [("VAT 23 %", 782), ("VAT 6 %", 66)]
    assert terms["shares"]["postage_minor"] == 486 - 71 - 6


def test_a_line_that_is_for_free_follows_the_first_class():
    taxes = Taxes("PT", "vat", {"standard": 2300, "reduced": 600})

    terms = price(unit=0, delivery=123, taxes=taxes, extras=[pricing.ExtraItem("b", "extra", "Card", 0, 1, "reduced")])

    assert within(terms)[:2] == [("VAT 23 %", 23), ("VAT 6 %", 0)]


def test_an_extra_and_a_packaging_are_lines_of_their_own_in_the_fee_too():
    terms = price(extras=[pricing.ExtraItem("card", "extra", "Card", 150, 2), WRAP])

    assert lines_of(terms) == [
        ("goods", 3800),
        ("extra", 300),
        ("packaging", 200),
        ("delivery", 0),
        ("service_fee", 129),
    ]
    assert terms["lines"][1]["label"] == "2 × Card"
    assert terms["extras"][1] == {
        "ref": "wrap",
        "kind": "packaging",
        "title": "Gift wrap",
        "unit_price_minor": 200,
        "quantity": 1,
        "tax_class": "standard",
    }


def test_tax_on_top_is_a_line_and_the_total_contains_it():
    terms = price(
        unit=1000, delivery=500, prices_include_tax=False, taxes=vat(1900), agreement=agreed(platform_bp=1000)
    )

    assert lines_of(terms) == [("goods", 1000), ("delivery", 500), ("service_fee", 100), ("tax", 304)]
    assert (terms["total_minor"], terms["shares"]["postage_minor"], terms["shares"]["platform_minor"]) == (
        1904,
        500,
        100,
    )
    assert terms["shares"]["creator_minor"] == 1000


def test_rounding_per_line_differs_from_rounding_the_sum():
    """0.17 and 0.17 at 19 % hold 0.027 each: 0.03 + 0.03 by line, 0.05 of the sum. The price is the same."""
    extras = [pricing.ExtraItem("pin", "extra", "Pin", 17, 1)]

    by_line = price(unit=17, extras=extras, rounding="per_line", taxes=vat(1900), agreement=agreed(platform_bp=0))
    of_sum = price(unit=17, extras=extras, rounding="net_sum", taxes=vat(1900), agreement=agreed(platform_bp=0))

    assert [terms["shares"]["tax_minor"] for terms in (by_line, of_sum)] == [6, 5]
    assert [terms["total_minor"] for terms in (by_line, of_sum)] == [34, 34]


def test_a_border_is_paid_in_lines_that_are_no_tax_of_ours():
    charges = (ImportCharge("duty", "Customs duty", 304), ImportCharge("import_fee", "Handling", 200, {"rule": 7}))

    terms = price(taxes=Taxes("PT", "vat", is_export=True), charges=charges)

    assert lines_of(terms)[-2:] == [("duty", 304), ("import_fee", 200)]
    assert (terms["shares"]["duties_minor"], terms["shares"]["tax_minor"]) == (504, 0)
    assert terms["shares"]["creator_minor"] == 3800


@pytest.mark.parametrize(
    ("borne_by", "total", "processor", "creators"),
    [("platform", 3914, 84, 3089), ("creators", 3914, 84, 3005), ("shopper", 3998, 68, 3089)],
)
def test_what_a_payment_costs_is_borne_by_whom_the_creator_says(borne_by, total, processor, creators):
    """1.5 % of 39.14 and 0.25 are 0.84; where the shopper pays that it contains 0.16 of tax."""
    terms = price(processor_borne_by=borne_by, processor_bp=150, processor_fixed_minor=25)

    assert terms["total_minor"] == total
    assert terms["shares"]["processor_minor"] == processor
    assert terms["shares"]["processor_borne_by"] == borne_by
    assert terms["shares"]["creator_minor"] == creators
    assert [kind for kind, _ in lines_of(terms)].count("processor_fee") == (borne_by == "shopper")


def test_if_less_than_nothing_were_left_the_platform_gives_up_as_much():
    terms = price(unit=100, partner=90, processor_borne_by="creators", processor_fixed_minor=25, taxes=vat(0))

    assert terms["total_minor"] == 103
    assert terms["shares"]["platform_absorbs_minor"] == 15
    assert (terms["shares"]["base_minor"], terms["shares"]["platform_minor"]) == (0, 3)


def test_creators_share_by_their_agreement_to_the_cent():
    thirds = tuple(SplitLine(at, name, bp) for at, (name, bp) in enumerate([("A", 3334), ("B", 3333), ("C", 3333)], 1))

    terms = price(unit=1000, taxes=vat(0), agreement=agreed(lines=thirds, platform_bp=0, ref="ag", version=3))

    assert [one["amount_minor"] for one in terms["shares"]["creators"]] == [334, 333, 333]
    assert within(terms)[1:] == [("A receives", 334), ("B receives", 333), ("C receives", 333)]
    assert terms["shares"]["agreement"] == {"ref": "ag", "version": 3}


def test_what_has_no_rate_is_refused_and_not_guessed():
    with pytest.raises(TaxUnknown) as refusal:
        price(tax_class="reduced")

    assert refusal.value.message == "We can't sell this in Portugal yet: its tax there is not known."
    assert refusal.value.facts == {"why": "tax", "country": "PT", "tax_class": "reduced"}


@pytest.mark.parametrize("prices_include_tax", [True, False])
@pytest.mark.parametrize("borne_by", ["platform", "shopper"])
def test_a_card_says_the_total_of_a_price_whose_delivery_is_free(prices_include_tax, borne_by):
    made = {"prices_include_tax": prices_include_tax, "processor_borne_by": borne_by, "processor_bp": 290}

    card = pricing.unit_price(
        rules=rules(**made), agreement=agreed(fixed=25), price_minor=3799, tax_class="standard", taxes=vat()
    )

    assert card == price(unit=3799, agreement=agreed(fixed=25), **made)["total_minor"]
