"""
The table of docs/money.md, with numbers that were reckoned by hand. The page and this file say the same, cent for cent.
"""

from pathlib import Path

import pytest

from drops.ledger.splits import SplitLine
from drops.money import share_of
from drops.sales.delivery import ImportCharge
from drops.sales.taxes import Taxes
from tests.drops.sales.prices import agreed, lines_of, price, vat

PAGE = Path(__file__).parents[3] / "docs" / "money.md"


def _inclusive():
    return price(unit=3800, delivery=490, taxes=vat(1900, "DE"), agreement=agreed(platform_bp=0, fixed=120))


def _exclusive():
    taxes = Taxes("US", "sales_tax", {"standard": 888})
    return price(unit=3800, delivery=500, taxes=taxes, prices_include_tax=False)


def _three():
    lines = tuple(SplitLine(at, name, bp) for at, name, bp in [(1, "Ana", 3334), (2, "Ben", 3333), (3, "Cem", 3333)])
    return price(unit=10_000, taxes=vat(1900, "DE"), agreement=agreed(lines=lines, ref="trio", version=2))


def _duties_paid():
    charges = (
        ImportCharge("duty", "Customs duty 8 %", 614_336),
        ImportCharge("import_tax", "Import VAT 21 %", 1_741_643),
    )
    export = Taxes("US", "sales_tax", is_export=True)
    return price(
        unit=7_000_000, delivery=679_200, taxes=export, charges=charges, prices_include_tax=False,
        agreement=agreed(platform_bp=0),
    )  # fmt: skip


def test_nineteen_per_cent_are_in_the_price():
    terms = _inclusive()

    assert lines_of(terms) == [("goods", 3800), ("delivery", 490), ("service_fee", 120)]
    assert (terms["total_minor"], terms["shares"]["tax_minor"]) == (4410, 704)
    assert (terms["shares"]["postage_minor"], terms["shares"]["platform_minor"]) == (412, 101)
    assert terms["shares"]["base_minor"] == 3193


def test_sales_tax_is_added_on_top():
    terms = _exclusive()

    assert lines_of(terms) == [("goods", 3800), ("delivery", 500), ("service_fee", 114), ("tax", 392)]
    assert (terms["total_minor"], terms["shares"]["base_minor"]) == (4806, 3800)


def test_three_creators_share_a_third_each():
    terms = _three()

    assert (terms["total_minor"], terms["shares"]["tax_minor"], terms["shares"]["platform_minor"]) == (
        10_300,
        1645,
        252,
    )
    assert terms["shares"]["base_minor"] == 8403
    assert [one["amount_minor"] for one in terms["shares"]["creators"]] == [2801, 2801, 2801]


def test_duty_and_import_tax_are_paid_in_advance():
    """Duty is on goods and freight, import tax on those and the duty."""
    duty = share_of(7_000_000 + 679_200, 800)
    assert (duty, share_of(7_679_200 + duty, 2100)) == (614_336, 1_741_643)

    terms = _duties_paid()

    assert lines_of(terms)[-2:] == [("duty", 614_336), ("import_tax", 1_741_643)]
    assert terms["total_minor"] == 10_035_179
    assert terms["shares"]["duties_minor"] == 2_355_979
    assert (terms["shares"]["tax_minor"], terms["shares"]["base_minor"]) == (0, 7_000_000)


@pytest.mark.parametrize("make", [_inclusive, _exclusive, _three, _duties_paid])
def test_the_page_names_the_same_amounts(make):
    terms, page = make(), PAGE.read_text()

    amounts = [line["amount_minor"] for line in terms["lines"]] + [terms["total_minor"], terms["shares"]["tax_minor"]]
    amounts += [one["amount_minor"] for one in terms["shares"]["creators"]]
    assert [amount for amount in amounts if amount and f"{amount / 100:,.2f}" not in page] == []
