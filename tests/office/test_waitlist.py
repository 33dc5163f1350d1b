from datetime import timedelta

import pytest
from django.urls import reverse

from drops.catalog.models import MemberRole
from drops.clock import database_now
from drops.sales.holding import release_hold
from drops.stock.models import WaitlistEntry
from tests.doubles import CounterDelivery
from tests.factories import make_drop
from tests.lines import join, sold_out, states
from tests.office.people import client_of, make_person
from tests.office.test_board import said

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "admin:drops_waitlistentry_changelist"
TAKE_OUT = "admin:office_take_out_of_line"


@pytest.fixture
def line(shop, settings):
    """Two who wait for our mug, all of which are on hold."""
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery"]
    CounterDelivery.reset()
    drop = make_drop(capsule=shop.capsule, closes_at=database_now() + timedelta(hours=2))
    shop.running, shop.held = sold_out(units=2, drop=drop)
    return [join(shop.running, quantity=2), join(shop.running)]


def choose(client, *entries):
    chosen = {"action": "take_out", "_selected_action": [entry.pk for entry in entries]}
    return client.post(reverse(LIST), chosen)


def test_a_helper_sees_who_waits_for_what_and_in_which_place(shop, line):
    helper = client_of(make_person("helper", creator=shop.creator, role=MemberRole.HELPER))

    rows = helper.get(reverse(LIST)).context["cl"].result_list

    admin = helper.get(reverse(LIST)).context["cl"].model_admin
    assert [(row.quantity, admin.place(row)) for row in rows] == [(1, "2"), (2, "1")]


def test_nobody_sees_who_waits_in_somebody_elses_shop(shop, line):
    stranger = client_of(make_person("stranger"))
    packer = client_of(make_person("packer", creator=shop.creator, role=MemberRole.PACKER))

    assert [client.get(reverse(LIST)).status_code for client in (stranger, packer)] == [403, 403]
    for client in (stranger, packer):
        client.post(reverse(TAKE_OUT), {"rows": str(line[0].pk), "reason": "Mine"})
    assert states(*line) == ["waiting", "waiting"]


def test_somebody_is_taken_out_of_line_once_it_is_confirmed_with_a_reason(owner, shop, line):
    asked = choose(owner, line[0])
    page = owner.get(asked.url)
    assert (page.status_code, states(*line)) == (200, ["waiting", "waiting"])

    answer = owner.post(reverse(TAKE_OUT), {"rows": page.context["chosen"], "reason": "Asked by mail"}, follow=True)

    line[0].refresh_from_db()
    assert said(answer) == [f"{line[0]}: out of line."]
    assert (line[0].state, line[0].close_reason) == ("removed", "Asked by mail (office:owner)")
    assert states(line[1]) == ["waiting"]


def test_nobody_is_taken_out_of_line_without_a_reason(owner, line):
    answer = owner.post(reverse(TAKE_OUT), {"rows": str(line[0].pk), "reason": " "})

    assert said(answer) == ["Please say why; the reason is kept."]
    assert states(*line) == ["waiting", "waiting"]


def test_who_is_out_of_line_already_is_not_asked_about(owner, line):
    WaitlistEntry.objects.filter(pk=line[0].pk).update(state="left")

    answer = owner.post(reverse(TAKE_OUT), {"rows": str(line[0].pk), "reason": "Late"}, follow=True)

    assert said(answer) == ["None of these stands in line."]
    assert states(line[0]) == ["left"]


def test_the_board_counts_what_is_waited_for_and_what_is_kept(owner, shop, line):
    hold = shop.held[0]
    release_hold(hold_ref=hold.ref, shopper=hold.shopper)  # for the second: the first asked for two

    board = owner.get(reverse("admin:office_board", args=[shop.running.drop_id])).context["sums"]

    assert board == {"total": 2, "available": 0, "kept": 0, "held": 2, "sold": 0, "waiting": 2}
    hold = shop.held[1]
    release_hold(hold_ref=hold.ref, shopper=hold.shopper)
    board = owner.get(reverse("admin:office_board", args=[shop.running.drop_id])).context["sums"]
    assert board == {"total": 2, "available": 0, "kept": 1, "held": 1, "sold": 0, "waiting": 2}
