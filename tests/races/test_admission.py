"""Many wishes in one transaction: each is answered for itself, in the order of arrival, and nobody fails anybody."""

import threading

import pytest
from django.db import OperationalError, connection

from drops.errors import ShopError
from drops.idempotency import IdempotencyKey
from drops.sales import accepting, admission, holding
from drops.sales.accepting import Wish
from drops.sales.turnstile import Turnstile
from drops.stock.counts import count_of
from drops.stock.models import Hold, HoldEvent, HoldToken, LimitSlot
from drops.stock.proof import proof_of
from tests.doubles import PaidPost
from tests.factories import make_drop, make_drop_sku, make_hold, make_quote, make_shopper
from tests.races.crowd import at_once, edited_functions, rival_after, swapped
from tests.races.test_claims import hold_of, lapse

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def posted(drop_sku, **given):
    return make_quote(drop_sku=drop_sku, method="parcel", option="post", **given)


def wish_for(quote, key="tap", **changes):
    return Wish(quote.shopper.ref, quote.ref, changes.get("hash", quote.hash), key)


def words(answers):
    return [getattr(answer, "code", "held") for answer in answers]


def left_behind():
    """Return how many rows there are of each kind that a claim writes."""
    return [model.objects.count() for model in (Hold, HoldToken, HoldEvent, LimitSlot, IdempotencyKey)]


def test_units_go_to_those_who_came_first():
    drop_sku = make_drop_sku(units=3)
    wishes = [wish_for(posted(drop_sku)) for _ in range(5)]

    answers = admission.admit(wishes)

    assert words(answers) == ["held", "held", "held", "held_by_others", "held_by_others"]
    assert [answer.ref for answer in answers[:3]] == [wish.ref for wish in wishes[:3]]
    assert left_behind() == [3, 3, 3, 3, 3]


def test_a_whole_batch_costs_one_transaction_and_one_claim():
    drop_sku = make_drop_sku(units=8)
    wishes = [wish_for(posted(drop_sku)) for _ in range(8)]
    statements = []

    def count(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        assert words(admission.admit(wishes)) == ["held"] * 8

    assert len([sql for sql in statements if "drops_place_holds" in sql]) == 1
    assert len(statements) == 1


def test_each_of_a_batch_hears_its_own_reason():
    drop = make_drop(account_limit=1)
    some, last = make_drop_sku(drop=drop, units=5), make_drop_sku(drop=drop, units=1)
    at_limit = make_shopper(creator=drop.creator)
    make_hold(drop_sku=some, shopper=at_limit)
    make_hold(drop_sku=last)
    quote = posted(some)

    answers = admission.admit(
        [
            wish_for(posted(last)),
            wish_for(posted(some, shopper=at_limit)),
            wish_for(quote, hash="0" * 64),
            Wish(quote.shopper.ref, "never-was", quote.hash, "tap"),
            wish_for(posted(some)),
        ]
    )

    assert words(answers) == ["held_by_others", "already_holding", "quote_changed", "quote_not_found", "held"]
    assert Hold.objects.count() == 3


def test_one_shopper_twice_in_a_batch_meets_their_limit():
    drop = make_drop(account_limit=1)
    first, second = make_drop_sku(drop=drop, units=5), make_drop_sku(drop=drop, units=5)
    shopper = make_shopper(creator=drop.creator)

    answers = admission.admit([wish_for(posted(sku, shopper=shopper), sku.sku.code) for sku in (first, second)])

    assert words(answers) == ["held", "limit_reached"]
    assert left_behind() == [1, 1, 1, 1, 1]


def test_one_tap_twice_in_a_batch_is_one_hold():
    quote = posted(make_drop_sku(units=5))

    answers = admission.admit([wish_for(quote), wish_for(quote)])

    assert answers[0].ref == answers[1].ref == Hold.objects.get().ref
    assert left_behind() == [1, 1, 1, 1, 1]


def test_more_units_than_are_left_do_not_keep_a_smaller_wish_waiting():
    drop_sku = make_drop_sku(units=2)
    wishes = [wish_for(posted(drop_sku, quantity=n)) for n in (1, 2, 1)]

    assert words(admission.admit(wishes)) == ["held", "held_by_others", "held"]
    assert count_of(drop_sku_id=drop_sku.pk).held == 2


def test_a_pickup_among_parcels_is_admitted_alone():
    drop_sku = make_drop_sku(units=5)
    calls = []
    with swapped(
        accepting, "accept", lambda wishes, accept=accepting.accept: calls.append(len(wishes)) or accept(wishes)
    ):
        answers = admission.admit([wish_for(posted(drop_sku)), wish_for(make_quote(drop_sku=drop_sku))])

    assert (words(answers), calls) == (["held", "held"], [2, 1])


def test_postage_that_is_gone_is_told_to_whom_it_concerns(monkeypatch):
    drop_sku = make_drop_sku(units=5)
    quotes = [posted(drop_sku) for _ in range(3)]
    gone = quotes[1].ref
    reserve = PaidPost.reserve

    def refuse_one(self, *, hold, option):
        if hold.quote_ref == gone:
            self.places = 0
        try:
            reserve(self, hold=hold, option=option)
        finally:
            self.places = None

    monkeypatch.setattr(PaidPost, "reserve", refuse_one)

    answers = admission.admit([wish_for(quote) for quote in quotes])

    assert words(answers) == ["held", "delivery_gone", "held"]
    assert left_behind() == [2, 2, 2, 2, 2]


def batch_against_a_device():
    """A batch of three, of whom one is holding on another device at the same time."""
    drop_sku = make_drop_sku(units=5, account_limit=2)
    twice = make_shopper(creator=drop_sku.drop.creator)
    quotes = [posted(drop_sku), posted(drop_sku, shopper=twice), posted(drop_sku)]
    other_device = posted(drop_sku, shopper=twice)
    late = ("drops_take_places", "    RETURN QUERY", "    PERFORM pg_sleep(0.3);\n    RETURN QUERY")
    with edited_functions(late):
        together = at_once(
            lambda: admission.admit([wish_for(quote) for quote in quotes]), hold_of(other_device, "other")
        )
    return drop_sku, words(together[0]), getattr(together[1], "code", "held")


def test_who_loses_a_race_inside_a_batch_leaves_nothing_behind_and_fails_nobody():
    drop_sku, batch, device = batch_against_a_device()

    assert (batch[0], batch[2]) == ("held", "held")
    assert sorted([batch[1], device]) == ["already_holding", "held"]
    assert left_behind() == [3, 3, 3, 3, 3]
    assert [line.problems for line in proof_of(drop=drop_sku.drop)] == [[]]


def test_without_giving_back_a_lost_race_keeps_units_from_everybody():
    keep = (
        "drops_place_holds",
        "IF failed IS NOT NULL THEN",
        "IF failed IS NOT NULL AND false THEN",
    )
    unchecked = (
        "drops_place_holds",
        "ON CONFLICT DO NOTHING\n            RETURNING id",
        "ON CONFLICT DO NOTHING RETURNING id",
    )
    with edited_functions(keep, unchecked), pytest.raises(Exception, match="violates foreign key"):
        # The database itself refuses a token that belongs to no hold.
        for _ in range(4):
            batch_against_a_device()


def test_a_lapsed_hold_gives_way_to_a_batch_and_is_written_down_as_expired():
    drop_sku = make_drop_sku(units=1)
    early = make_hold(drop_sku=drop_sku)
    lapse(early)

    [late] = admission.admit([wish_for(posted(drop_sku))])

    early.refresh_from_db()
    assert (early.state, late.state) == ("expired", "held")


def test_a_key_that_a_rival_is_using_is_waited_for():
    quote = posted(make_drop_sku(units=5))
    with rival_after(accepting, "accept", hold_of(quote, "tap")) as rival:
        [mine] = admission.admit([wish_for(quote)])

    assert rival[0].ref == mine.ref
    assert Hold.objects.count() == 1


def go_in_together(quotes):
    """Let several threads reach a turnstile while the first is inside; return their answers and the batches' sizes."""
    turnstile, sizes, is_inside, may_go = Turnstile(), [], threading.Event(), threading.Event()
    accept = accepting.accept

    def slowly(wishes):
        sizes.append(len(wishes))
        is_inside.set()
        may_go.wait(timeout=30)
        return accept(wishes)

    def job(number):
        def go():
            if number:
                is_inside.wait(timeout=30)
                threading.Timer(0.3, may_go.set).start()
            answer = turnstile.admit(wish_for(quotes[number]))
            if isinstance(answer, ShopError):
                raise answer
            return answer

        return go

    with swapped(accepting, "accept", slowly):
        answers = at_once(*[job(number) for number in range(len(quotes))])
    return words(answers), sizes


def test_who_arrives_during_a_batch_goes_in_with_the_next():
    drop_sku = make_drop_sku(units=4)

    answers, sizes = go_in_together([posted(drop_sku) for _ in range(6)])

    assert sizes[:2] == [1, 5]
    assert sorted(answers) == ["held"] * 4 + ["held_by_others"] * 2
    assert count_of(drop_sku_id=drop_sku.pk).held == 4


def test_what_nobody_foresaw_is_told_to_the_one_who_caused_it():
    drop_sku = make_drop_sku(units=5)
    quotes = [posted(drop_sku) for _ in range(4)]
    turnstile, accept, culprit = Turnstile(), accepting.accept, quotes[2].ref
    is_inside, may_go = threading.Event(), threading.Event()

    def stumble(wishes):
        if not is_inside.is_set():
            is_inside.set()
            may_go.wait(timeout=30)
        if any(wish.quote_ref == culprit for wish in wishes):
            raise ArithmeticError("nobody foresaw this")
        return accept(wishes)

    def go(number):
        def knock():
            if number:
                is_inside.wait(timeout=30)
                threading.Timer(0.3, may_go.set).start()
            try:
                return getattr(turnstile.admit(wish_for(quotes[number])), "code", "held")
            except ArithmeticError as error:
                return str(error)

        return knock

    with swapped(accepting, "accept", stumble):
        answers = at_once(*[go(number) for number in range(4)])

    assert answers == ["held", "held", "nobody foresaw this", "held"]
    assert Hold.objects.count() == 3


def test_a_single_wish_is_never_kept_waiting_for_company():
    quote = posted(make_drop_sku(units=1))

    assert Turnstile().admit(wish_for(quote)).state == "held"
    assert holding.hold_of(ref=Hold.objects.get().ref, shopper=quote.shopper).quote_ref == quote.ref


def test_a_database_that_is_away_is_asked_once_for_all_who_wait():
    quotes = [posted(drop_sku) for drop_sku in [make_drop_sku(units=5)] for _ in range(5)]
    turnstile, tries = Turnstile(), []
    is_inside, may_fail = threading.Event(), threading.Event()

    def away(wishes):
        tries.append(len(wishes))
        is_inside.set()
        may_fail.wait(timeout=30)
        raise OperationalError("the server went away")

    def job(number):
        def go():
            if number:
                is_inside.wait(timeout=30)
                threading.Timer(0.3, may_fail.set).start()
            with pytest.raises(OperationalError):
                turnstile.admit(wish_for(quotes[number]))

        return go

    with swapped(accepting, "accept", away):
        at_once(*[job(number) for number in range(5)])

    assert sum(tries) == 5
    assert Hold.objects.count() == 0
