"""
What holds of every price, whatever goes into it. `make nightly` looks at many more than `make test`.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drops.catalog.tax_classes import TaxClass
from drops.ledger.splits import AgreementTerms, SplitLine
from drops.money import share_of, tax_included_in
from drops.sales import pricing
from drops.sales.delivery import DeliveryOption, Destination, ImportCharge
from drops.sales.taxes import Taxes
from tests.drops.sales.prices import DAY
from tests.hypotheses import many_examples

pytestmark = pytest.mark.nightly

AMOUNTS = st.integers(0, 2_000_000)
CLASSES = st.sampled_from(list(TaxClass))
RATES = st.fixed_dictionaries({one.value: st.integers(0, 3000) for one in TaxClass})


@st.composite
def agreements(draw):
    cuts = sorted(draw(st.lists(st.integers(1, 9_999), max_size=4, unique=True)))
    shares = [right - left for left, right in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    lines = tuple(SplitLine(at or None, f"Creator {at}", share) for at, share in enumerate(shares))
    return AgreementTerms("ag", 1, lines, draw(st.integers(0, 4000)), draw(st.integers(0, 500)))


@st.composite
def wishes(draw):
    """Everything that a price is computed from."""
    options = {"included": st.booleans(), "rounding": st.sampled_from(["per_line", "net_sum"])}
    options |= {"bearer": st.sampled_from(["platform", "creators", "shopper"])}
    drawn = {name: draw(strategy) for name, strategy in options.items()}
    extras = st.builds(
        pricing.ExtraItem,
        ref=st.just("x"),
        kind=st.sampled_from(["extra", "packaging"]),
        title=st.just("Card"),
        unit_price_minor=st.integers(0, 50_000),
        quantity=st.integers(1, 5),
        tax_class=CLASSES,
    )
    is_export = draw(st.booleans())
    kinds = st.sampled_from(["duty", "import_tax", "import_fee"])
    charges = st.lists(
        st.builds(ImportCharge, kind=kinds, label=kinds, amount_minor=st.integers(0, 50_000)), max_size=3
    )
    return {
        "rules": pricing.PriceRules(
            name="Kiln & Tide",
            currency="EUR",
            prices_include_tax=drawn["included"],
            rounding=drawn["rounding"],
            processor_borne_by=drawn["bearer"],
            processor_bp=draw(st.integers(0, 500)),
            processor_fixed_minor=draw(st.integers(0, 50)),
        ),
        "goods": pricing.Goods("d", "S", "Mug", draw(AMOUNTS), draw(st.integers(1, 10)), draw(CLASSES)),
        "extras": draw(st.lists(extras, max_size=3)),
        "delivery": DeliveryOption(
            "parcel",
            "post",
            "Post",
            draw(st.integers(0, 20_000)),
            DAY,
            DAY,
            partner_fee_minor=draw(st.integers(0, 2_000)),
            import_charges=tuple(draw(charges)) if is_export else (),
        ),
        "destination": Destination("DE", "10115"),
        "taxes": Taxes("PT", "vat", draw(RATES), is_export=is_export),
        "agreement": draw(agreements()),
        "hold_minutes": 10,
    }


@many_examples
@given(wish=wishes())
def test_the_lines_sum_to_the_total_and_none_is_below_zero(wish):
    terms = pricing.price(**wish)

    assert sum(line["amount_minor"] for line in terms["lines"]) == terms["total_minor"]
    assert min(line["amount_minor"] for line in terms["lines"]) >= 0


@many_examples
@given(wish=wishes())
def test_every_part_sums_to_the_total_and_creators_to_the_base(wish):
    terms = pricing.price(**wish)

    shares = terms["shares"]
    passed_on = shares["tax_minor"] + shares["duties_minor"] + shares["postage_minor"]
    if shares["processor_borne_by"] != "platform":
        passed_on += shares["processor_minor"]
    platform = shares["platform_minor"] - shares["platform_absorbs_minor"]
    assert passed_on + platform + shares["partner_minor"] + shares["base_minor"] == terms["total_minor"]
    assert sum(one["amount_minor"] for one in shares["creators"]) == shares["base_minor"] == shares["creator_minor"]
    assert sum(one["amount_minor"] for one in shares["tax"]) == shares["tax_minor"]
    assert min([shares["base_minor"], shares["platform_absorbs_minor"], shares["postage_minor"]]) >= 0
    assert min(one["amount_minor"] for one in shares["creators"]) >= 0


@many_examples
@given(wish=wishes())
def test_what_is_said_to_be_within_is_what_is_shared_out(wish):
    terms = pricing.price(**wish)

    def said(kind):
        return sum(line["amount_minor"] for line in terms["of_which"] if line["kind"] == kind)

    shares = terms["shares"]
    assert said("tax") == shares["tax_minor"]
    assert said("creator") == shares["base_minor"]
    assert said("partner") == shares["partner_minor"]


@many_examples
@given(wish=wishes())
def test_a_price_made_twice_is_the_same_to_the_byte(wish):
    first, second = pricing.price(**wish), pricing.price(**wish)

    assert json.dumps(first) == json.dumps(second)


@many_examples
@given(wish=wishes())
def test_a_price_that_includes_its_tax_is_moved_by_no_way_of_rounding(wish):
    wish["rules"] = pricing.PriceRules("Kiln & Tide", "EUR", rounding="per_line")
    by_line = pricing.price(**wish)
    wish["rules"] = pricing.PriceRules("Kiln & Tide", "EUR", rounding="net_sum")
    of_sum = pricing.price(**wish)

    assert by_line["total_minor"] == of_sum["total_minor"]
    # Each line's part, at most four classes of each, is off by half a unit at most, and so is each sum.
    parts = 4 * (len(by_line["lines"]) + 1)
    assert abs(by_line["shares"]["tax_minor"] - of_sum["shares"]["tax_minor"]) * 2 <= parts


@many_examples
@given(net=AMOUNTS, rate=st.integers(0, 10_000))
def test_a_net_price_comes_back_exactly_from_its_gross(net, rate):
    gross = net + share_of(net, rate)

    assert gross - tax_included_in(gross, rate) == net


@many_examples
@given(gross=AMOUNTS, rate=st.integers(0, 10_000))
def test_a_gross_price_comes_back_from_its_net_to_one_unit(gross, rate):
    """Not every gross has a net of whole units, which is why a price that includes its tax is kept and never recomputed."""
    net = gross - tax_included_in(gross, rate)

    assert abs(net + share_of(net, rate) - gross) <= 1
