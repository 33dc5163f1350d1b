"""What an owner reads about a shopper, and what their word does."""

from datetime import timedelta

import pytest
from django.urls import reverse

from drops.audience.models import Shopper
from drops.clock import database_now
from drops.risk import overrules
from drops.risk.models import Overrule, RiskRules
from drops.risk.verdicts import Verdict
from drops.sales import screening
from drops.stock.models import Hold
from tests.factories import make_drop, make_drop_sku, make_hold, make_quote, make_shopper
from tests.fulfillment.makers import make_post
from tests.office.test_board import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(shop):
    """Our drop on sale, and somebody new who wants a piece of it."""
    drop = make_drop(capsule=shop.capsule, closes_at=database_now() + timedelta(hours=2))
    shop.running = make_drop_sku(drop=drop, units=3)
    shop.way = {"method": "parcel", "option": (shop.rate or make_post(drop=drop)).key}
    shop.newcomer = make_shopper(creator=shop.creator)
    return shop


def page_of(shopper, verdict=""):
    address = reverse("admin:office_overrule", args=[shopper.pk])
    return f"{address}?verdict={verdict}" if verdict else address


def word(**changes):
    return {"verdict": "block", "whom": "one", "reason": "Sold on at once", "end": "week"} | changes


def test_a_holds_page_says_in_words_what_was_thought_of_it(running, owner):
    hold = make_hold(drop_sku=running.running, shopper=running.newcomer, **running.way)

    page = owner.get(reverse("admin:drops_hold_change", args=[hold.pk])).content.decode()

    assert "<b>Allowed</b>, score 5<ul><li>They came to the shop less than a day ago. (+5)</li></ul>" in page
    assert page_of(running.newcomer, "block") in page


def test_the_board_lists_refused_wishes_and_doubtful_holds(running, owner):
    board = reverse("admin:office_board", args=[running.running.drop_id])
    assert "Worth a look" not in owner.get(board).content.decode()

    hold = make_hold(drop_sku=running.running, shopper=running.newcomer, **running.way)
    Hold.objects.filter(pk=hold.pk).update(risk=hold.risk | {"score": 20})
    RiskRules.objects.create(creator=running.creator, slow_down_from=5, step_up_from=5, block_from=5)
    quote = make_quote(drop_sku=running.running, shopper=make_shopper(creator=running.creator), **running.way)

    page = owner.get(board).content.decode()
    assert page.index(f"Wish of {quote.shopper}") < page.index(f"Hold of {hold.shopper}")
    assert "<b>Blocked</b>, score 5" in page
    assert page_of(quote.shopper, "allow") in page


def test_an_owner_blocks_a_shopper_with_a_reason_and_an_end(running, owner):
    answer = owner.post(page_of(running.newcomer), word(), follow=True)

    row = Overrule.objects.get()
    assert said(answer) == [f"{running.newcomer}: your word counts from the next price on."]
    assert (row.verdict, row.reason, row.by) == ("block", "Sold on at once", "office:owner")
    assert row.until - row.at == timedelta(days=7)
    with pytest.raises(screening.Blocked):
        make_hold(drop_sku=running.running, shopper=running.newcomer, **running.way)
    assert Hold.objects.filter(shopper=running.newcomer).count() == 0


def test_an_owner_allows_somebody_whom_the_signals_would_block(running, owner):
    RiskRules.objects.create(creator=running.creator, slow_down_from=5, step_up_from=5, block_from=5)

    owner.post(page_of(running.newcomer), word(verdict="allow", end="never"))

    assert Overrule.objects.get().until is None
    make_hold(drop_sku=running.running, shopper=running.newcomer, **running.way)
    assert Hold.objects.get(shopper=running.newcomer).risk["decided_by"] == "creator"


def test_the_page_shows_what_was_thought_and_changes_nothing_by_being_looked_at(running, owner):
    make_quote(drop_sku=running.running, shopper=running.newcomer, **running.way)

    page = owner.get(page_of(running.newcomer, "allow"))

    assert "They came to the shop less than a day ago. (+5)" in page.content.decode()
    assert Overrule.objects.count() == 0


@pytest.mark.parametrize("changes", [{"reason": " "}, {"verdict": "slow_down"}, {"verdict": ""}])
def test_a_word_that_makes_no_sense_is_refused(running, owner, changes):
    answer = owner.post(page_of(running.newcomer), word(**changes))

    assert answer.status_code == 200
    assert len(said(answer)) == 1
    assert Overrule.objects.count() == 0


def test_only_owners_overrule_and_nobody_in_another_shop(running, helper, packer, strangers, owner):
    assert "Your role does not include this." in said(helper.post(page_of(running.newcomer), word(), follow=True))
    assert packer.post(page_of(running.newcomer), word()).status_code in (302, 403, 404)
    assert owner.post(page_of(strangers.shopper), word()).status_code == 404

    assert Overrule.objects.count() == 0


def test_an_owner_lifts_their_word_and_a_stranger_does_not(running, owner, strangers):
    ours, theirs = (
        overrules.overrule(shopper=who, verdict="block", reason="Bots", by="office:owner", now=database_now())
        for who in (running.newcomer, strangers.shopper)
    )
    listed = reverse("admin:drops_overrule_changelist")

    owner.post(listed, {"action": "lift", "_selected_action": [ours.pk, theirs.pk]})

    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.lifted_by, theirs.lifted_at) == ("office:owner", None)
    assert make_quote(drop_sku=running.running, shopper=running.newcomer, **running.way).verdict == Verdict.ALLOW


def test_an_overrule_cannot_be_rewritten(running, owner):
    row = overrules.overrule(
        shopper=running.newcomer, verdict="block", reason="Bots", by="office:owner", now=database_now()
    )

    owner.post(reverse("admin:drops_overrule_change", args=[row.pk]), {"reason": "Never", "verdict": "allow"})

    row.refresh_from_db()
    assert (row.reason, row.verdict) == ("Bots", "block")


def test_an_owner_silences_signals_and_sets_thresholds_in_order(running, owner):
    form = {
        "creator": running.creator.pk,
        "slow_down_from": 5,
        "step_up_from": 50,
        "block_from": 90,
        "contact": "hello@kiln.example",
        "silent_signals": ["new_account", "no_thread"],
    }
    add = reverse("admin:drops_riskrules_add")

    refused = owner.post(add, form | {"step_up_from": 4})
    assert "A harder answer needs a score at least as high as a milder one" in refused.content.decode()
    assert RiskRules.objects.count() == 0
    owner.post(add, form)

    rules = RiskRules.objects.get()
    assert (rules.silent_signals, rules.contact) == (["new_account", "no_thread"], "hello@kiln.example")
    quote = make_quote(drop_sku=running.running, shopper=running.newcomer, **running.way)
    assert (quote.verdict, quote.risk["score"]) == (Verdict.ALLOW, 0)


def test_rules_of_another_shop_are_neither_seen_nor_made(running, owner, strangers):
    theirs = RiskRules.objects.create(creator=strangers.creator)

    assert owner.get(reverse("admin:drops_riskrules_change", args=[theirs.pk])).status_code == 302
    owner.post(
        reverse("admin:drops_riskrules_add"),
        {"creator": strangers.creator.pk, "slow_down_from": 1, "step_up_from": 1, "block_from": 1},
    )

    theirs.refresh_from_db()
    assert theirs.block_from == 100
    assert Shopper.objects.filter(creator=strangers.creator).exists()
