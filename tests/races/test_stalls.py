"""
A machine stalls in the middle of a step, for longer than the margin after a hold, and somebody claims the unit meanwhile.
"""

import pytest
from django.db import connection

from drops.sales import holding
from drops.stock import holds
from drops.stock.models import Hold, HoldState
from tests.factories import make_drop_sku, make_hold, make_payment, make_quote
from tests.races.crowd import at_once, swapped
from tests.races.test_claims import hold_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

lock_hold, set_end = holds.lock_hold, holds._set_end


def extend(hold):
    return holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)


def begin_to_pay(hold):
    return make_payment(hold=hold).hold


def stall_while_a_thief_comes(step):
    """Ask in the last second, stall until the margin is over as well, and go on; return what both were told."""
    drop_sku = make_drop_sku(units=1)
    hold, claim = make_hold(drop_sku=drop_sku), hold_of(make_quote(drop_sku=drop_sku), "tap")
    thefts = []

    def let_the_margin_pass_and_claim():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE drops_token SET free_at = drops_now() - interval '1 second' WHERE hold_id = %s", [hold.pk]
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
    answer, hold, theft = stall_while_a_thief_comes(step)

    assert (answer.code, theft.state) == ("hold_expired", HoldState.HELD)
    assert (hold.state, hold.extensions, hold.has_used_grace) == (HoldState.HELD, 0, False)
    assert hold.expires_at == hold.base_expires_at


@pytest.mark.parametrize("step", [extend, begin_to_pay])
def test_without_a_look_at_what_is_still_its_own_two_are_promised_one_unit(step):
    with swapped(holds, "_move_end", set_end):
        answer, hold, theft = stall_while_a_thief_comes(step)

    assert answer.pk == hold.pk != theft.pk
    assert hold.expires_at > hold.created_at
    assert Hold.objects.filter(state__in=[HoldState.HELD, HoldState.PAYING]).count() == 2
