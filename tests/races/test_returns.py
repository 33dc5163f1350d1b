"""A return against itself, against its twin, and against the payout of its order."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from drops.catalog.models import Sku
from drops.payouts.releases import release_order
from drops.returns import handling, requesting
from drops.returns.handling import inspect, receive
from drops.returns.models import Return, ReturnState
from drops.returns.requesting import NothingToReturn
from drops.returns.steps import StepNotNow
from drops.sales.models import Order
from tests.drops.returns.makers import OFFICE, ask, found_in, make_order
from tests.races.crowd import at_once, rival_after, swapped

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

_LOOK = requesting._look


def look_and_let_go(*asked):
    """Look at an order as ever, and give its locks back before anything is written."""

    def look():
        with transaction.atomic():
            return _LOOK(*asked)

    [found] = at_once(look)
    return found


def order_of_one():
    """Return an order of one mug that was handed over so long ago that its money is due."""
    order = make_order(units=1, now=timezone.now())
    long_ago = timezone.now() - timedelta(days=60)
    order.terms["delivery"]["latest_date"] = long_ago.date().isoformat()
    Order.objects.update(fulfilled_at=long_ago, terms=order.terms)
    return order


def send_back_beside(rival, order, *, is_locked=True):
    """Send a mug back, let a rival begin once it was looked at what is left, and return what the rival came to."""
    with ExitStack() as stack:
        if not is_locked:
            stack.enter_context(swapped(requesting, "_look", look_and_let_go))
        answers = stack.enter_context(rival_after(requesting, "_look", rival))
        ask(order, reason="damaged")
    return answers[0]


def test_of_two_who_send_the_last_unit_back_one_is_refused():
    order = order_of_one()

    answer = send_back_beside(lambda: ask(order, reason="damaged"), order)

    assert isinstance(answer, NothingToReturn)
    assert Return.objects.count() == 1


def test_control_a_look_that_lets_go_of_the_order_lets_one_unit_come_back_twice():
    order = order_of_one()

    send_back_beside(lambda: ask(order, reason="damaged"), order, is_locked=False)

    assert Return.objects.filter(state=ReturnState.REQUESTED).count() == 2


def release(order):
    return release_order(order_id=order.pk, now=timezone.now())


def test_an_order_that_is_being_sent_back_is_not_released():
    order = order_of_one()

    assert send_back_beside(lambda: release(order), order) is False

    assert release(order) is False  # and not afterwards, while the return is open
    assert Order.objects.get().released_at is None


def test_control_a_look_that_lets_go_of_the_order_pays_out_what_is_being_sent_back():
    order = order_of_one()

    assert send_back_beside(lambda: release(order), order, is_locked=False) is True

    assert Return.objects.still_open().get().order.released_at is not None


def look_twice(*, is_locked=True):
    """
    Let two people look at one return, the second when the first has judged the step.

    Return what the second came to, and how many units are on the shelf that were not.
    """
    returned = ask(order_of_one(), reason="damaged")
    Return.objects.update(state=ReturnState.APPROVED)
    receive(ref=returned.ref, actor=OFFICE, now=timezone.now())
    before = Sku.objects.get().on_hand

    def look():
        return inspect(ref=returned.ref, found=found_in(returned), actor=OFFICE, now=timezone.now())

    with ExitStack() as stack:
        if not is_locked:
            stack.enter_context(swapped(handling, "lock_return", lambda ref: Return.objects.get(ref=ref)))
        answers = stack.enter_context(rival_after(handling, "refuse_step", look))
        look()
    return answers[0], Sku.objects.get().on_hand - before


def test_two_who_look_at_a_return_restock_it_once():
    answer, restocked = look_twice()

    assert isinstance(answer, StepNotNow)
    assert restocked == 1


def test_control_without_the_lock_a_unit_is_restocked_twice():
    _, restocked = look_twice(is_locked=False)

    assert restocked == 2
