"""
Somebody cuts the units of a drop while somebody else takes, or lets go, the last of them.
"""

import threading
import time

import pytest
from django.db import connection, transaction

from drops.sales import holding
from drops.stock import resync, tokens
from drops.stock.counts import count_of
from drops.stock.models import Hold, HoldState, StockMove, StockPool, Token
from drops.stock.pools import store_room_of
from drops.stock.proof import proof_of
from tests.factories import make_drop_sku, make_hold
from tests.races.crowd import at_once, edited_functions, swapped, wait_until_done_or_blocked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

# Reads which unit is free, and takes it a moment later without looking again.
CHECK_THEN_VOID = """
WITH claimable AS MATERIALIZED (
    SELECT id, pg_sleep(2) FROM drops_token
     WHERE drop_sku_id = %(drop_sku)s AND free_at <= drops_statement_now()
     ORDER BY free_at LIMIT %(quantity)s
)
UPDATE drops_token AS token SET free_at = %(free_at)s, hold_id = NULL, status = 'void', fence = token.fence + 1
  FROM claimable WHERE token.id = claimable.id
"""


# The same mistake when units are carried to another pool.
CHECK_THEN_CARRY = """
WITH claimable AS MATERIALIZED (
    SELECT id, pg_sleep(2) FROM drops_token
     WHERE drop_sku_id = %(drop_sku)s AND pool_id = %(pool)s AND free_at <= drops_statement_now()
     ORDER BY free_at LIMIT %(quantity)s
)
UPDATE drops_token AS token
   SET pool_id = %(target)s, free_at = %(free_at)s, hold_id = NULL, status = 'free', fence = token.fence + 1
  FROM claimable WHERE token.id = claimable.id
"""


def cut(drop_sku, by=-1):
    return lambda: resync.change_units(drop_sku_id=drop_sku.pk, by=by, actor="office:mira")


def test_a_unit_that_is_being_claimed_stays_with_its_shopper():
    drop_sku = make_drop_sku(units=1)
    is_claimed, is_cut = threading.Event(), threading.Event()

    def dawdle_after_claiming(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "drops_place_holds" in sql:
            is_claimed.set()
            wait_until_done_or_blocked(is_cut.is_set)
        return result

    def hold():
        with connection.execute_wrapper(dawdle_after_claiming):
            return make_hold(drop_sku=drop_sku)

    def cut_meanwhile():
        is_claimed.wait(timeout=30)
        try:
            return cut(drop_sku)()
        finally:
            is_cut.set()

    held, change = at_once(hold, cut_meanwhile)

    assert held.state == HoldState.HELD
    assert (change.voided, change.shortfall) == (0, 1)
    assert Token.objects.get().hold_id == held.pk
    assert [line.problems for line in proof_of(drop=drop_sku.drop)] == [[]]


def cut_first_and_hold_meanwhile():
    drop_sku = make_drop_sku(units=1)
    is_cutting, is_held = threading.Event(), threading.Event()

    def dawdle_around_the_cut(execute, sql, params, many, context):
        if sql == CHECK_THEN_VOID:
            is_cutting.set()  # it dawdles by itself, between its look and its grasp
            return execute(sql, params, many, context)
        result = execute(sql, params, many, context)
        if sql == tokens.VOID:
            is_cutting.set()
            wait_until_done_or_blocked(is_held.is_set)
        return result

    def cut_slowly():
        with connection.execute_wrapper(dawdle_around_the_cut):
            return cut(drop_sku)()

    def hold():
        is_cutting.wait(timeout=30)
        time.sleep(0.2)  # so that the slow cut has looked
        try:
            return make_hold(drop_sku=drop_sku)
        finally:
            is_held.set()

    at_once(cut_slowly, hold)
    return Hold.objects.filter(state=HoldState.HELD).count(), count_of(drop_sku_id=drop_sku.pk).void


def test_a_unit_that_was_cut_is_nobodys():
    assert cut_first_and_hold_meanwhile() == (0, 1)


def test_without_the_lock_a_cut_takes_a_unit_out_of_somebodys_hands():
    with swapped(tokens, "VOID", CHECK_THEN_VOID):
        assert cut_first_and_hold_meanwhile() == (1, 1)


def test_people_who_cut_and_add_at_once_lose_no_unit():
    drop_sku = make_drop_sku(units=4)

    at_once(*[cut(drop_sku) for _ in range(3)], cut(drop_sku, 2), lambda: make_hold(drop_sku=drop_sku))

    drop_sku.refresh_from_db()
    count = count_of(drop_sku_id=drop_sku.pk)
    assert (drop_sku.planned, drop_sku.shortfall) == (3, 0)
    assert (count.available + count.held, count.void) == (3, count.total - 3)
    assert [line.problems for line in proof_of(drop=drop_sku.drop)] == [[]]


def let_go_while_a_cut_is_not_committed():
    """Let the only unit go while somebody who cut it has not committed; then the next shopper wants it."""
    drop_sku = make_drop_sku(units=1)
    hold = make_hold(drop_sku=drop_sku)
    is_cut, may_commit = threading.Event(), threading.Event()

    def cut_slowly():
        with transaction.atomic():
            change = cut(drop_sku)()
            is_cut.set()
            may_commit.wait(timeout=30)
        return change

    def let_go():
        is_cut.wait(timeout=30)
        try:
            holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)
        finally:
            may_commit.set()

    at_once(cut_slowly, let_go)
    drop_sku.refresh_from_db()
    [answer] = at_once(lambda: make_hold(drop_sku=drop_sku))
    return drop_sku, answer


def test_a_unit_let_go_during_a_cut_leaves_before_the_next_shopper_looks():
    drop_sku, answer = let_go_while_a_cut_is_not_committed()

    drop_sku.refresh_from_db()
    assert answer.code == "sold_out"
    assert (drop_sku.shortfall, count_of(drop_sku_id=drop_sku.pk).void) == (0, 1)


def test_without_that_look_the_next_shopper_gets_a_unit_that_is_not_there():
    look = ("drops_look", "IF sale.shortfall > 0 AND", "IF false AND")
    with swapped(resync, "take_out_returned", lambda *, drop_sku_id: 0), edited_functions(look):
        _, answer = let_go_while_a_cut_is_not_committed()

    assert answer.state == HoldState.HELD


def carry_first_and_hold_meanwhile():
    """Carry the only unit to a shelf while somebody wants it from the store-room; return who has it."""
    drop_sku = make_drop_sku(units=1)
    room = store_room_of(creator_id=drop_sku.drop.creator_id)
    shelf = StockPool.objects.create(creator=drop_sku.drop.creator, name="Café Mira")
    is_carrying = threading.Event()

    def dawdle_around_the_carrying(execute, sql, params, many, context):
        if sql == CHECK_THEN_CARRY:
            is_carrying.set()  # it dawdles by itself, between its look and its grasp
            return execute(sql, params, many, context)
        result = execute(sql, params, many, context)
        if sql == tokens.CARRY:
            is_carrying.set()
            time.sleep(0.5)
        return result

    def carry():
        with connection.execute_wrapper(dawdle_around_the_carrying):
            return resync.move_units(drop_sku_id=drop_sku.pk, source=room, target=shelf, units=1, actor="office:mira")

    def hold():
        is_carrying.wait(timeout=30)
        time.sleep(0.2)
        return make_hold(drop_sku=drop_sku)

    at_once(carry, hold)
    return Hold.objects.filter(state=HoldState.HELD).count(), Token.objects.filter(pool=shelf, hold=None).count()


def test_a_unit_that_is_being_carried_is_nobodys_to_hold():
    assert carry_first_and_hold_meanwhile() == (0, 1)


def test_without_the_lock_a_unit_is_carried_out_of_somebodys_hands():
    with swapped(tokens, "CARRY", CHECK_THEN_CARRY):
        assert carry_first_and_hold_meanwhile() == (1, 1)


def test_a_unit_that_is_being_claimed_is_not_carried_away():
    drop_sku = make_drop_sku(units=1)
    room = store_room_of(creator_id=drop_sku.drop.creator_id)
    shelf = StockPool.objects.create(creator=drop_sku.drop.creator, name="Café Mira")
    is_claimed = threading.Event()

    def dawdle_after_claiming(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "drops_place_holds" in sql:
            is_claimed.set()
            time.sleep(0.5)
        return result

    def hold():
        with connection.execute_wrapper(dawdle_after_claiming):
            return make_hold(drop_sku=drop_sku)

    def carry_meanwhile():
        is_claimed.wait(timeout=30)
        return resync.move_units(drop_sku_id=drop_sku.pk, source=room, target=shelf, units=1, actor="office:mira")

    held, refusal = at_once(hold, carry_meanwhile)

    assert (held.state, refusal.code) == (HoldState.HELD, "no_more_units")
    assert (Token.objects.get().hold_id, Token.objects.get().pool_id) == (held.pk, room.pk)
    assert StockMove.objects.count() == 0
