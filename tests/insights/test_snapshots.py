"""A proof that is read while people buy is true of one instant, and not of several."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from django.db import InternalError, connection

from creatorshop.insights import proof
from creatorshop.insights.models import ProofAlert
from creatorshop.insights.snapshots import one_snapshot
from tests.clock import stopped_clock
from tests.factories import NOON, make_hold
from tests.fulfillment.makers import make_post
from tests.pickups.factories import make_cafe, make_mugs, pay_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def drop_sku(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    return make_mugs(creator=make_cafe().creators.get(), units=4)


def sale_while_it_reads(drop_sku):
    """Prove a drop, and let somebody else buy a unit right after the first question."""
    rate = make_post(drop=drop_sku.drop)

    def buy():
        try:
            with stopped_clock(NOON):  # a session of its own, with a clock of its own
                pay_for(make_hold(drop_sku=drop_sku, method="parcel", option=rate.key))
        finally:
            connection.close()

    asked = []

    def sell_after_the_first(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT") and not asked:
            asked.append(sql)
            with ThreadPoolExecutor(1) as rival:
                rival.submit(buy).result()
        return result

    with connection.execute_wrapper(sell_after_the_first):
        return [str(problem) for line in proof.whole_proof_of(drop=drop_sku.drop) for problem in line.problems]


def test_a_sale_in_the_middle_of_a_proof_is_no_problem(drop_sku):
    assert sale_while_it_reads(drop_sku) == []
    assert proof.whole_proof_of(drop=drop_sku.drop)[0].stock.sold == 1


def test_without_one_snapshot_the_same_sale_looks_like_a_lost_unit(drop_sku, monkeypatch):
    monkeypatch.setattr(proof, "one_snapshot", nullcontext)

    assert sale_while_it_reads(drop_sku) == ["1 units in orders, but 0 in parcels and 0 in pickups"]


def test_nothing_can_be_written_inside_a_snapshot(db):
    with pytest.raises(InternalError, match="read-only transaction"), one_snapshot():
        ProofAlert.objects.create(subject="x", code="x", problem="x", first_seen_at=NOON, last_seen_at=NOON)

    assert not ProofAlert.objects.exists()
