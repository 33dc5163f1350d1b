"""
Where every cent of an order went: the page and the command say the same, to the cent, and each person sees what is theirs.
"""

import re
from datetime import timedelta
from html import unescape
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from creatorshop.insights.explaining import explanation_of
from drops.catalog.models import Creator, MemberRole
from drops.ledger.agreements import ProposedLine, accept_agreement, propose_agreement
from drops.ledger.moves import post_release
from drops.ledger.payees import payee_of
from drops.sales import holding, quotes
from drops.sales.delivery import Destination
from drops.sales.models import Order
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import preview_refund, refund
from tests.clock import stopped_clock
from tests.doubles import CounterDelivery, InMemoryProvider
from tests.factories import (
    NOON,
    make_capsule,
    make_creator,
    make_drop,
    make_drop_sku,
    make_product,
    make_shopper,
    make_sku,
)
from tests.office.people import client_of, make_person
from tests.office.test_board import said
from tests.pickups.factories import first_slot, hold_for, make_cafe, make_mugs, pay_for

pytestmark = pytest.mark.django_db

LONG_AGO = NOON - timedelta(days=30)


@pytest.fixture(autouse=True)
def noon(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery", "tests.doubles.PaidPost"]
    CounterDelivery.reset()
    InMemoryProvider.reset()
    with stopped_clock(NOON):
        yield
    CounterDelivery.reset()
    InMemoryProvider.reset()


HOME = Destination("PT", "1200-109")


def buy(drop_sku, *, to=HOME, method="pickup", option="counter"):
    """Buy one unit, to a place that is named."""
    quote = quotes.make_quote(
        shopper=make_shopper(creator=drop_sku.drop.creator), drop=drop_sku.drop, sku_code=drop_sku.sku.code, quantity=1,
        destination=to, method=method, option=option,
    )  # fmt: skip
    hold = holding.place_hold(
        shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref
    )
    address = {
        "street": "Main Street 4",
        "city": "Town",
        "postcode": to.postcode,
        "region": "NY",
        "country": to.country,
    }
    return pay_for(hold, address=address)


def on_sale(creator, *, price_minor=3800):
    product = make_product(capsule=make_capsule(creator=creator))
    drop = make_drop(capsule=product.capsule, opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_drop_sku(drop=drop, sku=make_sku(product=product, price_minor=price_minor, option_values=["Sage"]))


def three_creators():
    """Sell for 100.00 in Germany what three made, a third for each."""
    creators = [make_creator(name=name, country="DE", tax_rate_bp=1900) for name in ("Ana", "Ben", "Cem")]
    lines = [ProposedLine(one, bp) for one, bp in zip(creators, (3334, 3333, 3333), strict=True)]
    agreement = propose_agreement(
        creator=creators[0], drop=None, lines=lines, valid_from=LONG_AGO, actor="office:ana", now=LONG_AGO
    )
    for one in creators:
        accept_agreement(agreement_id=agreement.pk, payee=payee_of(creator=one), actor="office:x", now=LONG_AGO)
    return buy(on_sale(creators[0], price_minor=10_000), to=Destination("DE", "10115"))


def tax_on_top():
    """Sell within the United States by post, by a creator who writes prices without tax."""
    creator = make_creator(country="US", currency="USD", prices_include_tax=False, tax_rate_bp=888)
    return buy(on_sale(creator), to=Destination("US", "10001"), method="parcel", option="post")


def partner_hands_over(settings):
    """Sell at a café that keeps 1.00 of each unit."""
    settings.DELIVERY_METHODS = ["pickups.delivery.PickupDelivery"]
    creator = make_creator()
    slot = first_slot(make_cafe(creator=creator))
    return pay_for(hold_for(slot, drop_sku=make_mugs(creator=creator)))


def owner_of(order):
    return client_of(make_person(f"owner-{order.ref}", creator=order.creator))


def page_of(order):
    return reverse("admin:office_explain", args=[order.pk])


def rows(answer):
    """Return the rows of the page's tables, each as the texts of its cells."""
    html = answer.content.decode()
    found = []
    for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL):
        cells = re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        found.append(tuple(" ".join(unescape(re.sub("<[^>]+>", " ", cell)).split()) for cell in cells))
    return found


def holders(answer):
    return [(one["name"], one["amount"]) for one in answer.context["holders"]]


BY_AGREEMENT = "Version 1 of the agreement for the whole shop"
CENT = (
    f"{BY_AGREEMENT}: 84.03 × 33.33 % ≈ 28.0072, rounded down to 28.00, and one unit that could not be shared, by the"
    " largest remainder."
)
WORKED = {
    "three creators at a third each": (
        three_creators,
        [
            ("Service fee", "€3.00"),
            (f"{BY_AGREEMENT}: 100.00 × 3 % = 3.0000 of the goods.",),
            ("Total", "€103.00"),
            ("VAT 19 %, Germany, standard", "-€16.45", "€86.55"),
            ("In the price: 103.00 × 19 ÷ 119 ≈ 16.4454, rounded half up once. Ana’s own rate.",),
            ("Platform", "-€2.52", "€84.03"),
            ("The service fee. 3.00 − 0.48 tax in it.",),
            ("Base, for the creators", "", "€84.03"),
            ("Ana", "", "€28.01"),
            (
                f"{BY_AGREEMENT}: 84.03 × 33.34 % ≈ 28.0156, rounded down to 28.01.",
            ),
            ("Cem", "", "€28.01"),
            (CENT,),
        ],
        [
            ("Ana", "€28.01"), ("Ben", "€28.01"), ("Cem", "€28.01"), ("Platform (EUR)", "€2.52"),
            ("Tax of Germany", "€16.45"),
        ],
        "€103.00",
    ),
    "tax on top in the United States": (
        tax_on_top,
        [
            ("Standard post", "$4.90"),
            ("What this way of delivery costs, before tax.",),
            ("Sales tax 8.88 %", "$3.91"),
            ("Total", "$47.95"),
            ("Sales tax 8.88 %, United States, standard", "-$3.91", "$44.04"),
            ("On top: 44.04 × 8.88 % ≈ 3.9108, rounded half up once. Kiln & Tide’s own rate.",),
            ("Postage", "-$4.90", "$39.14"),
            ("Platform", "-$1.14", "$38.00"),
            ("Base, for the creators", "", "$38.00"),
        ],
        [
            ("Kiln & Tide", "$38.00"), ("Platform (USD)", "$1.14"), ("Tax of United States", "$3.91"),
            ("Postage, passed on by Kiln & Tide", "$4.90"),
        ],
        "$47.95",
    ),
    "a partner hands over": (
        partner_hands_over,
        [
            ("VAT 23 %, Portugal, standard", "-€7.32", "€31.82"),
            ("Platform", "-€0.93", "€30.89"),
            ("Café Mira, Lisbon", "-€1.00", "€29.89"),
            ("For the hand-over. Version 1 of the terms with Café Mira, in effect since 2025-11-27: €1.00 a unit, never more than the goods cost.",),
            ("Kiln & Tide", "", "€29.89"),
            ("All of it; no agreement shares it with anybody.",),
        ],
        [("Kiln & Tide", "€29.89"), ("Café Mira", "€1.00"), ("Platform (EUR)", "€0.93"), ("Tax of Portugal", "€7.32")],
        "€39.14",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED)
def test_the_page_goes_from_the_total_to_each_payees_cent(name, request, settings):
    make, expected, held, total = WORKED[name]
    order = make(settings) if make is partner_hands_over else make()

    answer = owner_of(order).get(page_of(order))

    seen = rows(answer)
    assert [row for row in expected if row not in seen] == []
    assert sorted(holders(answer)) == sorted(held)
    assert f"Adds up to {total}, and it does." in answer.content.decode()
    assert (answer.context["explanation"].wrong, answer.context["came_in"]) == (0, total)
    assert all(one["holds"] for one in answer.context["sums"])


def test_a_part_that_went_back_and_one_that_was_released_are_told_and_add_up():
    order = tax_on_top()
    selection = Selection(Kind.AMOUNT, amount_minor=1000)
    plan = preview_refund(order_ref=order.ref, selection=selection)
    refund(order_ref=order.ref, plan_hash=plan.hash, selection=selection, actor="office:x", reason="a chip")
    payee = payee_of(creator=order.creator)
    post_release(
        key=order.ref, payee=payee, amount_minor=500, currency="USD", order_ref=order.ref, at=NOON + timedelta(days=20)
    )

    explanation = explanation_of(order_ref=order.ref)

    assert [one.kind for one in explanation.movements] == ["sale", "capture", "reversal", "refund", "release"]
    assert explanation.movements[2].about == "Refund 1, $10.00: Ring mug · Sage $9.19, Tax 8.88 % $0.81."
    assert [(one.name, one.amount_minor, one.parts) for one in explanation.holders] == [
        ("Kiln & Tide", 2881, (("not released yet", 2381), ("may be paid out", 500))),
        ("Platform (USD)", 114, (("not released yet", 114),)),
        ("Tax of United States", 310, ()),
        ("Postage, passed on by Kiln & Tide", 490, ()),
        ("The shopper", 1000, (("sent back", 1000),)),
    ]
    assert (explanation.came_in_minor, explanation.held_minor, explanation.wrong) == (4795, 4795, 0)


def test_another_creator_sees_how_their_share_comes_about_and_not_who_bought():
    order = three_creators()
    ben = client_of(make_person("ben", creator=Creator.objects.get(name="Ben")))

    answer = ben.get(page_of(order))
    page = answer.content.decode()

    assert ("Ben", "", "€28.01") in rows(answer)
    assert ("The other creators", "", "€56.02") in rows(answer)
    assert holders(answer) == [("Ben", "€28.01")]
    assert [len(one["entries"]) for one in answer.context["movements"]] == [1]
    private = [order.name, order.email, order.address["street"], "Cem", "10115"]
    assert [word for word in private if word in page] == []
    # From what is written on their own account one click leads there.
    entries = ben.get(reverse("admin:drops_entry_changelist")).content.decode()
    assert page_of(order) in entries


def test_nobody_else_sees_it(settings):
    order = three_creators()
    stranger = client_of(make_person("stranger", creator=make_creator(name="Somebody")))
    helper = client_of(make_person("helper", creator=order.creator, role=MemberRole.HELPER))
    packer = client_of(make_person("packer", creator=order.creator, role=MemberRole.PACKER))
    benshelper = client_of(make_person("bens", creator=Creator.objects.get(name="Ben"), role=MemberRole.HELPER))

    assert [one.get(page_of(order)).status_code for one in (stranger, packer, benshelper)] == [404, 404, 404]
    answer = helper.get(page_of(order), follow=True)
    assert said(answer) == ["Your role does not include this."]
    assert page_of(order) not in answer.content.decode()
    assert stranger.get("/admin/drops/order/999999999/explain/").status_code == 404


def test_a_figure_that_is_not_what_was_booked_is_shown_in_red():
    order = three_creators()
    terms = order.terms
    terms["shares"]["creators"][1]["amount_minor"] = 2800
    Order.objects.filter(pk=order.pk).update(terms=terms)

    answer = owner_of(order).get(page_of(order))
    page = " ".join(answer.content.decode().split())

    assert "2 sums do not come out" in page
    assert '<b class="office-bad">The creators’ shares: should be €84.03, is €84.02</b>' in page
    assert '<b class="office-bad">The books have €28.01.</b>' in page
    with pytest.raises(CommandError, match="2 sum"):
        call_command("explain_order", order.ref, stdout=StringIO())


def test_the_command_says_the_same_in_text_and_a_partner_can_be_answered(settings):
    order = partner_hands_over(settings)
    whole, own = StringIO(), StringIO()

    call_command("explain_order", order.ref.lower(), stdout=whole)
    call_command("explain_order", order.ref, payee="Café Mira", stdout=own)

    lines = [" ".join(line.split()) for line in whole.getvalue().splitlines()]
    expected = ["Café Mira, Lisbon -€1.00", "Kiln & Tide €29.89", "All of it €39.14", "Every sum comes out."]
    assert [line for line in expected if line not in lines] == []
    told = [" ".join(line.split()) for line in own.getvalue().splitlines()]
    assert ("The creators €29.89" in told, "Kiln & Tide €29.89" in told, "All of it €39.14" in told) == (
        True,
        False,
        False,
    )
    assert told[told.index("Where it stands now") :][1:3] == ["Café Mira €1.00", "€1.00 not released yet"]
    with pytest.raises(CommandError, match="Nobody of the name Somebody"):
        call_command("explain_order", order.ref, payee="Somebody")
    with pytest.raises(CommandError, match="There is no such order"):
        call_command("explain_order", "NONE")


def test_terms_of_before_formats_are_explained_too():
    order = tax_included()
    old = {key: value for key, value in order.terms.items() if key not in ("format", "rounding", "prices_include_tax")}
    shares = order.terms["shares"]
    old["shares"] = {key: shares[key] for key in ("tax_minor", "postage_minor", "platform_minor", "partner_minor")}
    old["shares"]["creator_minor"] = shares["creator_minor"]
    old["lines"] = [{key: line[key] for key in ("kind", "label", "amount_minor")} for line in order.terms["lines"]]
    Order.objects.filter(pk=order.pk).update(terms=old)

    explanation = explanation_of(order_ref=order.ref)

    assert [(rung.kind, rung.amount_minor, rung.left_minor) for rung in explanation.taken] == [
        ("tax", 732, 3182), ("processor", 0, 3182), ("platform", 93, 3089),
    ]  # fmt: skip
    assert [(rung.label, rung.amount_minor) for rung in explanation.shared] == [("Kiln & Tide", 3089)]
    assert explanation.wrong == 0


def tax_included():
    return buy(on_sale(make_creator()))
