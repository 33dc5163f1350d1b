"""The waitlist against everybody at once: what is kept back stays so, and an offer is made once."""

import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from drops.clock import database_now
from drops.errors import ShopError
from drops.sales import admission, offering, refusals, waiting
from drops.sales.holding import place_hold
from drops.stock.models import Hold, HoldSource, HoldState, Token, WaitlistEntry
from tests.factories import make_drop, make_quote, make_shopper
from tests.lines import join, sold_out, states
from tests.races.crowd import at_once, edited_functions, rival_after, swapped

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

# Everybody looks before anybody takes.
A_GAP_AFTER_THE_LOOK = (
    "drops_place_holds",
    "IF array_position(verdicts, NULL) IS NOT NULL THEN",
    "PERFORM pg_sleep(0.3); IF array_position(verdicts, NULL) IS NOT NULL THEN",
)
NOTHING_KEPT = [
    ("drops_claim_tokens", "max(upto) + p_kept", "max(upto)"),
    ("drops_claim_tokens", "wanted.upto + p_kept <=", "wanted.upto <="),
]
NO_LOCK = ("drops_lock_line", "IF NOT EXISTS (", "IF true OR NOT EXISTS (")
NO_ENTRY_NEEDED = ("drops_offer_begins", "IF NOT FOUND THEN", "IF false THEN")
# Whoever comes a moment later is refused by these looks already, as on a busy machine one of two always does.
NO_LOOKS_AT_ONES_OWN = [
    ("drops_look", "ELSIF own.expires_at > p_at THEN", "ELSIF false THEN"),
    ("drops_look", "ELSIF own.ref IS NOT NULL THEN", "ELSIF false THEN"),
]
OFFER_FORGETS_ENTRY = ("drops_offer_begins", "AND state IN ('waiting', 'passed')", "AND false")


@contextmanager
def without(index):
    """Take a unique index away for the length of a block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index])
        [guard] = cursor.fetchone()
        cursor.execute(f"DROP INDEX {index}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM drops_waitlistentry")
            cursor.execute("ALTER TABLE drops_holdevent DISABLE TRIGGER USER")
            cursor.execute("TRUNCATE drops_hold CASCADE")
            cursor.execute("ALTER TABLE drops_holdevent ENABLE TRIGGER USER")
            cursor.execute(guard)


def lapse_unseen(*lapsed):
    """Let holds end in the past, as they do when nobody looks."""
    now = database_now()
    Hold.objects.filter(pk__in=[hold.pk for hold in lapsed]).update(expires_at=now - timedelta(seconds=6))
    Token.objects.filter(hold__in=lapsed).update(free_at=now - timedelta(seconds=1))


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "with nothing kept"])
def test_a_crowd_gets_only_what_nobody_waits_for(guarded):
    drop_sku, [one, two, three] = sold_out(units=3, account_limit=3)
    entry = join(drop_sku, quantity=2)
    quotes = [make_quote(drop_sku=drop_sku) for _ in range(3)]
    lapse_unseen(one, two, three)
    # Nobody notices for the one who waits before the crowd is through, so that it is alone with the guard.
    with (
        edited_functions(A_GAP_AFTER_THE_LOOK, *([] if guarded else NOTHING_KEPT)),
        swapped(refusals, "announce", deaf),
    ):
        answers = at_once(*[lambda quote=quote: take(quote) for quote in quotes])

    placed = [answer for answer in answers if isinstance(answer, Hold)]
    offers = offering.promote(drop_sku_id=drop_sku.pk)

    if guarded:
        assert len(placed) == 1
        assert ([offer.quantity for offer in offers], states(entry)) == ([2], ["offered"])
    else:
        assert len(placed) == 3
        assert offers == []


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without the line's lock"])
def test_an_offer_waits_for_a_claim_that_has_its_hands_on_the_units(guarded):
    drop_sku, [one, two, three] = sold_out(units=3, account_limit=3)
    entry = join(drop_sku, quantity=2)
    quote = make_quote(drop_sku=drop_sku)
    lapse_unseen(one, two, three)

    def promote():
        return offering.promote(drop_sku_id=drop_sku.pk)

    with ExitStack() as stack:
        if not guarded:
            stack.enter_context(edited_functions(NO_LOCK))
        [answers] = [stack.enter_context(rival_after(admission, "_see_to", promote))]
        hold = take(quote)

    assert hold.state == HoldState.HELD
    [offers] = answers
    assert ([offer.quantity for offer in offers], states(entry)) == (
        ([2], ["offered"]) if guarded else ([], ["waiting"])
    )


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "with its guards gone"])
def test_two_who_notice_at_once_give_one_offer(guarded):
    drop_sku, held = sold_out(units=3)
    entry = join(drop_sku)
    lapse_unseen(*held)

    def slowly(**wish):
        quote = make_quote_as_ever(**wish)
        time.sleep(0.2)
        return quote

    make_quote_as_ever = offering.make_quote
    with ExitStack() as stack:
        stack.enter_context(swapped(offering, "make_quote", slowly))
        if not guarded:
            stack.enter_context(without("one_live_hold_per_shopper_and_sku"))
            stack.enter_context(edited_functions(NO_ENTRY_NEEDED, OFFER_FORGETS_ENTRY, *NO_LOOKS_AT_ONES_OWN))
            stack.enter_context(swapped(offering, "LOOKS", 1))
        at_once(*[lambda: offering.promote(drop_sku_id=drop_sku.pk) for _ in range(2)])
        offers = Hold.objects.filter(source=HoldSource.WAITLIST, state=HoldState.HELD).count()
        stands = states(entry)

    assert (offers, stands) == ((1, ["offered"]) if guarded else (2, ["waiting"]))


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without the trigger"])
def test_nobody_is_offered_what_they_no_longer_wait_for(guarded):
    drop_sku, [hold] = sold_out(units=1)
    entry = join(drop_sku)
    lapse_unseen(hold)
    with ExitStack() as stack:
        if not guarded:
            stack.enter_context(edited_functions(NO_ENTRY_NEEDED))
        stack.enter_context(
            rival_after(offering, "make_quote", lambda: waiting.leave_waitlist(ref=entry.ref, shopper=entry.shopper))
        )
        offering.promote(drop_sku_id=drop_sku.pk)

    offers = Hold.objects.filter(source=HoldSource.WAITLIST).count()
    assert (states(entry), offers) == (["left"], 0 if guarded else 1)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without the constraint"])
def test_two_devices_of_one_shopper_stand_in_line_once(guarded):
    drop_sku, _ = sold_out(units=1)
    shopper = make_shopper(creator=drop_sku.drop.creator)
    with ExitStack() as stack:
        if not guarded:
            stack.enter_context(without("one_live_entry_per_shopper_and_sku"))
        both_have_looked = Barrier(2, timeout=30)
        stack.enter_context(swapped(waiting, "_refuse_if_free", lambda *_wish: both_have_looked.wait()))
        answers = at_once(*[lambda key=key: join(drop_sku, shopper=shopper, key=key) for key in ("phone", "laptop")])
        entries = WaitlistEntry.objects.count()

    refusals = [answer.code for answer in answers if isinstance(answer, ShopError)]
    assert (entries, refusals) == ((1, ["already_waiting"]) if guarded else (2, []))


def test_a_crowd_in_line_is_served_in_its_order_however_many_notice():
    drop = make_drop()
    drop_sku, held = sold_out(units=4, drop=drop)
    line = [join(drop_sku) for _ in range(6)]
    lapse_unseen(*held[:3])

    at_once(*[lambda: offering.promote(drop_sku_id=drop_sku.pk) for _ in range(4)])

    assert states(*line) == ["offered"] * 3 + ["waiting"] * 3


def deaf(*_signal, **_facts):
    """Hear nothing."""


def take(quote):
    return place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref)
