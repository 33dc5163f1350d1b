"""
"Sold out" is for good: whoever hears it does not come back. So it is never a guess about a lock or between two looks.
"""

import threading
import time

import pytest
from django.db import connection, transaction

from drops.errors import ShopError
from drops.sales import holding
from drops.stock.models import Hold, Token
from tests.factories import make_drop_sku, make_hold, make_quote
from tests.races.crowd import WAITS_WITHIN, at_once, edited_functions
from tests.races.test_claims import hold_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

# Looks as the claim does, over what others have locked.
LOOK_PAST_LOCKS = (
    "drops_look",
    "LIMIT 10 + 2 * jsonb_array_length(p_wishes) + ahead",
    "LIMIT 10 + 2 * jsonb_array_length(p_wishes) + ahead FOR UPDATE SKIP LOCKED",
)
LOOK_SLOWLY = (
    "drops_look",
    "SELECT token.free_at INTO until",
    "PERFORM pg_sleep(2); SELECT token.free_at INTO until",
)
BELIEVE_TWO_LOOKS = ("drops_look", "IF until IS NULL AND", "IF false AND")


def code_of(job):
    try:
        job()
    except ShopError as refusal:
        return refusal.code
    return "held"


def ask_while_somebody_only_looks():
    """Ask for a free unit whose row somebody has locked, without wanting it."""
    drop_sku = make_drop_sku(units=1)
    quote = make_quote(drop_sku=drop_sku)
    is_locked, may_go = threading.Event(), threading.Event()

    def look():
        with transaction.atomic():
            list(Token.objects.select_for_update().filter(drop_sku=drop_sku))
            is_locked.set()
            may_go.wait(timeout=30)
        connection.close()

    looker = threading.Thread(target=look)
    looker.start()
    is_locked.wait(timeout=30)
    try:
        return code_of(hold_of(quote, "tap"))
    finally:
        may_go.set()
        looker.join()


def test_a_unit_that_others_have_their_hands_on_is_not_called_sold_out():
    assert ask_while_somebody_only_looks() == "busy"
    assert Hold.objects.count() == 0


def test_taking_what_is_skipped_for_what_is_sold_is_a_lie():
    with edited_functions(LOOK_PAST_LOCKS, BELIEVE_TWO_LOOKS):
        assert ask_while_somebody_only_looks() == "sold_out"


def wait_for_whoever_looks():
    """Wait until somebody is between the two looks, for ten seconds at most."""
    patience = time.monotonic() + WAITS_WITHIN
    with connection.cursor() as cursor:
        while time.monotonic() < patience:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')")
            [is_between] = cursor.fetchone()
            if is_between:
                return
            time.sleep(0.01)


def ask_while_the_last_unit_is_let_go(*edits):
    """Look for free units, and a moment later for held ones; in between the last unit is let go."""
    drop_sku = make_drop_sku(units=1)
    hold = make_hold(drop_sku=drop_sku)
    quote = make_quote(drop_sku=drop_sku)

    def let_go():
        wait_for_whoever_looks()
        return holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    with edited_functions(*edits, LOOK_SLOWLY):
        answer, _ = at_once(hold_of(quote, "tap"), let_go)
    return getattr(answer, "code", "held")


def test_a_unit_that_is_let_go_between_two_looks_is_not_called_sold_out():
    assert ask_while_the_last_unit_is_let_go() == "held"


def test_believing_two_looks_calls_it_sold_out():
    assert ask_while_the_last_unit_is_let_go(BELIEVE_TWO_LOOKS) == "sold_out"
