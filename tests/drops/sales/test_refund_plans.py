from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drops.ledger.splits import split
from drops.money import share_of, tax_included_in
from drops.sales.breakdowns import breakdown_of
from drops.sales.refund_plans import MoreThanIsLeft, NothingChosen, NothingToRefund, OrderMoney, Standing, plan_refund
from drops.sales.refund_selections import WHOLE, Kind, Selection
from tests.hypotheses import many_examples

# 2 mugs at 38.00, post 4.90, fee 2.28: the terms that an order had before prices named their creators.
OLD = {
    "sku": "RM-1",
    "quantity": 2,
    "lines": [
        {"kind": "goods", "label": "2 × Ring mug", "amount_minor": 7600},
        {"kind": "delivery", "label": "Standard post", "amount_minor": 490},
        {"kind": "service_fee", "label": "Service fee", "amount_minor": 228},
    ],
    "of_which": [{"kind": "tax", "label": "VAT 23 %", "amount_minor": 1555, "rate_bp": 2300}],
    "total_minor": 8318,
    "destination": {"country": "PT"},
    "shares": {
        "tax_minor": 1555,
        "platform_minor": 185,
        "postage_minor": 398,
        "partner_minor": 0,
        "creator_minor": 6180,
    },
}


def money(terms=OLD, *, units=2, **given):
    return OrderMoney(ref="7F3K9Q2A0B", currency="EUR", terms=terms, units_here=units, **given)


def lines(*quantities, **given):
    return Selection(Kind.LINES, quantities=quantities, **given)


def after(money, plan):
    """Return the order once a plan ran: its payees' money is less, its units fewer."""
    standings = dict(money.standings or {})
    for payee in plan.data["payees"]:
        was, source = standings.get(payee["column"], Standing()), payee["from"]
        standings[payee["column"]] = replace(
            was,
            accrued_minor=was.accrued_minor - source.get("accrued", 0) - source.get("cost", 0),
            released_minor=was.released_minor - source.get("released", 0),
        )
    return replace(
        money,
        refunds=(*money.refunds, plan.data),
        standings=standings,
        units_here=money.units_here - plan.data["units_back"],
    )


def test_one_of_two_units_goes_back_with_its_part_of_the_fee_and_without_the_postage():
    plan = plan_refund(money=money(), selection=lines((0, 1)))

    assert plan.amount_minor == 3914
    assert [(line["kind"], line["quantity"], line["amount_minor"]) for line in plan.data["lines"]] == [
        ("goods", 1, 3800),
        ("service_fee", 0, 114),
    ]
    # Of the tax in the order 14.20 is of the goods and 0.43 of the fee. Half a cent stays with the fee until the rest goes.
    assert [tax["amount_minor"] for tax in plan.data["tax"]] == [710 + 21]
    assert (plan.data["postage_minor"], plan.data["units_back"], plan.data["left_minor"]) == (0, 1, 4404)


def test_the_postage_goes_back_where_it_was_chosen_and_with_the_rest_everything_is_gone():
    first = plan_refund(money=money(), selection=lines((0, 1), with_delivery=True))
    last = plan_refund(money=after(money(), first), selection=lines((0, 1)))

    assert (first.amount_minor, first.data["postage_minor"]) == (4404, 398)
    assert (last.amount_minor, last.is_last, last.data["number"]) == (3914, True, 2)
    assert sum(tax["amount_minor"] for plan in (first, last) for tax in plan.data["tax"]) == 1555


def test_goodwill_comes_out_of_the_goods_and_takes_no_unit():
    plan = plan_refund(money=money(), selection=Selection(Kind.AMOUNT, amount_minor=1240))

    assert [(line["kind"], line["amount_minor"]) for line in plan.data["lines"]] == [("goods", 1240)]
    assert (plan.data["units_asked"], plan.data["units_back"]) == (0, 0)
    assert [tax["amount_minor"] for tax in plan.data["tax"]] == [tax_included_in(1240, 2300)]


def test_with_the_last_cent_the_units_go_back_too():
    plan = plan_refund(money=money(), selection=Selection(Kind.AMOUNT, amount_minor=8318))

    assert (plan.is_last, plan.data["units_back"]) == (True, 2)


@pytest.mark.parametrize(
    "selection, error",
    [
        (lines((0, 3)), MoreThanIsLeft),
        (lines((0, 1), (0, 1)), MoreThanIsLeft),
        (lines((1, 1)), MoreThanIsLeft),
        (lines((7, 1)), MoreThanIsLeft),
        (lines(), NothingChosen),
        (Selection(Kind.AMOUNT, amount_minor=8319), MoreThanIsLeft),
        (Selection(Kind.AMOUNT, amount_minor=0), NothingChosen),
        (Selection(Kind.AMOUNT, amount_minor=-1), NothingChosen),
    ],
)
def test_more_than_is_left_or_nothing_at_all_is_refused(selection, error):
    with pytest.raises(error):
        plan_refund(money=money(), selection=selection)


def test_nothing_goes_back_of_what_went_back():
    whole = plan_refund(money=money(), selection=WHOLE)

    with pytest.raises(NothingToRefund):
        plan_refund(money=after(money(), whole), selection=WHOLE)


def test_it_is_taken_where_it_is_accrued_then_released_and_the_rest_is_owed():
    """
    The worked example of docs/refunds.md. Three creators at a third each share 100.00; one was paid out already.

    50.00 goes back: 16.67, 16.67 and 16.66. The first has 20.00 accrued; the second 10.00 accrued and 23.33 released;
    the third has nothing here: all of it is in their bank.
    """
    terms = three_creators()
    standings = {
        "c0": Standing(1, "Ana", accrued_minor=2000),
        "c1": Standing(2, "Bea", accrued_minor=1000, released_minor=2333),
        "c2": Standing(3, "Caro"),
    }

    plan = plan_refund(
        money=money(terms, units=1, standings=standings), selection=Selection(Kind.AMOUNT, amount_minor=5000)
    )

    assert [(payee["name"], payee["amount_minor"], payee["from"]) for payee in plan.data["payees"]] == [
        ("Ana", 1667, {"accrued": 1667}),
        ("Bea", 1667, {"accrued": 1000, "released": 667}),
        ("Caro", 1666, {"receivable": 1666}),
    ]


def three_creators():
    return {
        "format": 2,
        "lines": [{"kind": "goods", "label": "Print", "amount_minor": 10_000, "ref": "P", "quantity": 1}],
        "of_which": [],
        "shares": {
            "tax": [],
            "tax_minor": 0,
            "platform_minor": 0,
            "postage_minor": 0,
            "partner_minor": 0,
            "base_minor": 10_000,
            "creators": [
                {"payee": 1, "name": "Ana", "share_bp": 3334, "amount_minor": 3334},
                {"payee": 2, "name": "Bea", "share_bp": 3333, "amount_minor": 3333},
                {"payee": 3, "name": "Caro", "share_bp": 3333, "amount_minor": 3333},
            ],
        },
    }


def test_the_partner_keeps_the_fee_of_a_unit_that_was_handed_over_and_the_creators_bear_it():
    terms = three_creators()
    terms["lines"][0]["quantity"] = 2
    for creator, amount in zip(terms["shares"]["creators"], (3268, 3266, 3266), strict=True):
        creator["amount_minor"] = amount
    terms["shares"] |= {"partner_minor": 200, "base_minor": 9800}

    plan = plan_refund(money=money(terms, units=1), selection=WHOLE)

    amounts = {payee["column"]: payee["amount_minor"] for payee in plan.data["payees"]}
    assert (plan.data["partner_keeps_minor"], plan.data["units_back"]) == (100, 1)
    assert amounts == {"c0": 3302, "c1": 3299, "c2": 3299, "partner": 100}
    assert sum(amounts.values()) == plan.amount_minor == 10_000


def test_what_the_provider_keeps_of_its_fee_is_taken_from_nobody():
    terms = three_creators()
    for creator, amount in zip(terms["shares"]["creators"], (3268, 3266, 3266), strict=True):
        creator["amount_minor"] = amount
    terms["shares"] |= {"processor_minor": 200, "processor_borne_by": "creators", "base_minor": 9800}

    plan = plan_refund(money=money(terms, units=1), selection=WHOLE)

    assert plan.data["provider_keeps_minor"] == 200
    assert sum(payee["amount_minor"] for payee in plan.data["payees"]) == 9800


@st.composite
def sold(draw):
    """Draw the terms of an order, cut as prices are: inclusive or not, of two classes, with everybody's part."""
    is_on_top = draw(st.booleans())
    rates = {"standard": draw(st.integers(0, 2700)), "books": draw(st.integers(0, 1000))}
    small = st.integers(0, 3000)
    lines_, tax = [], Counter()
    for kind, ref in [
        ("goods", "A"),
        *draw(st.lists(st.sampled_from([("extra", "X"), ("packaging", "P")]), max_size=2)),
    ]:
        quantity, unit = draw(st.integers(1, 5)), draw(st.integers(1, 9000))
        lines_.append(
            {"kind": kind, "label": ref, "ref": ref, "quantity": quantity, "unit_price_minor": unit}
            | {"amount_minor": unit * quantity, "tax_class": draw(st.sampled_from(sorted(rates)))}
        )
    for kind in ("delivery", "service_fee", "processor_fee", "duty"):
        lines_.append({"kind": kind, "label": kind, "amount_minor": draw(small)})
    net = {}
    for line in lines_:
        tax_class = line.get("tax_class", lines_[0]["tax_class"])
        rate, amount = rates[tax_class], line["amount_minor"]
        part = 0 if line["kind"] == "duty" else share_of(amount, rate) if is_on_top else tax_included_in(amount, rate)
        tax[tax_class] += part
        net[line["kind"]] = net.get(line["kind"], 0) + amount - (0 if is_on_top else part)
    if is_on_top:
        lines_ += [{"kind": "tax", "label": "Tax", "amount_minor": amount} for _, amount in sorted(tax.items())]
    goods = net["goods"] + net.get("extra", 0) + net.get("packaging", 0)
    # A partner may be promised more than the goods are worth; the platform gives up the rest.
    partner = draw(st.integers(0, goods + 200))
    absorbed = max(0, partner - goods)
    bps = draw(st.sampled_from([[10_000], [5000, 5000], [3334, 3333, 3333], [9999, 1]]))
    base = goods - partner + absorbed
    return {
        "format": 2,
        "lines": lines_,
        "of_which": [],
        "total_minor": sum(line["amount_minor"] for line in lines_),
        "shares": {
            "tax": [
                {"country": "DE", "tax_class": name, "rate_bp": rates[name], "amount_minor": amount}
                for name, amount in sorted(tax.items())
            ],
            "tax_minor": sum(tax.values()),
            "duties_minor": net["duty"],
            "postage_minor": net["delivery"],
            "processor_minor": net["processor_fee"],
            "processor_borne_by": "shopper",
            "platform_minor": net["service_fee"],
            "platform_absorbs_minor": absorbed,
            "partner_minor": partner,
            "base_minor": base,
            "creators": [
                {"payee": at + 1, "name": f"c{at}", "share_bp": bp, "amount_minor": part}
                for at, (bp, part) in enumerate(zip(bps, split(base, bps), strict=True))
            ],
        },
    }


def earned(terms):
    shares = terms["shares"]
    return {
        "platform": shares["platform_minor"] - shares["platform_absorbs_minor"],
        "partner": shares["partner_minor"],
        **{f"c{at}": creator["amount_minor"] for at, creator in enumerate(shares["creators"])},
    }


@st.composite
def selections(draw, lines_):
    kind = draw(st.sampled_from([Kind.LINES, Kind.AMOUNT, Kind.AMOUNT]))
    if kind == Kind.AMOUNT:
        return Selection(Kind.AMOUNT, amount_minor=draw(st.integers(1, 12_000)))
    rows = [at for at, line in enumerate(lines_) if line["kind"] in ("goods", "extra", "packaging")]
    chosen = draw(st.lists(st.sampled_from(rows), unique=True))
    return Selection(
        Kind.LINES,
        quantities=tuple((row, draw(st.integers(1, 3))) for row in chosen),
        with_delivery=draw(st.booleans()),
    )


@pytest.mark.nightly
@many_examples
@given(terms=sold())
def test_rows_sum_to_what_was_paid_and_columns_to_the_shares(terms):
    table = breakdown_of(terms)

    rows, columns = Counter(), Counter()
    for (row, column), amount in table.cells.items():
        rows[row] += amount
        columns[column] += amount
    paid = [row.amount_minor for row in table.rows]
    on_top = terms["shares"]["tax_minor"] if table.is_tax_on_top else 0
    assert sum(rows.values()) == sum(paid) + on_top == terms["total_minor"] + terms["shares"]["platform_absorbs_minor"]
    assert min(table.cells.values()) >= 0
    if not on_top:
        assert [rows[at] for at in range(len(paid))] == paid
    assert [columns[f"t{at}"] for at in range(len(table.taxes))] == [
        tax["amount_minor"] for tax in terms["shares"]["tax"]
    ]
    assert [columns[f"c{at}"] for at in range(len(table.creators))] == [
        creator["amount_minor"] for creator in terms["shares"]["creators"]
    ]
    for column in ("postage", "duties", "partner", "platform"):
        assert columns[column] == terms["shares"][f"{column}_minor"]


@pytest.mark.nightly
@many_examples
@given(data=st.data(), terms=sold())
def test_any_sequence_of_refunds_takes_back_exactly_what_everybody_had(data, terms):
    units = terms["lines"][0]["quantity"]
    order = money(
        terms,
        units=data.draw(st.integers(0, units)),
        standings={column: Standing(at, column, amount) for at, (column, amount) in enumerate(earned(terms).items())},
    )
    back, taken, owed = 0, Counter(), Counter()
    for _ in range(data.draw(st.integers(0, 6))):
        order = moved(data, order)
        selection = data.draw(selections(terms["lines"]))
        try:
            plan = plan_refund(money=order, selection=selection)
        except (MoreThanIsLeft, NothingChosen, NothingToRefund):
            continue
        assert plan_refund(money=order, selection=selection).hash == plan.hash
        check(order, plan, taken, owed)
        back += plan.amount_minor
        order = after(order, plan)
        assert back + plan.data["left_minor"] == terms["total_minor"]
        for at, tax in enumerate(terms["shares"]["tax"]):
            assert taken[f"t{at}"] <= tax["amount_minor"]
    if back < terms["total_minor"]:
        plan = plan_refund(money=order, selection=WHOLE)
        check(order, plan, taken, owed)
        back += plan.amount_minor
    assert back == terms["total_minor"]
    shares = terms["shares"]
    assert [taken[f"t{at}"] for at in range(len(shares["tax"]))] == [tax["amount_minor"] for tax in shares["tax"]]
    assert (taken["postage"], taken["duties"]) == (shares["postage_minor"], shares["duties_minor"])
    kept = owed["kept"]
    for column, amount in earned(terms).items():
        if not column.startswith("c"):
            assert taken[column] == amount - (kept if column == "partner" else 0)
    creators = [column for column in earned(terms) if column.startswith("c")]
    assert sum(taken[column] for column in creators) == shares["base_minor"] + kept
    if not kept:
        assert [taken[column] for column in creators] == [earned(terms)[column] for column in creators]


def moved(data, order):
    """Release or pay out a part of what somebody earned, as time does."""
    standings = dict(order.standings)
    column = data.draw(st.sampled_from(sorted(standings)))
    was = standings[column]
    released = data.draw(st.integers(0, max(0, was.accrued_minor)))
    sent = data.draw(st.integers(0, max(0, was.released_minor + released)))
    standings[column] = replace(
        was,
        accrued_minor=was.accrued_minor - released,
        released_minor=was.released_minor + released - sent,
    )
    return replace(order, standings=standings)


def check(order, plan, taken, owed):
    """Check one plan by itself, and add up what it takes."""
    parts = sum(payee["amount_minor"] for payee in plan.data["payees"])
    named = ("postage_minor", "duties_minor", "provider_keeps_minor")
    tax = sum(tax["amount_minor"] for tax in plan.data["tax"])
    assert parts + tax + sum(plan.data[name] for name in named) == plan.amount_minor
    assert sum(line["amount_minor"] for line in plan.data["lines"]) == plan.amount_minor
    for payee in plan.data["payees"]:
        source, there = payee["from"], order.standing(payee["column"])
        assert sum(source.values()) == payee["amount_minor"]
        assert source.get("accrued", 0) <= max(0, there.accrued_minor)
        assert 0 <= source.get("released", 0) <= max(0, there.released_minor)
        # Only what is nowhere to be taken becomes a debt.
        if source.get("receivable"):
            assert source.get("accrued", 0) == max(0, there.accrued_minor)
            assert source.get("released", 0) == max(0, there.released_minor)
        taken[payee["column"]] += payee["amount_minor"]
    for _, column, amount in plan.data["cells"]:
        assert amount > 0
        if column.startswith("t") or column in ("postage", "duties"):
            taken[column] += amount
    owed["kept"] += plan.data["partner_keeps_minor"]
