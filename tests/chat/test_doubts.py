"""A doubted shopper in the chat, on the real database: asked for a code, slowed down, cooled down."""

from datetime import timedelta

import pytest

from creatorshop.chat import threads
from drops.clock import database_now
from drops.risk import step_ups
from drops.risk.models import RiskRules
from drops.stock.models import Hold
from tests.chat.client import types
from tests.chat.test_threads import make_client, make_held, make_mugs
from tests.clock import advance, stopped_clock
from tests.factories import make_hold

pytestmark = pytest.mark.django_db(transaction=True)


def refused(drop):
    """Walk the main road to the hold that is refused; return the client and what was said."""
    client = make_client(drop)
    client.open()
    client.tap("Sage")
    client.tap("At the counter")
    return client, client.tap("Hold for 10 minutes")


def test_a_code_given_back_on_the_page_is_heard_in_the_chat():
    drop = make_mugs()
    RiskRules.objects.create(creator=drop.creator, slow_down_from=5, step_up_from=5)
    client, said = refused(drop)
    shopper = client.thread.shopper
    [notice] = said
    [confirm, again] = notice["body"]["actions"]
    assert (notice["type"], notice["body"]["code"], again["label"]) == ("notice", "step_up", "Hold again")
    assert confirm["url"].rpartition("/check/")[2].startswith(shopper.ref)
    assert Hold.objects.count() == 0

    code = step_ups.begin(shopper=shopper, email="lena@example.org", now=database_now())
    step_ups.give_back(shopper=shopper, code=code, now=database_now())

    assert [message["body"]["code"] for message in client.news()] == ["step_up_passed"]
    client.tap("Hold again")
    assert types(client.tap("Hold for 10 minutes")) == ["hold", "quote"]
    assert Hold.objects.get().risk["decided_by"] == "code"


def test_others_go_first_and_then_the_thread_holds_by_itself():
    drop = make_mugs()
    RiskRules.objects.create(creator=drop.creator, slow_down_from=5)
    with stopped_clock(database_now()):
        client, said = refused(drop)
        assert [message["body"]["code"] for message in said] == ["slow_down"]
        advance(timedelta(seconds=20))

        threads.heal()

        assert types(client.news()) == ["hold", "quote"]
        assert Hold.objects.count() == 1


def test_who_cools_down_is_told_when_it_is_over_if_they_wish():
    drop = make_mugs()
    with stopped_clock(database_now()):
        client = make_held(drop)
        advance(timedelta(minutes=10))
        make_hold(drop_sku=drop.drop_skus.order_by("pk")[1], shopper=client.thread.shopper)
        advance(timedelta(minutes=10))
        threads.heal()
        client.news()
        client.tap("Sage")
        [notice] = client.tap("Hold for 10 minutes")
        assert notice["body"]["code"] == "cooling_down"
        assert notice["body"]["text"].startswith("You let two holds lapse. You can hold again at ")
        client.tap("Tell me then")
        advance(timedelta(seconds=60))

        threads.heal()

        assert [message["body"]["text"] for message in client.news()] == ["You can hold again now."]
        client.tap("Hold again")
        assert types(client.tap("Hold for 10 minutes"))[0] == "hold"
