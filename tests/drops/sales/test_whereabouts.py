"""
Where money is by now: whatever happened to an order, what everybody has is what came in. Figures are of one sale of 100.00.
"""

from dataclasses import replace

import pytest

from drops.sales.delivery import ImportCharge
from drops.sales.explaining import explain
from drops.sales.explanation_words import at_the_border
from drops.sales.explanations import AgreedFee, Booked, Movement, OrderFacts, part_of
from drops.sales.taxes import Taxes
from tests.drops.sales.prices import agreed, price, vat
from tests.factories import NOON

ANA, PLATFORM = 7, 1
NAMES = {ANA: ("Ana", "creator"), PLATFORM: ("Platform", "platform")}

# 100.00 with 19 % in it: 15.97 tax, 2.45 for the platform, which pays 1.50 to the provider.
SALE = (
    "sale",
    [("clearing", 10_000, None), ("tax", -1597, None), ("accrued", -245, PLATFORM), ("accrued", -8158, ANA)],
)
CAPTURE = ("capture", [("cash", 9850, None), ("clearing", -10_000, None), ("accrued", 150, PLATFORM)])
RELEASE = ("release", [("accrued", 8158, ANA), ("payable", -8158, ANA)])
TRANSFER = ("transfer", [("payable", 8158, ANA), ("cash", -8158, None)])
BACK = ("transfer_reversal", [("cash", 103, None), ("payable", -103, ANA)])
DISPUTE = ("dispute_opened", [("cash", -12_000, None), ("clearing", 10_000, None), ("accrued", 2000, PLATFORM)])
WON = ("dispute_won", [("cash", 10_000, None), ("clearing", -10_000, None)])
LOST = ("dispute_lost", [("clearing", -10_000, None), ("accrued", 10_000, PLATFORM)])
TWICE = ("unowned", [("cash", 10_000, None), ("refund", -10_000, None)])
TWICE_BACK = ("refund", [("refund", 10_000, None), ("cash", -10_000, None)])
DEBT = ("reversal", [("receivable", 500, ANA), ("refund", -500, None)])
GIVEN_UP = ("write_off", [("receivable", -500, ANA), ("accrued", 500, PLATFORM)])
UNDONE = ("undone", [(account, -amount, payee) for account, amount, payee in SALE[1]])


def facts(*happened):
    movements = tuple(
        Movement(
            cause=f"{kind}:{number}",
            kind=kind,
            at=NOON,
            entries=tuple(
                Booked(account, amount, payee, *NAMES.get(payee, ("", "")), country="DE" if account == "tax" else "")
                for account, amount, payee in entries
            ),
        )
        for number, (kind, entries) in enumerate(happened)
    )
    return OrderFacts(
        ref="7F3K9Q2A0B",
        title="Ring mug",
        currency="EUR",
        terms=price(unit=9709, taxes=vat(1900, "DE"), agreement=agreed(platform_bp=300)),
        quoted_partner_minor=0,
        seller_payee=ANA,
        seller_name="Ana",
        fee=AgreedFee(0, "", 300, 0),
        movements=movements,
    )


@pytest.mark.parametrize(
    ("happened", "came_in", "held"),
    [
        ([SALE], 10_000, {"Ana": 8158, "Platform": 245, "Tax of Germany": 1597}),
        ([SALE, CAPTURE], 10_000, {"Ana": 8158, "Platform": 95, "Tax of Germany": 1597, "Payment provider": 150}),
        (
            [SALE, CAPTURE, RELEASE, TRANSFER, BACK],
            10_000,
            {"Ana": 8158, "Platform": 95, "Tax of Germany": 1597, "Payment provider": 150},
        ),
        (
            [SALE, CAPTURE, DISPUTE, WON],
            10_000,
            {"Ana": 8158, "Platform": -1905, "Tax of Germany": 1597, "Payment provider": 2150},
        ),
        (
            [SALE, CAPTURE, DISPUTE, LOST],
            10_000,
            {
                "Ana": 8158, "Platform": -11_905, "Tax of Germany": 1597, "Payment provider": 2150,
                "The shopper": 10_000,
            },
        ),
        (
            [SALE, CAPTURE, TWICE, TWICE_BACK],
            20_000,
            {
                "Ana": 8158, "Platform": 95, "Tax of Germany": 1597, "Payment provider": 150, "The shopper": 10_000,
            },
        ),
        (
            [SALE, CAPTURE, DEBT, GIVEN_UP],
            10_000,
            {"Ana": 8158, "Platform": -405, "Tax of Germany": 1597, "Payment provider": 150, "The shopper": 500},
        ),
        ([SALE, UNDONE], 10_000, {"Never came in": 10_000}),
    ],
)  # fmt: skip
def test_what_everybody_has_is_what_came_in(happened, came_in, held):
    explanation = explain(facts(*happened))

    found = {holder.name: holder.amount_minor for holder in explanation.holders if holder.amount_minor}
    assert (explanation.came_in_minor, explanation.held_minor, found) == (came_in, came_in, held)


def test_what_was_sent_and_what_came_back_of_it_is_told_apart():
    (ana, *_) = explain(facts(SALE, CAPTURE, RELEASE, TRANSFER, BACK)).holders

    assert (ana.name, ana.parts) == ("Ana", (("may be paid out", 103), ("sent to them", 8055)))


def test_a_transaction_that_is_not_balanced_is_named():
    lost_cent = ("release", [("accrued", 100, ANA), ("payable", -99, ANA)])

    wrong = [one for one in explain(facts(SALE, lost_cent)).sums if not one.holds]

    assert [(one.claim, one.found_minor) for one in wrong] == [
        ("“release:1” is balanced", 1),
        ("What everybody has now", 9999),
    ]


def test_a_payee_sees_their_own_entries_alone():
    own = part_of(explain(facts(SALE, CAPTURE, DISPUTE)), {ANA})

    assert [(one.kind, [entry.account for entry in one.entries]) for one in own.movements] == [("sale", ["accrued"])]
    assert ([holder.name for holder in own.holders], own.is_whole) == (["Ana"], False)


def test_what_a_border_takes_says_its_rule_as_the_terms_keep_it():
    """A duty of 8 % on 70,000.00 and their freight of 6,792.00, and a fee in the border's own money."""
    rule = {
        "dest": "NL",
        "valid_from": "2026-01-01",
        "source": "https://customs.example/rule",
        "checked_on": "2026-11-27",
    }
    by_value = rule | {
        "kind": "ad_valorem",
        "lines": 1,
        "rate_bp": 800,
        "base": "goods_and_freight",
        "base_minor": 7_679_200,
    }
    a_parcel = rule | {"kind": "fee", "lines": 2, "each_minor": 200, "currency": "GBP", "conversion": "1 GBP = 1.2 EUR"}
    told = "Rule of NL since 2026-01-01: https://customs.example/rule, checked 2026-11-27."

    assert at_the_border(by_value, "EUR") == (
        f"76,792.00 × 8 % = 6,143.3600 of goods and postage, rounded half up. {told}"
    )
    assert at_the_border(a_parcel, "EUR") == f"£2.00 a parcel, at 1 GBP = 1.2 EUR. {told}"
    a_line = rule | {"kind": "flat_per_line", "lines": 3, "each_minor": 300, "currency": "EUR"}
    assert at_the_border(a_line, "EUR") == f"€3.00 a line, 3 lines. {told}"
    assert at_the_border({}, "EUR") == ""


def test_duties_are_taken_off_whole_and_no_tax_of_ours_is_in_them():
    charges = (
        ImportCharge("duty", "Customs duty 8 %", 614_336),
        ImportCharge("import_tax", "Import VAT 21 %", 1_741_643),
    )
    terms = price(
        unit=7_000_000, delivery=679_200, taxes=Taxes("US", "sales_tax", is_export=True), charges=charges,
        prices_include_tax=False, agreement=agreed(platform_bp=0),
    )  # fmt: skip

    explanation = explain(replace(facts(), terms=terms))

    assert [(rung.kind, rung.amount_minor, rung.left_minor) for rung in explanation.taken] == [
        ("tax", 0, 10_035_179),
        ("duties", 2_355_979, 7_679_200),
        ("postage", 679_200, 7_000_000),
        ("processor", 0, 7_000_000),
        ("platform", 0, 7_000_000),
    ]
    assert (explanation.base_minor, explanation.wrong) == (7_000_000, 0)
