import hashlib
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from drops.sales import holding
from drops.stock import audit
from drops.stock.models import AuditLink, HoldEvent
from tests.factories import make_drop_sku, make_hold
from tests.races.crowd import at_once, swapped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture(autouse=True)
def settled_at_once():
    """Steps settle as soon as they are committed, so that no test has to wait for it."""
    with swapped(audit, "SETTLES_IN", timedelta(0)):
        yield


@pytest.fixture
def drop_sku():
    return make_drop_sku(units=3)


def let_go(hold):
    holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)


def steps_of(drop_sku):
    links = AuditLink.objects.filter(drop=drop_sku.drop).order_by("number")
    return [(link.number, link.event.hold_id, link.event.to_state) for link in links]


def change(sql, *values):
    """Do what only somebody with every right in the database can: change rows that refuse it."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            cursor.execute(sql, values)
        finally:
            cursor.execute("SET session_replication_role = origin")


def test_each_step_is_linked_to_the_one_before(drop_sku):
    first, second = make_hold(drop_sku=drop_sku), make_hold(drop_sku=drop_sku)
    let_go(first)

    assert audit.chain_events(drop_id=drop_sku.drop_id) == 3
    assert audit.chain_events(drop_id=drop_sku.drop_id) == 0

    assert steps_of(drop_sku) == [(1, first.pk, "held"), (2, second.pk, "held"), (3, first.pk, "released")]
    links = AuditLink.objects.order_by("number")
    assert [link.prev_hash for link in links] == ["", links[0].hash, links[1].hash]
    assert audit.end_of_chain(drop_id=drop_sku.drop_id) == (3, links[2].hash)
    assert audit.verify_chain(drop_id=drop_sku.drop_id) == []


def test_the_hash_covers_what_was_promised_and_who_did_what(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    audit.chain_new_events()
    event, link = HoldEvent.objects.get(), AuditLink.objects.get()

    at = event.at.isoformat(timespec="microseconds")
    facts = (
        f'{{"actor":"shopper","at":"{at}","currency":"EUR","drop":"{drop_sku.drop.ref}","drop_sku":{drop_sku.pk},'
        f'"event":{event.pk},"from":"","hold":"{hold.ref}","number":1,"prev_hash":"","quantity":1,'
        f'"quote_hash":"{hold.quote_hash}","reason":"accepted","shopper":{hold.shopper_id},"to":"held",'
        f'"total_minor":{hold.total_minor}}}'
    )
    assert link.hash == hashlib.sha256(facts.encode()).hexdigest()


def test_every_drop_has_a_chain_of_its_own(drop_sku):
    other = make_drop_sku(units=1)
    make_hold(drop_sku=drop_sku)
    make_hold(drop_sku=other)

    assert audit.chain_new_events() == 2

    assert list(AuditLink.objects.values_list("number", flat=True)) == [1, 1]


def test_a_step_waits_until_it_has_settled(drop_sku):
    make_hold(drop_sku=drop_sku)

    with swapped(audit, "SETTLES_IN", timedelta(hours=1)):
        assert audit.chain_new_events() == 0

    assert AuditLink.objects.count() == 0
    assert audit.verify_chain(drop_id=drop_sku.drop_id) == []


def chain_while_a_transaction_runs(drop_sku):
    """Let a hold be placed and let go while an older transaction is still writing, and link in between."""
    hold = make_hold(drop_sku=drop_sku)
    is_writing, may_commit = threading.Event(), threading.Event()

    def write():
        try:
            with transaction.atomic():
                HoldEvent.objects.create(
                    hold=hold, from_state="held", to_state="held", actor="shopper", reason="slow", at=hold.created_at
                )
                is_writing.set()
                may_commit.wait(timeout=30)
        finally:
            connection.close()

    slow = threading.Thread(target=write)
    slow.start()
    is_writing.wait(timeout=30)
    try:
        let_go(hold)
        linked = audit.chain_events(drop_id=drop_sku.drop_id)
    finally:
        may_commit.set()
        slow.join()
    audit.chain_events(drop_id=drop_sku.drop_id)
    return linked, [link.event.reason for link in AuditLink.objects.order_by("number")]


def test_a_step_that_commits_late_still_comes_before_what_followed_it(drop_sku):
    linked, reasons = chain_while_a_transaction_runs(drop_sku)

    assert linked == 1
    assert reasons == ["accepted", "slow", "let go"]
    assert audit.verify_chain(drop_id=drop_sku.drop_id) == []


def test_without_waiting_for_older_transactions_a_late_step_lands_behind_its_successor(drop_sku):
    hasty = audit.PENDING.replace(" AND age(event.xmin) > age(%(oldest_writer)s::text::xid)", "")
    assert hasty != audit.PENDING
    with swapped(audit, "PENDING", hasty):
        linked, reasons = chain_while_a_transaction_runs(drop_sku)

    assert linked == 2
    assert reasons == ["accepted", "let go", "slow"]


def test_two_who_link_at_once_make_one_chain(drop_sku):
    for _ in range(3):
        make_hold(drop_sku=drop_sku)

    at_once(*[lambda: audit.chain_events(drop_id=drop_sku.drop_id) for _ in range(4)])

    assert [number for number, _, _ in steps_of(drop_sku)] == [1, 2, 3]
    assert audit.verify_chain(drop_id=drop_sku.drop_id) == []


def test_neither_a_step_nor_a_link_can_be_changed_or_deleted(drop_sku):
    make_hold(drop_sku=drop_sku)
    audit.chain_new_events()

    for rows in (AuditLink.objects.all(), HoldEvent.objects.all()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows._raw_delete(rows.db)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditLink.objects.update(hash="0" * 64)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        HoldEvent.objects.update(actor="nobody")

    assert audit.verify_chain(drop_id=drop_sku.drop_id) == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE drops_holdevent SET actor = 'nobody' WHERE id = {second}", "link 2: the step nothing to held"),
        ("UPDATE drops_hold SET quantity = 2 WHERE ref = '{hold}'", "link 1: the step nothing to held"),
        ("UPDATE drops_hold SET quote_hash = '' WHERE ref = '{hold}'", "link 1: the step nothing to held"),
        ("DELETE FROM drops_auditlink WHERE number = 2", "link 2 is missing"),
        ("DELETE FROM drops_auditlink WHERE number = 1", "link 1 is missing"),
        ("UPDATE drops_auditlink SET hash = 'x' WHERE number = 2", "link 3 does not follow from the one before"),
    ],
)
def test_whoever_changes_the_past_is_found_out(drop_sku, tampering, found):
    holds = [make_hold(drop_sku=drop_sku) for _ in range(3)]
    audit.chain_new_events()

    change(tampering.format(hold=holds[0].ref, second=holds[1].events.get().pk))

    assert any(found in problem for problem in audit.verify_chain(drop_id=drop_sku.drop_id))
    with pytest.raises(CommandError, match="does not add up"):
        call_command("prove_stock", "--drop", drop_sku.drop.ref, stdout=StringIO(), stderr=StringIO())
