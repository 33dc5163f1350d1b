from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drops.risk.cooldowns import PastHold, abandoned_at, cool_until
from drops.risk.overrules import lift, overrule
from drops.sales.models import Payment
from drops.stock.models import Hold
from drops.stock.pools import store_room_of
from tests.factories import NOON, make_drop_sku, make_shopper
from tests.undone import undone

TEN = timedelta(minutes=10)
S = timedelta(seconds=1)


def lapsed(start=NOON, **given):
    return PastHold(**{"state": "held", "created_at": start, "expires_at": start + TEN} | given)


def let_go(*, after, start=NOON):
    return PastHold("released", start, start + TEN, closed_at=start + after)


def test_the_first_abandoned_hold_costs_nothing():
    assert cool_until([lapsed()], at=NOON + TEN) is None


def test_the_second_costs_a_minute_and_every_further_one_five():
    starts = [NOON + number * 2 * TEN for number in range(4)]
    holds = [lapsed(start) for start in starts]

    for number, wait in ((2, 60), (3, 300), (4, 300)):
        end = starts[number - 1] + TEN
        assert cool_until(holds[:number], at=end) == end + wait * S
        assert cool_until(holds[:number], at=end + wait * S - S) == end + wait * S
        assert cool_until(holds[:number], at=end + wait * S) is None


def test_a_hold_lapses_by_the_clock_whether_or_not_its_row_says_so():
    assert abandoned_at(lapsed(), at=NOON + TEN - S) is None
    assert abandoned_at(lapsed(), at=NOON + TEN) == NOON + TEN
    assert abandoned_at(lapsed(state="expired", closed_at=NOON + 2 * TEN), at=NOON + 3 * TEN) == NOON + TEN


def test_letting_go_in_time_is_no_abandoning_and_letting_go_late_is():
    assert abandoned_at(let_go(after=TEN / 2), at=NOON + TEN) is None
    assert abandoned_at(let_go(after=TEN / 2 + S), at=NOON + TEN) == NOON + TEN / 2 + S


@pytest.mark.parametrize(
    "hold",
    [
        lapsed(state="expired", was_declined=True),
        lapsed(state="revoked", closed_at=NOON + TEN),
        lapsed(state="confirmed", closed_at=NOON + TEN),
        lapsed(state="late_refund", closed_at=NOON + TEN),
        lapsed(state="expired", source="waitlist"),
        lapsed(state="expired", source="admin"),
        lapsed(state="expired", source="helper"),
        PastHold("released", NOON, NOON + TEN, closed_at=NOON + TEN - S, source="helper"),
    ],
    ids=[
        "declined",
        "revoked",
        "paid",
        "paid too late",
        "from the waitlist",
        "by hand",
        "a helper's",
        "a helper's, let go late",
    ],
)
def test_what_was_not_their_doing_is_not_counted(hold):
    assert abandoned_at(hold, at=NOON + 2 * TEN) is None
    assert cool_until([hold] * 3, at=NOON + TEN) is None


def test_what_a_helper_placed_is_theirs_once_they_took_it_up():
    taken_up = lapsed(state="expired", source="helper", was_taken_up=True)

    assert abandoned_at(taken_up, at=NOON + TEN) == NOON + TEN
    assert cool_until([taken_up] * 2, at=NOON + TEN) == NOON + TEN + 60 * S
    declined = lapsed(state="expired", source="helper", was_taken_up=True, was_declined=True)
    assert cool_until([declined] * 2, at=NOON + TEN) is None


@st.composite
def histories(draw):
    """Holds of one drop as they may be found at an instant, in any state."""
    found = []
    for _ in range(draw(st.integers(0, 6))):
        created = NOON + draw(st.integers(0, 3600)) * S
        expires = created + draw(st.sampled_from([300, 600, 720])) * S
        state = draw(st.sampled_from(["held", "paying", "expired", "released", "revoked", "confirmed", "late_refund"]))
        closed = None if state in ("held", "paying") else created + draw(st.integers(0, 1200)) * S
        source = draw(st.sampled_from(["direct", "direct", "direct", "helper", "helper", "admin"]))
        is_declined, is_taken_up = draw(st.integers(0, 3)) == 0, draw(st.booleans())
        found.append(PastHold(state, created, expires, closed, source, is_declined, is_taken_up))
    return found


def write_down(hold, drop_sku, shopper, number):
    pool = store_room_of(creator_id=shopper.creator_id)
    row = Hold.objects.create(
        shopper=shopper, drop_sku=drop_sku, pool=pool, quantity=1, state=hold.state, source=hold.source,
        quote_ref=f"{shopper.pk}-{number}", quote_hash="", terms={}, total_minor=1, currency="EUR",
        delivery_method="pickup", delivery_option="counter", created_at=hold.created_at,
        base_expires_at=hold.expires_at, expires_at=hold.expires_at, hard_deadline=hold.expires_at,
        closed_at=hold.closed_at, has_used_grace=hold.was_taken_up and number % 2 == 0,
        extensions=int(hold.was_taken_up and number % 2 == 1),
    )  # fmt: skip
    Payment.objects.create(
        hold=row, number=1, provider="memory", amount_minor=1, currency="EUR", quote_hash="", created_at=NOON,
        state="failed" if hold.was_declined else "cancelled", name="Lena", email="lena@example.org",
    )  # fmt: skip
    return row


def asked(shopper, drop_sku, at):
    with connection.cursor() as cursor:
        cursor.execute("SELECT drops_cool_until(%s, %s, %s)", [shopper.pk, drop_sku.pk, at])
        return cursor.fetchone()[0]


@pytest.fixture
def scene(db):
    # The hold that is alive is one per SKU, so each past one gets a SKU of its own: the drop is what they share.
    drop_sku = make_drop_sku()
    others = [make_drop_sku(drop=drop_sku.drop) for _ in range(6)]
    return drop_sku, others, make_shopper(creator=drop_sku.drop.creator)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), after=st.integers(0, 6000))
def test_python_and_the_database_agree_on_any_history(scene, history, after):
    drop_sku, others, shopper = scene
    at = NOON + after * S
    with undone():
        for number, hold in enumerate(history):
            write_down(hold, others[number], shopper, number)

        assert asked(shopper, drop_sku, at) == cool_until(history, at=at)


def test_another_drop_and_another_shopper_start_fresh(scene):
    drop_sku, others, shopper = scene
    for number in range(2):
        write_down(lapsed(state="expired"), others[number], shopper, number)

    assert asked(shopper, drop_sku, NOON + TEN) == NOON + TEN + 60 * S
    assert asked(shopper, make_drop_sku(), NOON + TEN) is None
    assert asked(make_shopper(creator=shopper.creator), drop_sku, NOON + TEN) is None


def test_somebody_whom_the_creator_allows_does_not_cool_down(scene):
    drop_sku, others, shopper = scene
    for number in range(2):
        write_down(lapsed(state="expired"), others[number], shopper, number)
    at = NOON + TEN + S

    word = overrule(shopper=shopper, verdict="allow", reason="A friend", by="owner", now=NOON, until=NOON + 2 * TEN)
    assert asked(shopper, drop_sku, at) is None
    lift(overrule_id=word.pk, by="owner", now=NOON + TEN)
    assert asked(shopper, drop_sku, at) == NOON + TEN + 60 * S
