"""What documents say, with numbers worked out by hand."""

from types import SimpleNamespace

import pytest

from drops.documents.contents import document_data, tax_rows
from drops.documents.credits import CreditUnclear, credit_note_data
from drops.sales.models import Order
from tests.drops.documents.makers import make_sale, make_seller, make_ware
from tests.factories import make_creator

pytestmark = pytest.mark.django_db


def line(kind, label, amount_minor, **more):
    return {"kind": kind, "label": label, "amount_minor": amount_minor, **more}


def ware(label, unit_price_minor, quantity, tax_class):
    return line(
        "goods",
        label if quantity == 1 else f"{quantity} × {label}",
        unit_price_minor * quantity,
        ref="X",
        quantity=quantity,
        unit_price_minor=unit_price_minor,
        tax_class=tax_class,
    )


def tax(rate_bp, amount_minor, tax_class="standard", country="DE", **more):
    return line("tax", "VAT", amount_minor, name="vat", rate_bp=rate_bp, country=country, tax_class=tax_class) | more


# Two mugs at 19 % and a book at 7 %, with post and fee, tax included. Post is cut 8000 : 2000 into 392 and 98, the fee into
# 240 and 60. So 8632 are at 19 %: 8632 - 1378 = 7254; and 2158 at 7 %: 2158 - 141 = 2017.
MIXED = {
    "format": 2,
    "title": "Ring mug",
    "quantity": 2,
    "prices_include_tax": True,
    "lines": [
        ware("Ring mug", 4000, 2, "standard"),
        line("extra", "Book", 2000, ref="B", quantity=1, unit_price_minor=2000, tax_class="reduced"),
        line("delivery", "Post", 490),
        line("service_fee", "Service fee", 300),
    ],
    "of_which": [tax(1900, 1378), tax(700, 141, "reduced"), line("creator", "Kiln & Tide receives", 8000)],
}
# New York, prices without tax: 50.00 and post of 10.00 at 8.875 %, which is 5.325, rounded up.
ON_TOP = {
    "format": 2,
    "title": "LP",
    "quantity": 1,
    "prices_include_tax": False,
    "lines": [ware("LP", 5000, 1, "standard"), line("delivery", "Post", 1000), tax(888, 533, country="US")],
    "of_which": [tax(888, 533, country="US", name="sales_tax")],
}
DUTY_PAID = {
    "format": 2,
    "title": "Bowl",
    "quantity": 1,
    "prices_include_tax": True,
    "lines": [
        ware("Bowl", 70_000, 1, "standard"),
        line("delivery", "Post", 6_792),
        line("duty", "Duty", 6_143),
        line("import_tax", "Import tax", 17_416),
    ],
    "of_which": [tax(0, 0, country="BR", is_export=True)],
}


@pytest.fixture
def order():
    return make_sale(make_ware(make_creator()))


def as_sold(order, terms, total_minor):
    Order.objects.filter(pk=order.pk).update(terms=order.terms | terms, total_minor=total_minor)
    return Order.objects.select_related("creator", "shopper").get(pk=order.pk)


def sums(data):
    return data["net_minor"], data["tax_minor"], data["total_minor"]


def rates(data):
    return [(row["rate_bp"], row["country"], row["net_minor"], row["tax_minor"]) for row in data["taxes"]]


def test_terms_of_the_first_format(order):
    make_seller(order.creator)

    data = document_data(order=order)

    assert data["lines"] == [
        {
            "kind": "goods",
            "label": "Ring mug · Sage",
            "quantity": 1,
            "unit_price_minor": 3800,
            "amount_minor": 3800,
            "rate_bp": 2300,
            "unit_net_minor": 3089,
        },
        {"kind": "delivery", "label": "At the counter", "quantity": None, "unit_price_minor": None, "amount_minor": 0},
        {
            "kind": "service_fee",
            "label": "Service fee",
            "quantity": None,
            "unit_price_minor": None,
            "amount_minor": 114,
        },
    ]
    assert (rates(data), sums(data)) == ([(2300, "PT", 3182, 732)], (3182, 732, 3914))
    assert data["seller"] == {
        "shop": "Kiln & Tide",
        "name": "Ines Duarte, Lda.",
        "street": "Rua da Rosa 14",
        "postcode": "1200-387",
        "city": "Lisboa",
        "country": "PT",
        "email": "contas@kilnandtide.example",
        "vat_id": "PT501442600",
        "tax_number": "",
        "register_line": "",
    }
    assert data["buyer"]["name"] == "Lena Vogt"
    assert data["supply"] == {
        "method": "pickup",
        "name": "At the counter",
        "place": "",
        "first_date": "2026-11-27",
        "last_date": "2026-11-27",
    }
    assert (data["payment"]["provider"], data["payment"]["is_test"], data["remarks"]) == ("memory", True, [])


def test_several_rates_share_delivery_and_fee_by_value(order):
    data = document_data(order=as_sold(order, MIXED, 10_790))

    assert rates(data) == [(1900, "DE", 7254, 1378), (700, "DE", 2017, 141)]
    assert sums(data) == (9271, 1519, 10_790)
    assert [(row["label"], row["quantity"]) for row in data["lines"][:2]] == [("Ring mug", 2), ("Book", 1)]


def test_two_classes_at_one_rate_are_one_row(order):
    terms = MIXED | {"of_which": [tax(2300, 1600), tax(2300, 400, "reduced")]}

    assert rates(document_data(order=as_sold(order, terms, 10_790))) == [(2300, "DE", 8790, 2000)]


def test_tax_on_top_is_no_line_of_its_own(order):
    data = document_data(order=as_sold(order, ON_TOP, 6533))

    assert [row["kind"] for row in data["lines"]] == ["goods", "delivery"]
    assert (rates(data), sums(data)) == ([(888, "US", 6000, 533)], (6000, 533, 6533))


def test_an_export_says_so_and_duty_is_not_taxed_here(order):
    data = document_data(order=as_sold(order, DUTY_PAID, 100_351))

    assert data["remarks"] == [{"kind": "export"}]
    assert (rates(data), sums(data)) == ([(0, "BR", 76_792, 0)], (100_351, 0, 100_351))


def test_an_exempt_seller_says_why_there_is_no_tax():
    creator = make_creator(tax_rate_bp=0)
    make_seller(creator, is_exempt=True, exemption_note="No VAT under section 19 UStG.")

    data = document_data(order=make_sale(make_ware(creator)))

    assert data["remarks"] == [{"kind": "exempt", "text": "No VAT under section 19 UStG."}]


@pytest.mark.parametrize(("locale", "language"), [("de-AT", "de"), ("fr", "fr"), ("ar_EG", "ar"), ("ja", "es")])
def test_the_shoppers_language_or_else_the_sellers(locale, language):
    creator = make_creator()
    make_seller(creator, language="es")

    assert document_data(order=make_sale(make_ware(creator), locale=locale))["language"] == language


def test_rows_sum_to_the_total_where_nothing_was_paid_for():
    terms = {"lines": [ware("Gift", 0, 1, "standard")], "of_which": [tax(1900, 0), tax(700, 0, "reduced")]}

    rows = tax_rows(terms=terms, seller_country="DE", total_minor=0)

    assert [(row["net_minor"], row["tax_minor"]) for row in rows] == [(0, 0), (0, 0)]


# -- credit notes ---------------------------------------------------------------------------------------------------


def original_of(order):
    data = document_data(order=order) | {"kind": "invoice", "reference": "KT-2026-0001", "issued_date": "2026-11-27"}
    return SimpleNamespace(data=data)


def credited(order, amount_minor, plan=None):
    refund = SimpleNamespace(amount_minor=amount_minor, plan=plan, key="refund:1")
    return credit_note_data(refund=refund, original=original_of(order))


def test_a_whole_refund_mirrors_its_document(order):
    note = credited(order, 3914)

    assert (note["lines"], sums(note)) == (document_data(order=order)["lines"], (3182, 732, 3914))
    assert note["corrects"] == {"kind": "invoice", "reference": "KT-2026-0001", "issued_date": "2026-11-27"}


def test_a_whole_refund_is_the_mirror_to_the_cent_whatever_its_plan_says(order):
    sold = as_sold(order, MIXED, 10_790)

    note = credited(sold, 10_790, {"lines": [line("goods", "Other", 10_790, quantity=1, tax=[])], "tax": []})

    assert (rates(note), sums(note)) == (rates(document_data(order=sold)), (9271, 1519, 10_790))


def test_a_part_is_printed_by_its_plan(order):
    plan = {
        "lines": [
            line("goods", "2 × Ring mug", 4000, quantity=1, tax=[{"rate_bp": 1900, "amount_minor": 638}]),
            line("service_fee", "Service fee", 120, quantity=0, tax=[
                {"rate_bp": 1900, "amount_minor": 16}, {"rate_bp": 700, "amount_minor": 1}
            ]),
        ],
        "tax": [
            {"country": "DE", "tax_class": "standard", "rate_bp": 1900, "amount_minor": 654},
            {"country": "DE", "tax_class": "reduced", "rate_bp": 700, "amount_minor": 1},
        ],
    }  # fmt: skip

    note = credited(as_sold(order, MIXED, 10_790), 4120, plan)

    assert [(row["label"], row["quantity"], row["unit_price_minor"], row["amount_minor"]) for row in note["lines"]] == [
        ("Ring mug", 1, 4000, 4000),
        ("Service fee", None, None, 120),
    ]
    # Of the fee's net 103, by 16 / 0.19 : 1 / 0.07 = 84 : 14, 88 are at 19 % and 15 at 7 %.
    assert (rates(note), sums(note)) == ([(1900, "DE", 3450, 654), (700, "DE", 15, 1)], (3465, 655, 4120))


def test_a_part_at_one_rate_with_duty_leaves_the_duty_out_of_what_is_taxed(order):
    plan = {"lines": [line("goods", "Bowl", 7000, quantity=0, tax=[]), line("duty", "Duty", 614, tax=[])], "tax": []}

    note = credited(as_sold(order, DUTY_PAID, 100_351), 7614, plan)

    assert (rates(note), sums(note)) == ([(0, "BR", 7000, 0)], (7614, 0, 7614))


def test_a_part_without_a_plan_is_refused(order):
    with pytest.raises(CreditUnclear):
        credited(order, 1000)
