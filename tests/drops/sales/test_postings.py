"""
What a sale and everything after it mean in the books, to the cent.
"""

from datetime import timedelta

import pytest

from drops.ledger.agreements import agreement_for
from drops.ledger.entries import unbalanced_causes
from drops.ledger.models import Account, Entry, Payee, PayeeKind
from drops.ledger.payees import payee_of
from drops.ledger.splits import AgreementTerms, SplitLine
from drops.sales.delivery import Share
from drops.sales.models import Order
from drops.sales.orders import mark_paid
from drops.sales.postings import post_capture, post_sale
from drops.stock.models import HoldState
from tests.clock import stopped_clock
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db

# 119.00 with 19 % in it: 19.00 tax, 5.00 postage, 2.00 for the processor, 3.00 for the platform, 1.50 for the café.
SHARES = {
    "tax": [
        {"country": "DE", "tax_class": "standard", "rate_bp": 1900, "amount_minor": 1800},
        {"country": "DE", "tax_class": "reduced", "rate_bp": 700, "amount_minor": 70},
        {"country": "FR", "tax_class": "standard", "rate_bp": 2000, "amount_minor": 30},
    ],
    "tax_minor": 1900,
    "duties_minor": 400,
    "postage_minor": 500,
    "processor_minor": 200,
    "processor_borne_by": "creators",
    "platform_minor": 300,
    "platform_absorbs_minor": 0,
    "partner_minor": 150,
    "base_minor": 8450,
    "agreement": None,
    "creator_minor": 8450,
}


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def payment():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop)))


def make_payee(name, kind=PayeeKind.CREATOR):
    return Payee.objects.create(kind=kind, name=name)


def make_order(payment, creators, **changed):
    """Make an order whose terms have the second format, without what else a paid hold brings along."""
    hold = payment.hold
    shares = SHARES | {"creators": creators} | changed
    return Order.objects.create(
        creator=hold.drop_sku.drop.creator,
        drop=hold.drop_sku.drop,
        shopper=hold.shopper,
        hold=hold,
        terms=hold.terms | {"format": 2, "shares": shares},
        total_minor=11_900,
        currency="EUR",
        paid_at=NOON,
    )


def books():
    """Return what stands on every account, by account, payee's name and country."""
    found = {}
    for entry in Entry.objects.select_related("payee"):
        key = entry.account, entry.payee.name if entry.payee else "", entry.country
        found[key] = found.get(key, 0) + entry.amount_minor
    return {key: amount for key, amount in found.items() if amount}


def test_a_sale_is_owed_to_everybody_who_has_a_part_of_it(payment):
    ana, cafe = make_payee("Ana"), make_payee("Café Mira", PayeeKind.PARTNER)
    creators = [
        {"payee": None, "name": "Kiln & Tide", "share_bp": 6667, "amount_minor": 5634},
        {"payee": ana.pk, "name": "Ana", "share_bp": 3333, "amount_minor": 2816},
    ]

    post_sale(order=make_order(payment, creators), shares=[Share(cafe.pk, 150, "hand-over")], at=NOON)

    assert books() == {
        (Account.CLEARING, "", ""): 11_900,
        (Account.TAX, "", "DE"): -1870,
        (Account.TAX, "", "FR"): -30,
        (Account.DUTY, "", ""): -400,
        (Account.FEES, "", ""): -200,
        (Account.POSTAGE, "Kiln & Tide", ""): -500,
        (Account.ACCRUED, "Platform (EUR)", ""): -300,
        (Account.ACCRUED, "Café Mira", ""): -150,
        (Account.ACCRUED, "Kiln & Tide", ""): -5634,
        (Account.ACCRUED, "Ana", ""): -2816,
    }


def test_creators_gain_by_their_shares_what_no_partner_earned(payment):
    ana = make_payee("Ana")
    creators = [
        {"payee": None, "name": "Kiln & Tide", "share_bp": 5000, "amount_minor": 4225},
        {"payee": ana.pk, "name": "Ana", "share_bp": 5000, "amount_minor": 4225},
    ]

    post_sale(order=make_order(payment, creators), shares=[], at=NOON)

    assert books()[Account.ACCRUED, "Kiln & Tide", ""] == -4300
    assert books()[Account.ACCRUED, "Ana", ""] == -4300


def test_what_the_platform_gives_up_is_its_cost(payment):
    creators = [{"payee": None, "name": "Kiln & Tide", "share_bp": 10_000, "amount_minor": 0}]
    duties = SHARES["duties_minor"] + 8450 + 1000
    order = make_order(payment, creators, duties_minor=duties, platform_absorbs_minor=1000, base_minor=0)

    post_sale(order=order, shares=[Share(make_payee("Café", PayeeKind.PARTNER).pk, 150, "hand-over")], at=NOON)

    assert books()[Account.ACCRUED, "Platform (EUR)", ""] == 700
    assert (Account.ACCRUED, "Kiln & Tide", "") not in books()


@pytest.mark.parametrize(("fee", "platform"), [(200, -300), (170, -330), (260, -240)])
def test_a_capture_turns_what_was_on_its_way_into_cash_and_the_platform_bears_the_difference_of_the_fee(
    payment, fee, platform
):
    creators = [{"payee": None, "name": "Kiln & Tide", "share_bp": 10_000, "amount_minor": 8450}]
    order = make_order(payment, creators)
    post_sale(order=order, shares=[], at=NOON)

    for _ in range(2):
        post_capture(payment=payment, order_ref=order.ref, amount_minor=11_900, fee_minor=fee, at=NOON)

    found = books()
    assert found[Account.CASH, "", ""] == 11_900 - fee
    assert (Account.CLEARING, "", "") not in found
    assert (Account.FEES, "", "") not in found
    assert found[Account.ACCRUED, "Platform (EUR)", ""] == platform
    assert unbalanced_causes() == []


def test_nothing_is_set_aside_where_the_platform_pays_the_processor(payment):
    creators = [{"payee": None, "name": "Kiln & Tide", "share_bp": 10_000, "amount_minor": 8800}]
    order = make_order(payment, creators, processor_borne_by="platform")

    post_sale(order=order, shares=[], at=NOON)
    post_capture(payment=payment, order_ref=order.ref, amount_minor=11_900, fee_minor=200, at=NOON)

    assert books()[Account.ACCRUED, "Platform (EUR)", ""] == -100
    assert books()[Account.CASH, "", ""] == 11_700


def test_an_order_of_old_terms_is_its_creators_alone(payment):
    hold = payment.hold
    hold.state = HoldState.CONFIRMED
    mark_paid(hold=hold, payment=payment, token_ids=[], at=NOON)

    assert books() == {
        (Account.CASH, "", ""): 3914,
        (Account.TAX, "", "PT"): -732,
        (Account.ACCRUED, "Platform (EUR)", ""): -93,
        (Account.ACCRUED, "Kiln & Tide", ""): -3089,
    }


def test_where_nothing_was_agreed_the_creator_who_sells_gets_all(payment):
    drop = payment.hold.drop_sku.drop
    creator = drop.creator

    assert agreement_for(creator=creator, drop=drop, at=NOON) == AgreementTerms(
        "", 0, (SplitLine(None, "Kiln & Tide", 10_000),), 300, 0
    )
    assert agreement_for(creator=creator, drop=drop, at=NOON).lines[0].payee_id is None
    payee = payee_of(creator=creator)
    assert agreement_for(creator=creator, drop=drop, at=NOON).lines[0].payee_id == payee.pk
