"""Many invoices at once: numbers without a gap, and one document for each order."""

import time
from functools import partial

import pytest
from django.db import IntegrityError, connection

from drops.documents.issuing import issue_for_order
from drops.documents.models import Document
from tests.drops.documents.makers import make_sale, make_ware
from tests.factories import make_creator
from tests.races.crowd import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


class Lost(Exception):
    """What goes wrong after a number was taken."""


def issue(order, *, wrapper):
    with connection.execute_wrapper(wrapper):
        return issue_for_order(order_id=order.pk).number


def as_it_is(execute, sql, params, many, context):
    return execute(sql, params, many, context)


def lock_no_counter(execute, sql, params, many, context):
    if 'FROM "drops_documentcounter"' in sql:
        result = execute(sql.replace(" FOR NO KEY UPDATE", ""), params, many, context)
        time.sleep(0.2)
        return result
    return execute(sql, params, many, context)


def lose_at_the_end(execute, sql, params, many, context):
    result = execute(sql, params, many, context)
    if sql.startswith('INSERT INTO "drops_document" '):
        raise Lost
    return result


def issue_or_lose(order, *, is_lost):
    try:
        return issue(order, wrapper=lose_at_the_end if is_lost else as_it_is)
    except Lost:
        return 0


def make_orders(count):
    ware = make_ware(make_creator(), units=count)
    return [make_sale(ware) for _ in range(count)]


def test_twenty_at_once_have_the_numbers_from_one_to_twenty():
    orders = make_orders(20)

    numbers = at_once(*(partial(issue, order, wrapper=as_it_is) for order in orders))

    assert sorted(numbers) == list(range(1, 21))
    issued = Document.objects.order_by("number")
    assert [document.issued_at for document in issued] == sorted(document.issued_at for document in issued)


def test_without_the_counters_lock_two_would_have_one_number():
    """The negative control: the unique number still refuses it, and the order has no invoice."""
    orders = make_orders(20)

    with pytest.raises(IntegrityError, match="document_number_once"):
        at_once(*(partial(issue, order, wrapper=lock_no_counter) for order in orders))

    assert Document.objects.count() < 20


def test_issues_that_are_lost_in_the_crowd_leave_no_gap():
    orders = make_orders(20)

    numbers = at_once(*(partial(issue_or_lose, order, is_lost=place % 3 == 0) for place, order in enumerate(orders)))

    assert sorted(numbers) == [0] * 7 + list(range(1, 14))
    assert sorted(Document.objects.values_list("number", flat=True)) == list(range(1, 14))


def test_one_order_asked_for_by_many_has_one_invoice():
    [order] = make_orders(1)

    numbers = at_once(*(partial(issue, order, wrapper=as_it_is) for _ in range(8)))

    assert numbers == [1] * 8
    assert Document.objects.count() == 1
