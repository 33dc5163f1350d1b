from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from drops.risk import overrules, sightings
from drops.risk.models import Overrule, RiskRules, Trait
from drops.risk.verdicts import Verdict
from tests.factories import NOON, make_creator, make_shopper

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def word_about(shopper, *, keys=(), now=NOON):
    return overrules.verdict_in_force(shopper=shopper, keys=keys, now=now)


def say(shopper, verdict, **given):
    facts = {"reason": "Seen before", "by": "owner", "now": NOON} | given
    return overrules.overrule(shopper=shopper, verdict=verdict, **facts)


def test_a_word_counts_until_its_end_and_not_a_moment_longer():
    shopper = make_shopper()
    say(shopper, "block", until=NOON + HOUR)

    assert word_about(shopper, now=NOON + HOUR - timedelta(seconds=1)) == Verdict.BLOCK
    assert word_about(shopper, now=NOON + HOUR) is None
    assert word_about(make_shopper(creator=shopper.creator)) is None


def test_the_newest_word_counts_and_a_lifted_one_gives_way_to_the_one_before():
    shopper = make_shopper()
    say(shopper, "block")
    newer = say(shopper, "allow", now=NOON + HOUR)
    assert word_about(shopper, now=NOON + HOUR) == Verdict.ALLOW

    overrules.lift(overrule_id=newer.pk, by="helper", now=NOON + 2 * HOUR)

    assert word_about(shopper, now=NOON + 2 * HOUR) == Verdict.BLOCK
    newer.refresh_from_db()
    assert (newer.lifted_by, newer.lifted_at) == ("helper", NOON + 2 * HOUR)
    with pytest.raises(overrules.OverruleLifted):
        overrules.lift(overrule_id=newer.pk, by="helper", now=NOON + 2 * HOUR)


def test_a_wide_word_reaches_whoever_shares_a_device_and_nobody_at_another_creators_shop():
    creator = make_creator()
    shopper, twin, neighbour = (make_shopper(creator=creator) for _ in range(3))
    elsewhere = make_shopper()
    for who in (shopper, twin, elsewhere):
        sightings.note(shopper=who, seen={Trait.DEVICE: "d-1"}, at=NOON)
    for who in (shopper, neighbour):
        sightings.note(shopper=who, seen={Trait.NETWORK: "93.184.216.34"}, at=NOON)

    overrules.overrule_widely(shopper=shopper, verdict="block", reason="Bots", by="owner", now=NOON)

    def keys(who):
        return list(who.sightings.values_list("key_hash", flat=True))

    assert word_about(shopper) == Verdict.BLOCK
    assert word_about(twin, keys=keys(twin)) == Verdict.BLOCK
    assert word_about(neighbour, keys=keys(neighbour)) is None
    assert word_about(elsewhere, keys=keys(elsewhere)) is None


@pytest.mark.parametrize(
    ("verdict", "given"), [("block", {"reason": "  "}), ("slow_down", {}), ("allow", {"until": NOON}), ("", {})]
)
def test_a_word_that_makes_no_sense_is_not_written(verdict, given):
    with pytest.raises(overrules.OverruleInvalid):
        say(make_shopper(), verdict, **given)

    assert Overrule.objects.count() == 0


@pytest.mark.parametrize(
    "wrong", [{"slow_down_from": 0}, {"step_up_from": 40}, {"block_from": 60}], ids=["zero", "step up", "block"]
)
def test_the_database_keeps_thresholds_in_order(wrong):
    creator = make_creator()

    with pytest.raises(IntegrityError, match="risk_thresholds_rise"), transaction.atomic():
        RiskRules.objects.create(creator=creator, **wrong)

    assert RiskRules.objects.count() == 0
