"""What the claim's function does by looking only, and how a repeat meets its own first try."""

import pytest
from django.db import connection, transaction

from drops.idempotency import IdempotencyKey
from drops.sales import accepting, holding
from drops.stock.models import Hold
from tests.factories import make_drop, make_drop_sku, make_hold, make_quote, make_shopper

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def look(quote, key="tap"):
    """Return the outcome, and whether its transaction wrote or locked a row: only then it has a number."""
    wish = accepting.Wish(quote.shopper.ref, quote.ref, quote.hash, key)
    with transaction.atomic():
        [outcome] = accepting.accept([wish])
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
            [has_number] = cursor.fetchone()
        transaction.set_rollback(True)
    return outcome.word, has_number


def test_a_shopper_who_gets_no_unit_is_answered_without_a_write_or_a_lock():
    drop_sku = make_drop_sku(units=1)
    make_hold(drop_sku=drop_sku)

    assert look(make_quote(drop_sku=drop_sku)) == ("short", False)


def test_a_shopper_at_their_limit_is_told_that_even_when_nothing_is_left():
    drop = make_drop(account_limit=1)
    mine, last = make_drop_sku(drop=drop, units=1), make_drop_sku(drop=drop, units=1)
    shopper = make_shopper(creator=drop.creator)
    make_hold(drop_sku=mine, shopper=shopper)
    make_hold(drop_sku=last)

    assert look(make_quote(drop_sku=last, shopper=shopper)) == ("limit", False)


def test_a_shopper_who_can_have_one_does_write():
    """The negative control: the number that the tests above do not find is there when something is written."""
    assert look(make_quote(drop_sku=make_drop_sku(units=1))) == ("placed", True)
    assert (Hold.objects.count(), IdempotencyKey.objects.count()) == (0, 0)


def test_a_repeat_is_given_the_hold_of_its_first_try_when_nothing_is_left():
    quote = make_quote(drop_sku=make_drop_sku(units=1))
    taps = [
        holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="tap")
        for _ in range(2)
    ]

    assert look(quote) == ("answered", False)
    assert [tap.pk for tap in taps] == [Hold.objects.get().pk] * 2
