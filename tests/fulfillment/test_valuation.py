"""What customs is told that things are worth: all that was paid for them, with the packing, without the postage."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drops.sales.delivery import Beside
from fulfillment.import_rules import Confidence
from fulfillment.valuation import declared_items
from tests.fulfillment.customs import amounts, duty_of, flat, item, judged, tax_of

SOAP = {"hs_code": "340130", "origin_country": "GB", "description": "Liquid soap in bottle"}


def beside(value_minor, *, is_packaging=False, ref="kit", **told):
    return Beside(ref, is_packaging, "Care kit", 1, value_minor, **told)


def wrap(value_minor, ref="wrap"):
    return beside(value_minor, is_packaging=True, ref=ref)


def values(items):
    return [(one.name, one.value_minor, one.packing_minor) for one in items]


def test_goods_alone_are_worth_what_was_paid_for_them():
    assert declared_items(goods=item(7_000_000), beside=()) == (item(7_000_000),)


def test_a_way_to_pack_is_part_of_the_goods_value_and_no_line_of_its_own():
    items = declared_items(goods=item(4000), beside=[wrap(400)])

    assert values(items) == [("C-1", 4400, 400)]
    # 8 % of 54.00, and 21 % of 58.32.
    assert amounts(judged(duty_of(800), tax_of(2100), items=items)) == [("duty", 432), ("import_tax", 1225)]


def test_packing_is_spread_by_value_and_an_extra_with_a_code_is_a_line_of_its_own():
    items = declared_items(goods=item(4000), beside=[beside(1200, **SOAP), wrap(400)])

    assert values(items) == [("C-1", 4308, 308), ("Care kit", 1292, 92)]
    estimate = judged(duty_of(800), tax_of(2100), items=items)
    # Soap: 12.92 and 2.31 of the postage, 8 % is 1.22; the candle: 43.08 and 7.69, 8 % is 4.06. Tax on 16.45 and on 54.83.
    assert amounts(estimate) == [("duty", 528), ("import_tax", 1496)]
    assert (estimate.charges[0].detail["lines"], estimate.confidence) == (2, Confidence.KNOWN)
    assert amounts(judged(flat(300), tax_of(2100), items=items))[0] == ("duty", 600)


def test_an_extra_without_a_code_is_counted_with_the_goods_and_makes_it_an_estimate():
    items = declared_items(goods=item(4000), beside=[beside(1200), wrap(400)])

    estimate = judged(duty_of(800), tax_of(2100), items=items)

    # 8 % of 66.00 in one line, and 21 % of 71.28.
    assert amounts(estimate) == [("duty", 528), ("import_tax", 1497)]
    assert (estimate.charges[0].detail["lines"], estimate.confidence) == (1, Confidence.ESTIMATE)
    assert [(one.hs_code, one.origin_country, one.description) for one in items] == [
        ("34060000", "GB", "Beeswax candle in glass")
    ] * 2


def test_half_of_what_customs_asks_for_is_as_little_as_nothing():
    [_, kit] = declared_items(goods=item(4000), beside=[beside(1200, hs_code="340130", origin_country="GB")])

    assert (kit.hs_code, kit.is_classed_as_goods) == ("34060000", True)


def test_an_extra_that_lacks_digits_is_named_by_its_title():
    items = declared_items(goods=item(4000, hs_code="3406000000"), beside=[beside(1200, **SOAP)])

    estimate = judged(flat(1, kind="data_required", hs_digits=10, dest="US"), items=items, country="US")

    assert [(fact.sku_code, fact.what) for fact in estimate.missing] == [("Care kit", "HS code of 10 digits")]


def test_goods_that_cost_nothing_carry_the_packing_all_the_same():
    assert values(declared_items(goods=item(0), beside=[wrap(250)])) == [("C-1", 250, 250)]


prices = st.integers(min_value=0, max_value=1_000_000)
things = st.lists(st.tuples(prices, st.booleans(), st.booleans()), max_size=8)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(goods_minor=prices, chosen=things, freight_minor=prices)
def test_nothing_that_was_paid_for_the_goods_is_left_out_and_nothing_is_counted_twice(
    goods_minor, chosen, freight_minor
):
    extras = [
        beside(value, is_packaging=is_packaging, ref=str(at), **(SOAP if is_told and not is_packaging else {}))
        for at, (value, is_packaging, is_told) in enumerate(chosen)
    ]

    items = declared_items(goods=item(goods_minor), beside=extras)

    paid = goods_minor + sum(value for value, _, _ in chosen)
    assert sum(one.value_minor for one in items) == paid
    assert sum(one.packing_minor for one in items) == sum(value for value, is_packaging, _ in chosen if is_packaging)
    own = [goods_minor, *(value for value, is_packaging, _ in chosen if not is_packaging)]
    assert [one.value_minor - one.packing_minor for one in items] == own
    assert min(one.packing_minor for one in items) >= 0
    bases = [
        charge.detail["base_minor"]
        for charge in judged(duty_of(800), tax_of(0), items=items, freight_minor=freight_minor).charges
    ]
    assert bases in ([paid + freight_minor], [])  # nothing is charged on a parcel worth nothing
