"""What one of the creator's people holds for a shopper: by the rules for everybody, on record as theirs, and nobody's lapse."""

from datetime import timedelta

import pytest
from django.db import connection

from drops.clock import database_now
from drops.errors import ShopError
from drops.sales import holding
from drops.sales.models import Quote
from drops.schedule.models import Drop
from drops.stock import audit
from drops.stock.models import Hold, HoldEvent, HoldSource
from tests.factories import make_drop, make_drop_sku, make_hold, make_payment, make_quote, make_shopper
from tests.races.crowd import swapped

pytestmark = pytest.mark.django_db(transaction=True)

INES = "office:ines"


@pytest.fixture
def drop():
    return make_drop(account_limit=5)


def by_hand(shopper, drop, **given):
    """Hold one of another SKU of the drop for a shopper; what is given belongs to its price."""
    quote = make_quote(drop_sku=make_drop_sku(drop=drop, units=3), shopper=shopper)
    Quote.objects.filter(pk=quote.pk).update(**given)
    return holding.place_hold_for_them(
        shopper=shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref, actor=INES
    )


def lapse(hold):
    """Let a hold's time pass, as the rows would look then."""
    with connection.cursor() as cursor:
        for table in ("drops_token", "drops_limitslot"):
            cursor.execute(f"UPDATE {table} SET free_at = drops_now() WHERE hold_id = %s", [hold.pk])
    now = database_now()
    Hold.objects.filter(pk=hold.pk).update(expires_at=now, base_expires_at=now)


def cools(shopper, drop):
    """Return whether a shopper has to wait before they may hold in a drop by themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT drops_cool_until(%s, %s, drops_now())", [shopper.pk, make_drop_sku(drop=drop, units=1).pk]
        )
        return cursor.fetchone()[0] is not None


def test_the_chain_names_whoever_placed_it(drop):
    hold = by_hand(make_shopper(creator=drop.creator), drop)

    assert (hold.source, hold.state) == (HoldSource.HELPER, "held")
    assert list(HoldEvent.objects.values_list("from_state", "to_state", "actor", "reason")) == [
        ("", "held", INES, "accepted")
    ]
    with swapped(audit, "SETTLES_IN", timedelta(0)):
        assert audit.chain_events(drop_id=drop.pk) == 1
    assert audit.verify_chain(drop_id=drop.pk) == []


def test_what_was_held_for_them_and_lapsed_makes_them_wait_for_nothing(drop):
    shopper = make_shopper(creator=drop.creator)
    for _ in range(3):
        lapse(by_hand(shopper, drop))

    assert not cools(shopper, drop)


def test_what_they_took_up_and_let_lapse_is_their_own(drop):
    shopper = make_shopper(creator=drop.creator)
    for take_up in (make_payment, lambda hold: holding.extend_hold(hold_ref=hold.ref, shopper=shopper)):
        hold = by_hand(shopper, drop)
        take_up(hold=hold)
        lapse(hold)

    assert cools(shopper, drop)


def test_their_own_past_counts_for_what_is_held_for_them(drop):
    shopper = make_shopper(creator=drop.creator)
    for _ in range(2):
        lapse(make_hold(drop_sku=make_drop_sku(drop=drop, units=1), shopper=shopper))
    before = Hold.objects.count()

    with pytest.raises(ShopError) as caught:
        by_hand(shopper, drop)

    assert (caught.value.code, Hold.objects.count()) == ("cooling_down", before)


@pytest.mark.parametrize(
    ("thought", "code"),
    [
        ({"verdict": "block"}, "blocked"),
        ({"verdict": "step_up"}, "step_up_required"),
        ({"hold_after": timedelta(minutes=1)}, "slow_down"),
    ],
)
def test_what_is_thought_of_the_wish_counts_as_well(drop, thought, code):
    if "hold_after" in thought:
        thought = {"hold_after": database_now() + thought["hold_after"]}

    with pytest.raises(ShopError) as caught:
        by_hand(make_shopper(creator=drop.creator), drop, **thought)

    assert (caught.value.code, Hold.objects.count()) == (code, 0)


def test_members_come_first_before_it_too(drop):
    Drop.objects.filter(pk=drop.pk).update(members_first_minutes=24 * 60)

    with pytest.raises(ShopError) as caught:
        by_hand(make_shopper(creator=drop.creator), drop)

    assert (caught.value.code, Hold.objects.count()) == ("not_eligible", 0)
