"""
One gift and two who decide about it at once. Each guard comes with its negative control: the same race without it goes wrong.
"""

import pytest

from drops.clock import database_now
from drops.sales import gifts, refunds
from drops.sales.delivery import Recipient
from drops.sales.gift_models import GiftClaim
from drops.sales.models import Order, OrderState
from drops.sales.refund_selections import Kind, Selection
from pickups.models import Pickup
from pickups.slots import bookable_slots
from tests.doubles import InMemoryProvider
from tests.factories import make_capsule, make_drop, make_drop_sku
from tests.pickups.factories import make_cafe, make_pickup
from tests.races.crowd import at_once, rival_after, swapped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

WHOLE = Selection(kind=Kind.WHOLE)


@pytest.fixture(autouse=True)
def counter(settings):
    settings.DELIVERY_METHODS = ["pickups.delivery.PickupDelivery"]
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    yield
    InMemoryProvider.reset()


@pytest.fixture
def order() -> Order:
    cafe = make_cafe(hours={day: [("00:00", "00:00")] for day in range(7)}, lead_minutes=0)
    mugs = make_drop_sku(drop=make_drop(capsule=make_capsule(creator=cafe.creators.get())), units=4)
    return make_pickup(slot=bookable_slots(location=cafe, now=database_now())[0], drop_sku=mugs).order


@pytest.fixture
def token(order) -> str:
    return gifts.give(order=order, message="", now=database_now())[1]


def accepting(token, name):
    return lambda: gifts.claim(token=token, to=Recipient(name=name), now=database_now())[0]


def taking_back(order):
    return lambda: gifts.revoke(order=order, now=database_now())


def refunding(order):
    plan = refunds.preview_refund(order_ref=order.ref, selection=WHOLE)
    return lambda: refunds.refund(
        order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:ana", reason="sorry"
    )


def without_a_lock(order):
    return Order.objects.select_related("creator", "drop", "hold").get(pk=order.pk)


def gift_without_a_lock(token):
    return gifts.gift_by_link(token=token)


def test_two_who_accept_one_gift_are_one(order, token):
    with rival_after(gifts, "refuse_unless_open", accepting(token, "Rui")) as answers:
        first = accepting(token, "Mira")()

    assert [type(answer) for answer in answers] == [gifts.GiftTaken]
    gift = GiftClaim.objects.get()
    assert (first.recipient_name, gift.recipient_name, gift.state) == ("Mira", "Mira", "claimed")
    assert Pickup.objects.get().code_version == 2


def test_ten_at_once_are_one_as_well(order, token):
    answers = at_once(*[accepting(token, f"Friend {number}") for number in range(10)])

    accepted = [answer for answer in answers if isinstance(answer, GiftClaim)]
    assert [type(answer) for answer in answers if answer not in accepted] == [gifts.GiftTaken] * 9
    assert [gift.recipient_name for gift in accepted] == [GiftClaim.objects.get().recipient_name]


def test_control_without_the_locks_both_believe_that_they_have_it(order, token):
    with (
        swapped(gifts, "_locked", without_a_lock),
        swapped(gifts, "_locked_gift", gift_without_a_lock),
        rival_after(gifts, "refuse_unless_open", accepting(token, "Rui")) as answers,
    ):
        first = accepting(token, "Mira")()

    assert [answer.recipient_name for answer in answers] == ["Rui"]
    assert first.recipient_name == "Mira"


def test_a_gift_that_is_being_accepted_cannot_be_taken_back(order, token):
    with rival_after(gifts, "refuse_unless_open", taking_back(order)) as answers:
        accepting(token, "Mira")()

    assert [type(answer) for answer in answers] == [gifts.NoOpenGift]
    gift = GiftClaim.objects.get()
    assert (gift.state, gift.ended_at) == ("claimed", None)


def test_a_gift_that_is_being_taken_back_cannot_be_accepted(order, token):
    with rival_after(gifts, "_open_gift", accepting(token, "Mira")) as answers:
        taking_back(order)()

    assert [type(answer) for answer in answers] == [gifts.GiftOver]
    assert GiftClaim.objects.get().state == "revoked"
    assert Pickup.objects.get().code_version == 1


def test_control_without_the_lock_a_gift_is_taken_back_and_accepted(order, token):
    with (
        swapped(gifts, "_locked_gift", gift_without_a_lock),
        rival_after(gifts, "refuse_unless_open", taking_back(order)) as answers,
    ):
        first = accepting(token, "Mira")()

    assert [answer.state for answer in answers] == ["revoked"]
    assert first.state == GiftClaim.objects.get().state == "claimed"


def test_nobody_accepts_what_is_being_refunded(order, token):
    refund = refunding(order)

    with rival_after(refunds, "revoke_gifts_of", accepting(token, "Mira")) as answers:
        refund()

    assert [type(answer) for answer in answers] == [gifts.GiftOver]
    order.refresh_from_db()
    assert (order.state, GiftClaim.objects.get().state) == (OrderState.REFUNDED, "revoked")


def test_a_refund_waits_for_whoever_accepts_and_then_calls_it_off(order, token):
    refund = refunding(order)

    with rival_after(gifts, "refuse_unless_open", refund) as answers:
        accepting(token, "Mira")()

    assert [answer.amount_minor for answer in answers] == [order.total_minor]
    order.refresh_from_db()
    assert (order.state, GiftClaim.objects.get().state) == (OrderState.REFUNDED, "claimed")
    assert set(Pickup.objects.get().units.values_list("state", flat=True)) == {"cancelled"}


def test_control_without_the_locks_what_was_refunded_is_accepted_afterwards(order, token):
    refund = refunding(order)

    with (
        swapped(gifts, "_locked", without_a_lock),
        swapped(gifts, "_locked_gift", gift_without_a_lock),
        rival_after(refunds, "revoke_gifts_of", accepting(token, "Mira")) as answers,
    ):
        refund()

    assert [answer.state for answer in answers] == ["claimed"]
    gift = GiftClaim.objects.get()
    assert gift.state == "claimed"
    assert gift.ended_at is not None


def test_two_gifts_of_one_order_are_one(order):
    def giving():
        return gifts.give(order=order, message="", now=database_now())[0]

    answers = at_once(giving, giving)

    assert sorted(type(answer).__name__ for answer in answers) == ["GiftClaim", "NotGiveable"]
    assert GiftClaim.objects.count() == 1
