"""
A machine stalls in the middle of a step, for longer than the margin after a hold, and somebody claims the unit meanwhile.
"""

import pytest
from django.db import connection

from drops.audience.identities import remember
from drops.audience.models import IdentityKind
from drops.sales import holding
from drops.stock import holds, limits
from drops.stock.models import Hold, HoldState
from tests.factories import make_drop, make_drop_sku, make_hold, make_payment, make_quote, make_shopper
from tests.races.crowd import at_once, swapped
from tests.races.test_claims import hold_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

lock_hold, set_end = holds.lock_hold, holds._set_end


def extend(hold):
    return holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)


def begin_to_pay(hold):
    return make_payment(hold=hold).hold


def a_rival_for_the_unit():
    """A hold of the only unit, and somebody else's claim of it."""
    drop_sku = make_drop_sku(units=1)
    return make_hold(drop_sku=drop_sku), hold_of(make_quote(drop_sku=drop_sku), "tap")


def a_rival_for_a_place(*, quantity):
    """A hold with all that a household may have, and the claim of another one of it. There are units enough."""
    drop = make_drop(account_limit=quantity, household_limit=quantity)
    drop_sku = make_drop_sku(units=9, drop=drop)
    first, second = (make_shopper(creator=drop.creator) for _ in range(2))
    for shopper in (first, second):
        remember(shopper=shopper, kind=IdentityKind.DEVICE, value="0b7e4a52-7c1f-4a30-9d55-1f4f5e0a9c11")
    hold = make_hold(drop_sku=drop_sku, shopper=first, quantity=quantity)
    return hold, hold_of(make_quote(drop_sku=drop_sku, shopper=second), "tap")


def stall_while_a_thief_comes(step, *, hold, claim):
    """Ask in the last second, stall until the margin is over as well, and go on; return what both were told."""
    thefts = []

    def let_the_margin_pass_and_claim():
        with connection.cursor() as cursor:
            for table in ("drops_token", "drops_limitslot"):
                cursor.execute(
                    f"UPDATE {table} SET free_at = drops_now() - interval '1 second' WHERE hold_id = %s", [hold.pk]
                )
        return claim()

    def lock_and_stall(*, ref):
        found = lock_hold(ref=ref)
        thefts.extend(at_once(let_the_margin_pass_and_claim))
        return found

    with swapped(holds, "lock_hold", lock_and_stall):
        [answer] = at_once(lambda: step(hold))
    hold.refresh_from_db()
    return answer, hold, thefts[0]


@pytest.mark.parametrize("step", [extend, begin_to_pay])
def test_no_later_end_is_promised_for_a_unit_that_is_gone(step):
    hold, claim = a_rival_for_the_unit()

    answer, hold, theft = stall_while_a_thief_comes(step, hold=hold, claim=claim)

    assert (answer.code, theft.state) == ("hold_expired", HoldState.HELD)
    assert (hold.state, hold.extensions, hold.has_used_grace) == (HoldState.HELD, 0, False)
    assert hold.expires_at == hold.base_expires_at


@pytest.mark.parametrize("step", [extend, begin_to_pay])
def test_without_a_look_at_what_is_still_its_own_two_are_promised_one_unit(step):
    hold, claim = a_rival_for_the_unit()

    with swapped(holds, "_move_end", set_end):
        answer, hold, theft = stall_while_a_thief_comes(step, hold=hold, claim=claim)

    assert answer.pk == hold.pk != theft.pk
    assert hold.expires_at > hold.created_at
    assert Hold.objects.filter(state__in=[HoldState.HELD, HoldState.PAYING]).count() == 2


@pytest.mark.parametrize("step", [extend, begin_to_pay])
@pytest.mark.parametrize("quantity", [1, 2], ids=["the only place", "one place of two"])
def test_no_later_end_is_promised_to_a_household_whose_place_is_gone(step, quantity):
    hold, claim = a_rival_for_a_place(quantity=quantity)

    answer, hold, theft = stall_while_a_thief_comes(step, hold=hold, claim=claim)

    assert (answer.code, theft.state) == ("hold_expired", HoldState.HELD)
    assert (hold.state, hold.expires_at) == (HoldState.HELD, hold.base_expires_at)


@pytest.mark.parametrize("step", [extend, begin_to_pay])
@pytest.mark.parametrize("quantity", [1, 2], ids=["the only place", "one place of two"])
def test_without_a_look_at_its_places_a_household_gets_more_than_it_may_have(step, quantity):
    hold, claim = a_rival_for_a_place(quantity=quantity)

    with swapped(limits, "has_its_places", lambda hold: True):
        answer, hold, theft = stall_while_a_thief_comes(step, hold=hold, claim=claim)

    assert answer.pk == hold.pk != theft.pk
    live = Hold.objects.filter(state__in=[HoldState.HELD, HoldState.PAYING])
    assert sum(live.values_list("quantity", flat=True)) == quantity + 1
