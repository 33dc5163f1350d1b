"""What the signals find in the shop's own rows: each with a history that just reaches its edge, and one that just fails to."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from drops.risk import overrules, sightings, step_ups
from drops.risk.models import RiskRules, Trait
from drops.risk.verdicts import Verdict
from drops.sales import assessing
from drops.sales.models import Payment, Quote
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from drops.stock.models import Hold, HoldState
from drops.stock.pools import store_room_of
from tests.clock import stopped_clock
from tests.doubles import event_of
from tests.factories import (
    NOON,
    make_capsule,
    make_creator,
    make_drop,
    make_drop_sku,
    make_hold,
    make_payment,
    make_quote,
    make_shopper,
)

pytestmark = pytest.mark.django_db

MS, S, MINUTE = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOME = {"street": "Rua do Poço 4", "city": "Lisboa", "postcode": "1200-109", "country": "PT"}


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def creator():
    return make_creator()


@pytest.fixture
def skus(creator):
    drop = make_drop(capsule=make_capsule(creator=creator), opens_at=NOON - HOUR, closes_at=NOON + HOUR)
    return [make_drop_sku(drop=drop) for _ in range(2)]


def regular(creator, **given):
    """A shopper who has been around for longer than a day."""
    return make_shopper(creator=creator, since=NOON - 30 * DAY, **given)


def held(shopper, drop_sku, *, at, after_shown=5 * S, state=HoldState.RELEASED, lasted=MINUTE):
    """Write down a hold of the past as the shop would have left it."""
    number, pool = Hold.objects.count(), store_room_of(creator_id=drop_sku.drop.creator_id)
    quote = Quote.objects.create(
        ref=f"q{number}", shopper=shopper, drop_sku=drop_sku, pool=pool, quantity=1, delivery_method="pickup",
        delivery_option="counter", terms={}, total_minor=1, currency="EUR", hash="", created_at=at - after_shown,
        valid_until=at + MINUTE, shown_at=at - after_shown,
    )  # fmt: skip
    closed = None if state == HoldState.HELD else at + lasted
    return Hold.objects.create(
        shopper=shopper, drop_sku=drop_sku, pool=pool, quantity=1, state=state, quote_ref=quote.ref, quote_hash="", terms={},
        total_minor=1, currency="EUR", delivery_method="pickup", delivery_option="counter", created_at=at,
        base_expires_at=at + 10 * MINUTE, expires_at=at + 10 * MINUTE, hard_deadline=at + 15 * MINUTE, closed_at=closed,
    )  # fmt: skip


def tried_to_pay(hold, *, at, state="failed", failure="card declined", address=None):
    return Payment.objects.create(
        hold=hold, number=hold.payments.count() + 1, provider="memory", amount_minor=1, currency="EUR", quote_hash="",
        state=state, failure=failure, name="Lena", email="lena@example.org", address=address or {}, created_at=at,
        closed_at=at,
    )  # fmt: skip


def seen(shopper, *, at=NOON, **traits):
    sightings.note(shopper=shopper, seen={Trait[name.upper()]: value for name, value in traits.items()}, at=at)


def said_of(shopper, **given):
    assessment = assessing.assess_wish(shopper=shopper, now=NOON, **given)
    return {reason.code: reason.found for reason in assessment.reasons}


def test_a_regular_of_whom_nothing_is_known_scores_nothing(creator):
    assessment = assessing.assess_wish(shopper=regular(creator), now=NOON)

    assert (assessment.score, assessment.reasons, assessment.verdict) == (0, (), Verdict.ALLOW)


@pytest.mark.parametrize(
    ("count", "oldest", "found"), [(6, 10 * MINUTE - S, 6), (5, 9 * MINUTE, None), (6, 10 * MINUTE, None)]
)
def test_many_holds_of_one_account(creator, skus, count, oldest, found):
    shopper = regular(creator)
    for number in range(count):
        held(shopper, skus[0], at=NOON - oldest + number * S)

    assert said_of(shopper).get("many_holds_account") == found


@pytest.mark.parametrize(("count", "found"), [(6, 6), (5, None)])
def test_many_holds_from_one_device_by_as_many_accounts(creator, skus, count, found):
    shopper = regular(creator)
    seen(shopper, device="d-1")
    for _ in range(count):
        other = regular(creator)
        seen(other, device="d-1")
        held(other, skus[0], at=NOON - MINUTE)

    assert said_of(shopper).get("many_holds_device") == found


@pytest.mark.parametrize(
    ("trait", "code", "edge"), [("network", "many_holds_network", 31), ("asn", "many_holds_asn", 101)]
)
@pytest.mark.parametrize("below", [0, 1])
def test_many_holds_from_one_network_or_provider(creator, skus, trait, code, edge, below):
    shopper = regular(creator)
    seen(shopper, **{trait: "93.184.216.34"})
    for _ in range(4):
        other = regular(creator)
        seen(other, **{trait: "93.184.216.34"})
        for number in range((edge - below) // 4 + 1):
            held(other, skus[0], at=NOON - MINUTE - number * MS, state=HoldState.RELEASED)
    too_many = Hold.objects.count() - (edge - below)
    Hold.objects.filter(pk__in=Hold.objects.order_by("pk").values("pk")[:too_many]).update(created_at=NOON - HOUR)

    assert said_of(shopper).get(code) == (None if below else edge)


@pytest.mark.parametrize(
    ("abandoned", "kept", "found"), [(3, 2, 60), (2, 1, 66), (5, 4, None), (2, 0, None), (1, 2, None)]
)
def test_a_ratio_of_abandoned_holds_counts_once_three_have_ended(creator, skus, abandoned, kept, found):
    shopper = regular(creator)
    for number in range(abandoned):
        held(shopper, skus[0], at=NOON - (number + 1) * HOUR, state=HoldState.EXPIRED, lasted=10 * MINUTE)
    for number in range(kept):
        held(shopper, skus[1], at=NOON - (number + 1) * HOUR, state=HoldState.CONFIRMED)

    assert said_of(shopper).get("abandoned") == found


@pytest.mark.parametrize(("latency", "times", "found"), [(399 * MS, 3, 3), (400 * MS, 3, None), (399 * MS, 2, None)])
def test_holds_that_come_faster_than_a_person_can_tap(creator, skus, latency, times, found):
    shopper = regular(creator)
    for number in range(times):
        held(shopper, skus[0], at=NOON - (number + 1) * MINUTE, after_shown=latency)

    assert said_of(shopper).get("quick_holds") == found


@pytest.mark.parametrize(
    ("pause", "same_sku", "found"), [(15 * S, True, 2), (15 * S + MS, True, None), (15 * S, False, None)]
)
def test_taking_a_hold_again_right_after_it_ended(creator, skus, pause, same_sku, found):
    shopper = regular(creator)
    at = NOON - 40 * MINUTE
    for turn in range(3):
        held(shopper, skus[0 if same_sku else turn % 2], at=at, state=HoldState.EXPIRED, lasted=10 * MINUTE)
        at += 10 * MINUTE + pause

    assert said_of(shopper).get("rotation") == found


@pytest.mark.parametrize(
    ("times", "oldest", "failure", "found"),
    [
        (4, 5 * MINUTE - S, "card declined", 4),
        (3, MINUTE, "card declined", None),
        (4, 5 * MINUTE, "card declined", None),
        (4, MINUTE, "the payment provider did not answer", None),
    ],
)
def test_more_than_three_declines_within_five_minutes(creator, skus, times, oldest, failure, found):
    shopper = regular(creator)
    hold = held(shopper, skus[0], at=NOON - 8 * MINUTE, state=HoldState.HELD)
    for _ in range(times - 1):
        tried_to_pay(hold, at=NOON - S, failure=failure)
    tried_to_pay(hold, at=NOON - oldest, failure=failure)

    assert said_of(shopper).get("declines") == found


@pytest.mark.parametrize(
    ("cards", "oldest", "found"), [(3, 5 * MINUTE - S, 3), (2, MINUTE, None), (3, 5 * MINUTE, None)]
)
def test_three_different_cards_within_five_minutes(creator, skus, cards, oldest, found):
    shopper = regular(creator)
    held(shopper, skus[0], at=NOON - 8 * MINUTE, state=HoldState.HELD)
    for number in range(cards):
        seen(shopper, card=f"card-{number}", at=NOON - S)
    seen(regular(creator), card="somebody else's")
    shopper.sightings.filter(pk=shopper.sightings.order_by("pk")[0].pk).update(last_at=NOON - oldest)

    assert said_of(shopper).get("many_cards") == found


@pytest.mark.parametrize(("age", "found"), [(DAY - S, 1), (DAY, None)])
def test_an_account_is_new_for_a_day(creator, age, found):
    shopper = make_shopper(creator=creator, since=NOON - age)

    assert said_of(shopper).get("new_account") == found


@pytest.mark.parametrize(("mail", "found"), [("a@mailinator.com", 1), ("a@example.org", None)])
def test_a_throw_away_mailbox(creator, mail, found):
    shopper = regular(creator)
    seen(shopper, mail=mail)

    assert said_of(shopper).get("disposable_mail") == found


SHARED = [
    ("mail", "Lena.Vogt@gmail.com", "lenavogt+2@googlemail.com", "shared_mail"),
    ("phone", "+351 912 000 111", "+351912000111", "shared_phone"),
    ("card", "fp-1", "fp-1", "shared_card"),
    ("device", "d-1", "d-1", "shared_device"),
]


@pytest.mark.parametrize(("trait", "mine", "theirs", "code"), SHARED, ids=[row[0] for row in SHARED])
@pytest.mark.parametrize(("others", "oldest", "found"), [(2, 30 * DAY - S, 2), (1, S, None), (2, 30 * DAY, None)])
def test_a_trait_is_shared_with_two_others_within_thirty_days(
    creator, trait, mine, theirs, code, others, oldest, found
):
    shopper = regular(creator)
    seen(shopper, **{trait: mine})
    for number in range(others):
        seen(regular(creator), at=NOON - (oldest if number == 0 else S), **{trait: theirs})
    seen(regular(make_creator()), **{trait: theirs})  # of another shop, whose people are none of ours

    assert said_of(shopper).get(code) == found


@pytest.mark.parametrize(
    ("others", "found"),
    [
        (["R. do Poco 4 Apt 1", "rua do poço 4, 2.º esq"], 2),
        (["R. do Poco 4 Apt 1", "Rua do Poço 5"], None),
        (["R. do Poco 4 Apt 1"], None),
    ],
)
def test_practically_the_same_address_is_seen_through_invented_flats(creator, skus, others, found):
    shopper = regular(creator)
    for who, street in [(shopper, HOME["street"]), *((regular(creator), street) for street in others)]:
        address = HOME | {"street": street}
        tried_to_pay(held(who, skus[0], at=NOON - 2 * DAY), at=NOON - 2 * DAY, state="captured", address=address)
        sightings.note(shopper=who, seen=sightings.traits_of_address(address), at=NOON - 2 * DAY)

    assert said_of(shopper).get("shared_address") == found


@pytest.mark.parametrize(("has_thread", "found"), [(False, 1), (True, None), (None, None)])
def test_somebody_who_was_never_in_the_chat(creator, has_thread, found):
    assert said_of(regular(creator), has_thread=has_thread).get("no_thread") == found


def test_what_a_creator_silences_is_not_heard_and_their_thresholds_decide(creator):
    shopper = regular(creator)
    seen(shopper, mail="a@mailinator.com")
    assert assessing.assess_wish(shopper=shopper, now=NOON).verdict == Verdict.ALLOW

    rules = RiskRules.objects.create(creator=creator, slow_down_from=10, step_up_from=30, block_from=31)
    assert assessing.assess_wish(shopper=shopper, now=NOON).verdict == Verdict.STEP_UP
    rules.silent_signals = ["disposable_mail"]
    rules.save()
    assert assessing.assess_wish(shopper=shopper, now=NOON).verdict == Verdict.ALLOW


def test_the_creators_word_wins_in_both_directions(creator):
    bad, good = regular(creator), regular(creator)
    RiskRules.objects.create(creator=creator, slow_down_from=1, step_up_from=1, block_from=1)
    seen(bad, mail="a@mailinator.com")
    assert assessing.assess_wish(shopper=bad, now=NOON).verdict == Verdict.BLOCK
    assert assessing.assess_wish(shopper=good, now=NOON).verdict == Verdict.ALLOW

    overrules.overrule(shopper=bad, verdict="allow", reason="A friend", by="owner", now=NOON)
    overrules.overrule(shopper=good, verdict="block", reason="Chargebacks", by="owner", now=NOON)

    allowed, blocked = (assessing.assess_wish(shopper=who, now=NOON) for who in (bad, good))
    assert (allowed.verdict, allowed.decided_by, allowed.score) == (Verdict.ALLOW, "creator", 30)
    assert (blocked.verdict, blocked.decided_by, blocked.score) == (Verdict.BLOCK, "creator", 0)


def test_a_code_given_back_lets_a_doubted_shopper_through(creator):
    shopper = regular(creator)
    RiskRules.objects.create(creator=creator, slow_down_from=30, step_up_from=30, block_from=100)
    seen(shopper, mail="a@mailinator.com")
    code = step_ups.begin(shopper=shopper, email="lena@example.org", now=NOON)
    assert assessing.assess_wish(shopper=shopper, now=NOON).verdict == Verdict.STEP_UP

    step_ups.give_back(shopper=shopper, code=code, now=NOON)

    assessment = assessing.assess_wish(shopper=shopper, now=NOON)
    assert (assessment.verdict, assessment.decided_by, assessment.score) == (Verdict.ALLOW, "code", 30)


def test_a_look_that_fails_stops_no_sale_and_takes_no_other_along(creator, skus, monkeypatch, caplog):
    def fail(_look):
        raise RuntimeError("out of order")

    monkeypatch.setitem(assessing._FINDERS, "declines", fail)
    shopper = regular(creator)
    seen(shopper, mail="a@mailinator.com")

    quote = make_quote(drop_sku=skus[0], shopper=shopper)

    assert (quote.verdict, quote.risk["score"]) == (Verdict.ALLOW, 30)
    assert [record.getMessage() for record in caplog.records] == ["Unable to look at declines"]


def test_a_scorer_that_fails_as_a_whole_stops_no_sale(creator, skus, monkeypatch):
    def fail(*_args, **_more):
        raise RuntimeError("out of order")

    monkeypatch.setattr(assessing.score, "assess", fail)

    quote = make_quote(drop_sku=skus[0], shopper=regular(creator))

    assert (quote.verdict, quote.risk["reasons"]) == (Verdict.ALLOW, [])


def test_a_newcomer_costs_a_handful_of_looks_and_a_busy_shop_no_more(creator, skus):
    def looks(shopper):
        with CaptureQueriesContext(connection) as queries:
            assessing.assess_wish(shopper=shopper, now=NOON)
        return len(queries)

    newcomer = make_shopper(creator=creator)
    seen(newcomer, network="93.184.216.34")
    assert looks(newcomer) == 5

    for _ in range(30):
        other = regular(creator)
        seen(other, network="93.184.216.34")
        held(other, skus[0], at=NOON - MINUTE)
    assert looks(newcomer) == 5


def test_paying_leaves_the_traits_by_which_the_next_wish_is_judged(skus):
    """Three sessions, one person: the same mailbox spelt anew, a flat invented each time, one card."""
    flats = ["R. do Poco 4 Apt 1", "Rua do Poço 4, 2.º esq", "Rua do Poço 4"]
    shoppers = [make_shopper(creator=skus[0].drop.creator, since=NOON - 30 * DAY) for _ in flats]
    for number, (shopper, flat) in enumerate(zip(shoppers, flats, strict=True)):
        hold = make_hold(drop_sku=skus[0], shopper=shopper)
        payment = make_payment(hold=hold, email=f"l.vogt+{number}@gmail.com", address=HOME | {"street": flat})
        settle(provider="memory", event=event_of(payment, Outcome.FAILED, card="fp-1"))

    assert said_of(shoppers[2]) == {"shared_mail": 2, "shared_card": 2, "shared_address": 2}
    assert assessing.assess_wish(shopper=shoppers[2], now=NOON).verdict == Verdict.STEP_UP


def test_a_payment_goes_on_when_nothing_can_be_noted(skus, monkeypatch):
    def fail(**_facts):
        raise RuntimeError("out of order")

    monkeypatch.setattr(assessing.sightings, "note", fail)

    payment = make_payment(hold=make_hold(drop_sku=skus[0]))

    assert settle(provider="memory", event=event_of(payment, Outcome.CAPTURED, card="fp-1")).order is not None
