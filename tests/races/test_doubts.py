"""The claim reads what was thought of a wish: by looking only, for each of a batch by itself, and not for the waitlist."""

from datetime import timedelta

import pytest

from drops.clock import database_now
from drops.risk.models import RiskRules
from drops.risk.overrules import overrule
from drops.sales import admission, offering
from drops.sales.models import Quote
from drops.stock import limits
from drops.stock.models import Hold, HoldState, WaitlistState
from tests.factories import make_drop_sku, make_shopper
from tests.lines import join, makes_room, sold_out
from tests.races.crowd import edited_functions
from tests.races.test_accepting import look
from tests.races.test_admission import left_behind, posted, wish_for, words

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def doubted(drop_sku, verdict):
    quote = posted(drop_sku)
    until = database_now() + timedelta(seconds=20) if verdict == "slow_down" else None
    Quote.objects.filter(pk=quote.pk).update(verdict=verdict, hold_after=until)
    return quote


def cooling(drop_sku):
    """A quote of somebody who let two holds lapse just now."""
    shopper = make_shopper(creator=drop_sku.drop.creator)
    for number in range(2):
        quote = posted(drop_sku, shopper=shopper)
        [hold] = admission.admit([wish_for(quote, key=f"tap-{number}")])
        Hold.objects.filter(pk=hold.pk).update(state=HoldState.EXPIRED, expires_at=database_now())
        limits.give_places_back(hold=hold)
    return posted(drop_sku, shopper=shopper)


WAYS = {
    "blocked": lambda drop_sku: doubted(drop_sku, "block"),
    "step_up": lambda drop_sku: doubted(drop_sku, "step_up"),
    "slow_down": lambda drop_sku: doubted(drop_sku, "slow_down"),
    "cooling_down": cooling,
}
# How each guard reads in the function, to be taken out of it.
GUARDS = {
    "blocked": "quote.verdict = 'block'",
    "step_up": "quote.verdict = 'step_up'",
    "slow_down": "p_at < quote.hold_after",
    "cooling_down": "cools_until IS NOT NULL",
}


@pytest.mark.parametrize("word", WAYS)
def test_a_doubted_wish_is_answered_without_a_write_or_a_lock(word):
    quote = WAYS[word](make_drop_sku(units=5))
    before = left_behind()

    assert look(quote, key="doubted") == (word, False)
    assert left_behind() == before


@pytest.mark.parametrize("word", WAYS)
def test_without_its_guard_in_the_claim_a_doubted_wish_gets_a_unit(word):
    quote = WAYS[word](make_drop_sku(units=5))

    with edited_functions(("drops_look", GUARDS[word], "false")):
        assert look(quote, key="doubted") == ("placed", True)


def test_one_doubted_wish_of_a_batch_stops_nobody_else():
    drop_sku = make_drop_sku(units=9)
    quotes = [posted(drop_sku), doubted(drop_sku, "block"), doubted(drop_sku, "step_up"), cooling(drop_sku)]
    quotes += [doubted(drop_sku, "slow_down"), posted(drop_sku)]

    answers = admission.admit([wish_for(quote, key="batch") for quote in quotes])

    assert words(answers) == ["held", "blocked", "step_up_required", "cooling_down", "slow_down", "held"]


def test_of_those_in_line_only_the_blocked_get_no_offer():
    drop_sku, holds_of_all = sold_out(units=1)
    RiskRules.objects.create(creator=drop_sku.drop.creator, slow_down_from=1, step_up_from=1)
    blocked, doubted_one = join(drop_sku), join(drop_sku)
    overrule(shopper=blocked.shopper, verdict="block", reason="Bots", by="owner", now=database_now())

    makes_room(holds_of_all[0])
    offering.promote(drop_sku_id=drop_sku.pk)

    blocked.refresh_from_db()
    doubted_one.refresh_from_db()
    assert (blocked.state, blocked.skip_reason) == (WaitlistState.PASSED, "blocked")
    assert (doubted_one.state, doubted_one.hold.risk["verdict"]) == (WaitlistState.OFFERED, "step_up")
