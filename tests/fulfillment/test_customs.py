from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drops.idempotency import hash_of
from fulfillment.customs import MissingFact
from fulfillment.import_rules import Confidence, ImportRule, Incoterm, RuleKind, ValueBase
from fulfillment.import_words import import_facts, import_note
from tests.fulfillment.customs import (
    DATED,
    DAY,
    amounts,
    duty_of,
    fee,
    flat,
    item,
    judged,
    pounds,
    relief,
    tax_of,
)


def test_duty_is_a_share_of_goods_and_postage_and_import_tax_of_both_with_the_duty():
    estimate = judged(duty_of(800), tax_of(2100), items=(item(7_000_000),), freight_minor=679_200)

    # 8 % of 76,792.00, and 21 % of 82,935.36.
    assert amounts(estimate) == [("duty", 614_336), ("import_tax", 1_741_643)]
    assert [charge.label for charge in estimate.charges] == ["Customs duty 8 %", "Import tax 21 %"]
    assert [charge.detail["base_minor"] for charge in estimate.charges] == [7_679_200, 8_293_536]
    assert (estimate.total_minor, estimate.confidence) == (2_355_979, Confidence.KNOWN)


def test_each_charge_carries_its_rule_with_source_and_days():
    estimate = judged(duty_of(800, pk=7), relief(10_000, charge="import_tax", dest="NL"))

    [charge] = estimate.charges
    assert charge.detail == {
        "rule": 7,
        "dest": "EU",
        "kind": "ad_valorem",
        "lines": 1,
        "valid_from": "2026-01-01",
        "checked_on": "2026-11-27",
        "source": "https://customs.example/rule",
        "confidence": "known",
        "rate_bp": 800,
        "base": "goods_and_freight",
        "base_minor": 5000,
    }


def test_in_the_union_lines_are_six_digits_and_origins_whatever_the_quantity():
    cups, more_cups = item(sku_code="A", hs_code="6912002310"), item(sku_code="B", hs_code="6912002900")
    chinese, candle = item(sku_code="C", hs_code="69120023", origin_country="CN"), item(sku_code="D")

    estimate = judged(flat(300), tax_of(2100), items=(cups, more_cups, chinese, candle))

    assert amounts(estimate)[0] == ("duty", 900)
    assert estimate.charges[0].detail["lines"] == 3


def test_outside_of_the_union_every_code_is_a_line_of_its_own():
    items = (item(hs_code="6912002310"), item(hs_code="6912002900"))

    estimate = judged(flat(300, dest="CH"), tax_of(810, dest="CH"), items=items, country="CH")

    assert amounts(estimate)[0] == ("duty", 600)


def test_the_whole_parcels_value_decides_what_holds_and_its_postage_does_not_count():
    rules = (flat(300, value_upto_minor=15_000), tax_of(2100))

    at_the_limit = judged(*rules, items=(item(7_500), item(7_500, hs_code="691200")), freight_minor=9_999)
    above = judged(*rules, items=(item(7_500), item(7_501, hs_code="691200")), freight_minor=0)

    assert amounts(at_the_limit)[0] == ("duty", 600)
    assert (above.confidence, above.unknown, above.charges) == (Confidence.UNKNOWN, ("duty", "import_tax"), ())


def test_nothing_is_due_up_to_a_threshold():
    rules = (relief(13_500), duty_of(800), tax_of(2000))

    assert amounts(judged(*rules, items=(item(13_500),), freight_minor=0)) == [("import_tax", 2_700)]
    assert amounts(judged(*rules, items=(item(13_501),), freight_minor=0)) == [("duty", 1_080), ("import_tax", 2_916)]


def test_the_longer_code_the_origin_and_the_own_country_are_more_specific():
    rules = [duty_of(500), duty_of(600, dest="NL"), duty_of(700, origin_country="GB"), duty_of(0, hs_prefix="3406")]

    def rate(*chosen):
        [*duties, _] = judged(*chosen, tax_of(2100)).charges
        return [charge.detail["rate_bp"] for charge in duties]

    assert rate(*rules) == []  # candles of beeswax: nothing
    assert rate(*rules[:3]) == [700]
    assert rate(*rules[:2]) == [600]
    assert rate(*reversed(rules[:3])) == [700]


def test_only_rules_of_the_day_count_their_last_day_included():
    july = duty_of(800, valid_from=date(2026, 7, 1), valid_until=date(2026, 7, 31))

    def confidence(day):
        return judged(july, tax_of(2100), day=day).confidence

    assert confidence(date(2026, 6, 30)) == Confidence.UNKNOWN
    assert confidence(date(2026, 7, 1)) == confidence(date(2026, 7, 31)) == Confidence.KNOWN
    assert confidence(date(2026, 8, 1)) == Confidence.UNKNOWN


def test_a_place_without_rules_is_unknown_and_never_free():
    estimate = judged()

    assert (estimate.confidence, estimate.unknown, estimate.total_minor) == (
        Confidence.UNKNOWN,
        ("duty", "import_tax"),
        0,
    )
    assert not estimate.is_told


def test_fees_add_up_once_a_parcel_or_once_a_line():
    lines = (item(), item(hs_code="691200"))
    by_line = flat(200, charge="import_fee", dest="NL", pk=1)

    estimate = judged(flat(300), tax_of(2100), fee(250, pk=2), by_line, items=lines)

    assert amounts(estimate)[2:] == [("import_fee", 400), ("import_fee", 250)]


def test_a_block_says_why_and_nothing_else_is_said():
    block = ImportRule(dest="NL", kind=RuleKind.BLOCK, hs_prefix="34", note="Candles are not taken.", **DATED)

    assert judged(block, flat(300), tax_of(2100)).blocked == "Candles are not taken."
    assert judged(block, flat(300), tax_of(2100), items=(item(hs_code="691200"),)).blocked == ""


def test_a_rule_for_one_incoterm_leaves_the_other_alone():
    block = ImportRule(dest="NL", kind=RuleKind.BLOCK, incoterm=Incoterm.DAP, note="Paid parcels only.", **DATED)

    assert judged(block, flat(300), tax_of(2100)).blocked == ""
    assert judged(block, flat(300), tax_of(2100), incoterm=Incoterm.DAP).blocked == "Paid parcels only."


def test_what_customs_asks_for_is_listed_by_sku():
    ten = ImportRule(dest="US", kind=RuleKind.DATA_REQUIRED, hs_digits=10, **DATED)
    bare = item(sku_code="B-1", hs_code="", origin_country="", description="")

    estimate = judged(ten, items=(item(), bare), country="US")

    assert estimate.missing == (
        MissingFact("C-1", "HS code of 10 digits"),
        MissingFact("B-1", "HS code of 10 digits"),
        MissingFact("B-1", "country of origin"),
        MissingFact("B-1", "description"),
    )
    assert (estimate.confidence, estimate.charges) == (Confidence.UNKNOWN, ())


def test_an_amount_in_another_currency_is_unknown_until_somebody_states_a_conversion():
    rules = (flat(300, value_upto_minor=15_000), tax_of(2100))

    alone = judged(*rules, currency="GBP")
    stated = judged(*rules, currency="GBP", conversions=(pounds("1.20"),))

    assert (alone.confidence, alone.unknown) == (Confidence.UNKNOWN, ("duty", "import_tax"))
    # £2.50, and 21 % of 40.00 + 10.00 + 2.50 pounds.
    assert amounts(stated) == [("duty", 250), ("import_tax", 1103)]
    assert stated.confidence == Confidence.ESTIMATE
    assert stated.charges[0].detail["conversion"] == "1 GBP = 1.2 EUR (of 2026-01-01)"


def test_a_parcels_value_is_held_against_a_limit_in_the_limits_own_currency():
    rules = (flat(300, value_upto_minor=15_000), tax_of(2100))

    def duty(value_minor):
        estimate = judged(*rules, items=(item(value_minor),), currency="GBP", conversions=(pounds("1.20"),))
        return amounts(estimate)[:1]

    assert duty(12_500) == [("duty", 250)]
    assert duty(12_501) == []


def test_a_conversion_that_ended_is_none():
    ended = pounds("1.20", valid_until=date(2026, 11, 30))

    assert judged(flat(300), tax_of(2100), currency="GBP", conversions=(ended,)).confidence == Confidence.UNKNOWN


def test_currencies_without_decimals_are_converted_by_their_own_units():
    yen = pounds("160", currency="EUR", into="JPY")

    estimate = judged(flat(300), tax_of(1000), currency="JPY", items=(item(5_000),), conversions=(yen,))

    assert amounts(estimate)[0] == ("duty", 480)


def test_a_rule_that_nobody_looked_after_for_90_days_makes_it_an_estimate():
    def confidence(checked_on):
        return judged(flat(300, checked_on=checked_on), tax_of(2100)).confidence

    assert confidence(date(2026, 9, 3)) == Confidence.KNOWN
    assert confidence(date(2026, 9, 2)) == Confidence.ESTIMATE
    assert judged(flat(300), tax_of(2100, confidence="estimate")).confidence == Confidence.ESTIMATE


@pytest.mark.parametrize(
    ("rules", "incoterm", "note"),
    [
        ([flat(300), tax_of(2100)], "DDP", "Import charges are included: nothing is due on delivery."),
        (
            [flat(300), tax_of(2100)],
            "DAP",
            "You may pay about €14.13 on delivery, decided by customs of Netherlands (rules as checked on 27 Nov 2026).",
        ),
        (
            [flat(0), tax_of(0)],
            "DAP",
            (
                "No import charges are expected on delivery; this is decided by customs of Netherlands "
                "(rules as checked on 27 Nov 2026)."
            ),
        ),
        (
            [],
            "DAP",
            "You may have to pay duty or tax on delivery, decided by customs of Netherlands. No estimate is known.",
        ),
    ],
)
def test_people_read_what_is_due_who_decides_and_how_old_the_rule_is(rules, incoterm, note):
    estimate = judged(*rules, incoterm=incoterm)

    assert import_note(estimate=estimate, incoterm=incoterm, country="NL", currency="EUR") == note


MONEY = st.integers(0, 5_000_000)
ITEMS = st.lists(
    st.builds(
        item,
        MONEY,
        sku_code=st.sampled_from(["A", "B", "C"]),
        hs_code=st.sampled_from(["340600", "3406000010", "691200", "852380", ""]),
        origin_country=st.sampled_from(["GB", "CN", ""]),
    ),
    max_size=5,
).map(tuple)
BOUND = st.none() | MONEY
RULES = st.lists(
    st.one_of(
        st.builds(duty_of, st.integers(0, 30_000), base=st.sampled_from(["goods", "goods_and_freight"])),
        st.builds(duty_of, st.integers(0, 30_000), hs_prefix=st.sampled_from(["", "34", "69120"])),
        st.builds(tax_of, st.integers(0, 3_000), base=st.sampled_from(ValueBase.values)),
        st.builds(flat, MONEY, value_upto_minor=BOUND, currency=st.sampled_from(["EUR", "GBP", "JPY"])),
        st.builds(fee, MONEY, value_above_minor=BOUND, currency=st.sampled_from(["EUR", "GBP"])),
        st.builds(relief, MONEY, charge=st.sampled_from(["duty", "import_tax", "import_fee"])),
    ),
    max_size=7,
)


@given(rules=RULES, items=ITEMS, freight=MONEY, has_rate=st.booleans(), currency=st.sampled_from(["EUR", "GBP"]))
def test_no_charge_is_negative_they_add_up_and_the_same_parcel_gives_the_same_bytes(
    rules, items, freight, has_rate, currency
):
    told = {"items": items, "freight_minor": freight, "currency": currency, "day": DAY}
    told["conversions"] = (pounds("1.16"),) if has_rate else ()

    estimate, again = judged(*rules, **told), judged(*rules, **told)

    facts = {"incoterm": "DDP", "country": "NL", "currency": currency, "items": items}
    terms = import_facts(estimate=estimate, **facts)
    assert all(charge.amount_minor > 0 for charge in estimate.charges)
    assert hash_of(terms) == hash_of(import_facts(estimate=again, **facts))
    if estimate.is_told:
        assert terms["amount_minor"] == sum(charge["amount_minor"] for charge in terms["charges"])
        # What a share was taken of is all of the parcel's lines that it covers, and no more.
        for charge in estimate.charges:
            if charge.kind == "duty" and "base_minor" in charge.detail:
                assert charge.detail["base_minor"] <= sum(each.value_minor for each in items) + freight
    else:
        assert terms["amount_minor"] is None
