"""
Two accounts that are one person, at the same instant. Each race has its control: counting first lets both through.
"""

import pytest

from drops.audience.identities import remember
from drops.audience.models import IdentityKind
from drops.sales import checkout
from drops.sales.models import Payment
from drops.stock.limits import LimitReached
from drops.stock.models import FREE, Hold, LimitSlot
from tests.factories import make_drop, make_drop_sku, make_hold, make_payment, make_quote, make_shopper
from tests.races.crowd import at_once, edited_functions
from tests.races.test_claims import COUNT_THEN_INSERT, hold_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

HOME = {"street": "Rua do Poço 4", "city": "Lisboa", "postcode": "1200-109", "country": "PT"}
PEOPLE = 3


def one_unit_each(**given):
    return make_drop_sku(drop=make_drop(account_limit=1, household_limit=1, **given), units=9)


def hold_at_once(kind, value):
    drop_sku = one_unit_each()
    quotes = []
    for _ in range(PEOPLE):
        shopper = make_shopper(creator=drop_sku.drop.creator)
        remember(shopper=shopper, kind=kind, value=value)
        quotes.append(make_quote(drop_sku=drop_sku, shopper=shopper))
    return at_once(*[hold_of(quote, "tap") for quote in quotes])


def accounts_on_one_device():
    return hold_at_once(IdentityKind.DEVICE, "0b7e4a52-7c1f-4a30-9d55-1f4f5e0a9c11")


def accounts_with_one_telephone():
    return hold_at_once(IdentityKind.PHONE, "+351912345678")


def parcels_to_one_address():
    drop_sku = one_unit_each()
    holds = [make_hold(drop_sku=drop_sku, method="parcel", option="post") for _ in range(PEOPLE)]
    return at_once(*[lambda hold=hold: make_payment(hold=hold, address=HOME) for hold in holds])


def payments_with_one_card():
    drop_sku = one_unit_each()
    payments = [make_payment(hold=make_hold(drop_sku=drop_sku)) for _ in range(PEOPLE)]

    def pay(payment):
        checkout.admit_card(payment_ref=payment.ref, fingerprint="4242")
        return payment

    return at_once(*[lambda payment=payment: pay(payment) for payment in payments])


RACES = [
    pytest.param(accounts_on_one_device, "device", id="one device"),
    pytest.param(accounts_with_one_telephone, "phone", id="one telephone"),
    pytest.param(parcels_to_one_address, "addr", id="one address"),
    pytest.param(payments_with_one_card, "card", id="one card"),
]


def winners(answers):
    return [answer for answer in answers if isinstance(answer, Hold | Payment)]


@pytest.mark.parametrize(("race", "kind"), RACES)
def test_of_several_accounts_that_are_one_person_one_gets_through(race, kind):
    answers = race()

    refused = [answer for answer in answers if isinstance(answer, LimitReached)]
    assert (len(winners(answers)), len(refused)) == (1, PEOPLE - 1)
    assert {refusal.facts["kind"] for refusal in refused} == {kind}
    assert LimitSlot.objects.filter(kind=kind, free_at__gt=FREE).count() == 1


@pytest.mark.parametrize(("race", "kind"), RACES)
def test_counting_first_lets_several_of_them_through(race, kind):
    with edited_functions(COUNT_THEN_INSERT):
        answers = race()

    assert len(winners(answers)) > 1
