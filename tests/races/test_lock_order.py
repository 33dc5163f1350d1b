"""Two batches that want the same places in opposite order, in two drops: all take their locks in one and the same order."""

import pytest

from drops.refs import new_ref
from drops.sales import admission
from drops.stock.models import Hold, LimitSlot
from drops.stock.proof import proof_of
from tests.factories import make_capsule, make_creator, make_drop, make_drop_sku, make_quote, make_shopper
from tests.races.crowd import at_once, edited_functions, swapped
from tests.races.test_admission import wish_for, words

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

attempt = admission._attempt

# A pause after each place, which is long enough for the other batch to take its first.
TAKE_SLOWLY = (
    "drops_take_places",
    "wanted.hold_id, wanted.free_at\n          FROM",
    "wanted.hold_id, wanted.free_at + CASE WHEN pg_sleep(0.3)::text = '' THEN interval '0' END\n          FROM",
)
IN_ORDER_OF_ARRIVAL = ("drops_take_places", "ORDER BY wanted.drop_id, wanted.kind, wanted.key_hash, wanted.slot", "")


def two_batches_over_two_drops(*edits):
    """Let one shopper's two devices hold in two drops, the one in this order and the other in that; return what stopped."""
    creator = make_creator()
    skus = [make_drop_sku(drop=make_drop(capsule=make_capsule(creator=creator), account_limit=1)) for _ in range(2)]
    shopper = make_shopper(creator=creator)
    first, second = ([_posted(sku, shopper) for sku in order] for order in (skus, skus[::-1]))
    stopped = []

    def watched(wishes):
        try:
            return attempt(wishes)
        except admission._Interrupted as interruption:
            stopped.append((len(wishes), interruption.answer.code))
            raise

    with edited_functions(*edits, TAKE_SLOWLY), swapped(admission, "_attempt", watched):
        answers = at_once(*[lambda batch=batch: words(admission.admit(batch)) for batch in (first, second)])
    assert [line.problems for sku in skus for line in proof_of(drop=sku.drop)] == [[], []]
    return sorted(answers[0] + answers[1]), stopped


def _posted(drop_sku, shopper):
    return wish_for(make_quote(drop_sku=drop_sku, shopper=shopper, method="parcel", option="post"), key=new_ref())


def test_batches_in_opposite_order_wait_for_each_other_and_never_both():
    answers, stopped = two_batches_over_two_drops()

    assert (answers.count("held"), stopped) == (2, [])
    assert (Hold.objects.count(), LimitSlot.objects.count()) == (2, 2)


def test_locks_taken_in_the_order_of_arrival_end_in_a_deadlock():
    _, stopped = two_batches_over_two_drops(IN_ORDER_OF_ARRIVAL)

    assert stopped[0] == (2, "busy")  # PostgreSQL broke it up, and the batch was admitted one by one
