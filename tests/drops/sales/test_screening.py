"""What a shopper is told who may not hold, or not yet: through the front door, and without a row written."""

from datetime import timedelta

import pytest

from drops.risk import overrules
from drops.risk.models import RiskRules
from drops.risk.step_ups import shopper_of_link
from drops.sales import holding, screening
from drops.sales.models import Quote
from drops.sales.payment import Outcome
from drops.sales.refusals import DropClosed, QuoteExpired
from drops.sales.revoking import revoke_hold
from drops.sales.settling import settle
from drops.stock.counts import count_of
from drops.stock.models import Hold, HoldEvent, HoldState, LimitSlot, Token
from tests.clock import advance, stopped_clock
from tests.doubles import event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment, make_quote, make_shopper

pytestmark = pytest.mark.django_db

TEN = timedelta(minutes=10)
S = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_drop_sku(drop=drop, units=3)


def place(quote, *, key="tap"):
    return holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=key)


def newcomer(drop_sku):
    """A shopper who came at noon of the stopped clock, and scores 5 for it."""
    return make_shopper(creator=drop_sku.drop.creator, since=NOON)


def doubted(drop_sku, verdict, **thresholds):
    """Quote to a newcomer whom the creator's thresholds judge so."""
    steps = {"slow_down_from": 999, "step_up_from": 999, "block_from": 999} | thresholds
    RiskRules.objects.create(creator=drop_sku.drop.creator, **steps)
    quote = make_quote(drop_sku=drop_sku, shopper=newcomer(drop_sku))
    assert quote.verdict == verdict
    return quote


def rows():
    return (
        Hold.objects.count(), HoldEvent.objects.count(), LimitSlot.objects.count(),
        list(Token.objects.order_by("pk").values()),
    )  # fmt: skip


def test_a_hold_remembers_what_was_thought_of_the_wish(drop_sku):
    hold = make_hold(drop_sku=drop_sku, shopper=newcomer(drop_sku))

    stored = Hold.objects.get()
    assert (stored.pk, stored.risk) == (hold.pk, Quote.objects.get().risk)
    assert stored.risk == {
        "score": 5,
        "reasons": [{"code": "new_account", "weight": 5, "found": 1}],
        "verdict": "allow",
        "decided_by": "signals",
    }


def test_a_blocked_shopper_is_told_whom_to_write_to_and_no_number(drop_sku):
    quote = doubted(drop_sku, "block", slow_down_from=5, step_up_from=5, block_from=5)
    RiskRules.objects.update(contact="hello@kiln.example")
    before = rows()

    with pytest.raises(screening.Blocked) as refusal:
        place(quote)

    mention = quote.ref[:8].upper()
    assert refusal.value.facts == {"contact": "hello@kiln.example", "mention": mention}
    assert refusal.value.message == (
        "Kiln & Tide can't hold this for you. If you think that is a mistake, write to hello@kiln.example and mention "
        f"{mention}."
    )
    assert rows() == before


def test_without_a_contact_of_the_creator_the_shops_own_address_is_said(drop_sku, settings):
    settings.DEFAULT_FROM_EMAIL = "shop@shop.example"

    with pytest.raises(screening.Blocked) as refusal:
        place(doubted(drop_sku, "block", slow_down_from=5, step_up_from=5, block_from=5))

    assert refusal.value.facts["contact"] == "shop@shop.example"


def test_a_shopper_who_is_asked_for_a_code_gets_the_way_to_it(drop_sku):
    quote = doubted(drop_sku, "step_up", slow_down_from=5, step_up_from=5)
    before = rows()

    with pytest.raises(screening.StepUpRequired) as refusal:
        place(quote)

    assert refusal.value.facts["how"] == "email_code"
    assert shopper_of_link(refusal.value.facts["check"]) == quote.shopper
    assert rows() == before


def test_a_shopper_who_is_slowed_down_holds_with_the_same_quote_twenty_seconds_later(drop_sku):
    quote = doubted(drop_sku, "slow_down", slow_down_from=5)
    before = rows()

    with pytest.raises(screening.SlowDown) as refusal:
        place(quote)
    assert refusal.value.facts == {"retry_after": 20, "until": NOON + 20 * S}
    assert refusal.value.message == "A few others go first. You can hold in 20 seconds."
    assert rows() == before

    advance(20 * S - S)
    with pytest.raises(screening.SlowDown):
        place(quote)
    advance(S)
    assert place(quote).state == HoldState.HELD


def test_a_blocked_shopper_is_not_told_so_about_a_closed_drop_or_an_old_price(drop_sku):
    quote = doubted(drop_sku, "block", slow_down_from=5, step_up_from=5, block_from=5)

    advance(timedelta(seconds=120))
    with pytest.raises(QuoteExpired):
        place(quote)
    type(drop_sku.drop).objects.update(state="closed")
    with pytest.raises(DropClosed):
        place(quote)


def lapse(drop_sku, shopper):
    hold = make_hold(drop_sku=drop_sku, shopper=shopper)
    advance(TEN)
    return hold


def test_one_hold_may_lapse_and_the_second_costs_a_minute(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    lapse(drop_sku, shopper)
    lapse(drop_sku, shopper)
    quote, before = make_quote(drop_sku=drop_sku, shopper=shopper), rows()

    with pytest.raises(screening.CoolingDown) as refusal:
        place(quote)

    assert refusal.value.facts == {"until": NOON + 2 * TEN + 60 * S, "lapsed": 2, "retry_after": 60}
    assert refusal.value.message == "You let two holds lapse. You can hold again at 12:21:00."
    assert rows() == before
    advance(60 * S)
    assert place(quote).state == HoldState.HELD


def test_the_third_costs_five_minutes_for_every_sku_of_the_drop_and_for_no_other_drop(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    sibling = make_drop_sku(drop=drop_sku.drop)
    for _ in range(2):
        lapse(drop_sku, shopper)
    advance(60 * S)
    lapse(drop_sku, shopper)

    with pytest.raises(screening.CoolingDown) as refusal:
        make_hold(drop_sku=sibling, shopper=shopper)

    assert refusal.value.facts["retry_after"] == 300
    assert refusal.value.message == "You let three holds lapse. You can hold again at 12:36:00."
    assert Hold.objects.filter(drop_sku=sibling).count() == 0
    other = make_drop(
        capsule=drop_sku.drop.capsule, opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8)
    )
    assert make_hold(drop_sku=make_drop_sku(drop=other), shopper=shopper).state == HoldState.HELD


def test_a_hold_that_the_bank_or_the_shop_ended_cools_nobody_down(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    declined = make_hold(drop_sku=drop_sku, shopper=shopper)
    settle(provider="memory", event=event_of(make_payment(hold=declined), Outcome.FAILED))
    advance(TEN)
    revoked = make_hold(drop_sku=drop_sku, shopper=shopper)
    advance(TEN - S)
    revoke_hold(hold_ref=revoked.ref, actor="owner", reason="Wrong photo")
    lapse(drop_sku, shopper)

    assert make_hold(drop_sku=drop_sku, shopper=shopper).state == HoldState.HELD


def test_a_repeat_gets_its_hold_however_cool_its_owner_is(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    lapse(drop_sku, shopper)
    quote = make_quote(drop_sku=drop_sku, shopper=shopper)
    hold = place(quote)
    advance(TEN)

    assert place(quote) == hold
    assert Hold.objects.count() == 2


def test_the_creators_allow_lifts_a_cool_down(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    lapse(drop_sku, shopper)
    lapse(drop_sku, shopper)
    with pytest.raises(screening.CoolingDown):
        make_hold(drop_sku=drop_sku, shopper=shopper)

    overrules.overrule(shopper=shopper, verdict="allow", reason="On the phone", by="owner", now=NOON + 2 * TEN)

    assert make_hold(drop_sku=drop_sku, shopper=shopper).state == HoldState.HELD
    assert count_of(drop_sku_id=drop_sku.pk).held == 1
