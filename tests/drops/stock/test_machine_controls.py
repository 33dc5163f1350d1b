"""
The negative controls of the state machine: with one guard taken away, a short life of a drop turns it red.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from drops.sales import taking
from drops.sales.payment import Outcome
from drops.stock import holds, tokens, waitlist
from drops.stock.models import Hold, HoldState, Token
from tests.drops.stock.test_machine import DropMachine
from tests.races.crowd import edited_functions, swapped
from tests.races.test_claims import SELL_WITHOUT_FENCE

pytestmark = pytest.mark.django_db

LAPSED = timedelta(minutes=10, seconds=6).seconds
# Neither the look nor the place itself says no.
LIMIT_THAT_GIVES_WAY = [
    (
        "drops_look",
        "IF identity.places - used < quote.quantity",
        "IF false AND identity.places - used < quote.quantity",
    ),
    ("drops_take_places", "WHERE place.free_at <= drops_now()", ""),
]
begin_paying = holds.begin_paying


def grace_every_time(*, hold: Hold, now: Any) -> None:
    hold.has_used_grace = False
    begin_paying(hold=hold, now=now)


def a_late_payment_after_a_takeover(life: DropMachine) -> None:
    hold = life.steal(shopper=0, sku=0, quantity=1)
    payment = life.start_pay(hold=hold)
    life.advance_clock(seconds=LAPSED)
    life.steal(shopper=1, sku=0, quantity=1)
    life.pay_ok(payment=payment)


def two_declined_cards(life: DropMachine) -> None:
    hold = life.steal(shopper=0, sku=0, quantity=1)
    life.pay_fail(payment=life.start_pay(hold=hold))
    life.advance_to_the_edge_of(hold=hold, edge="base_expires_at", offset=-1)
    life.start_pay(hold=hold)


def an_extension_that_comes_too_late(life: DropMachine) -> None:
    hold = life.steal(shopper=0, sku=0, quantity=1)
    life.advance_clock(seconds=LAPSED)
    life.extend(hold=hold)


def a_second_sku_at_a_limit_of_one(life: DropMachine) -> None:
    life.steal(shopper=0, sku=0, quantity=1)
    life.steal(shopper=0, sku=1, quantity=1)


def a_takeover_in_the_last_second(life: DropMachine) -> None:
    hold = life.steal(shopper=0, sku=0, quantity=1)
    life.advance_to_the_edge_of(hold=hold, edge="expires_at", offset=1)
    life.steal(shopper=1, sku=0, quantity=1)


def a_webhook_that_comes_twice(life: DropMachine) -> None:
    payment = life.start_pay(hold=life.steal(shopper=0, sku=0, quantity=1))
    life.webhook_twice(event=life.bank_decides(payment=payment, outcome=Outcome.FAILED))


def too_little_money(life: DropMachine) -> None:
    life.pay_too_little(payment=life.start_pay(hold=life.steal(shopper=0, sku=0, quantity=1)))


def a_unit_that_comes_back_to_a_line(life: DropMachine) -> None:
    [hold] = life.a_line_forms(sku=0, quantity=1).values
    life.release(hold=hold)
    life.steal(shopper=0, sku=0, quantity=1)


def a_line_that_is_served(life: DropMachine) -> None:
    [hold] = life.a_line_forms(sku=0, quantity=1).values
    life.room_is_made(hold=hold)


def a_drop_that_closes_on_its_line(life: DropMachine) -> None:
    life.a_line_forms(sku=0, quantity=1)
    life.advance_clock(seconds=timedelta(minutes=90).seconds)


CONTROLS = [
    pytest.param(a_late_payment_after_a_takeover, (tokens, "SELL", SELL_WITHOUT_FENCE), id="fence"),
    pytest.param(two_declined_cards, (holds, "begin_paying", grace_every_time), id="one grace"),
    pytest.param(
        an_extension_that_comes_too_late, (Hold, "state_at", lambda hold, now: HoldState(hold.state)), id="lazy expiry"
    ),
    pytest.param(a_second_sku_at_a_limit_of_one, LIMIT_THAT_GIVES_WAY, id="limit"),
    pytest.param(a_takeover_in_the_last_second, (holds, "MARGIN", timedelta(0)), id="margin"),
    pytest.param(
        a_webhook_that_comes_twice,
        (taking, "note_end", lambda payment, hold, event, now, is_last: None),
        id="a failure is noted",
    ),
    pytest.param(
        a_unit_that_comes_back_to_a_line,
        [("drops_waiting_units", "entry.state = 'waiting'", "false")],
        id="what is kept for the line",
    ),
    pytest.param(a_line_that_is_served, (waitlist, "ORDER", ("-joined_at", "-pk")), id="the order of the line"),
    pytest.param(
        a_drop_that_closes_on_its_line,
        [("drops_line_goes_on", "drops_statement_now() < sale.closes_at", "true")],
        id="a line is over with its drop",
    ),
    pytest.param(too_little_money, (taking, "_send_back", lambda *what: None), id="no money without an owner"),
]


def live(story: Callable[[DropMachine], None]) -> None:
    life = DropMachine()
    try:
        life.open_up(units=[1, 1], limit=1, has_worker=False)
        story(life)
        life.watch.check()
    finally:
        life.teardown()


@pytest.mark.parametrize(("story", "guard"), CONTROLS)
def test_the_machine_goes_red_when_a_guard_is_taken_away(story, guard):
    live(story)  # With the guard in its place the very same life is well.

    taken_away = edited_functions if isinstance(guard, list) else swapped
    with taken_away(*guard), pytest.raises(AssertionError):
        live(story)


def test_a_row_that_changes_while_nothing_else_does_is_looked_at():
    def a_fence_that_moves_by_itself(life: DropMachine) -> None:
        life.watch.check()
        Token.objects.update(fence=F("fence") + 1)

    with pytest.raises(AssertionError):
        live(a_fence_that_moves_by_itself)
