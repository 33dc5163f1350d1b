"""The line as it is seen in the chat, with everything below it real."""

import pytest

from creatorshop.chat import threads
from creatorshop.chat.models import Command
from drops.clock import database_now
from drops.sales import waiting
from drops.schedule.windows import close_drop
from drops.stock.models import Hold, HoldSource, HoldState, WaitlistEntry
from tests.chat.client import types
from tests.chat.test_threads import make_client, make_mugs
from tests.factories import make_hold
from tests.lines import makes_room

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gone():
    """A drop whose Sage is on hold for others, and those holds."""
    drop = make_mugs(units=2)
    sage = drop.drop_skus.get(sku__option_values=["Sage"])
    return drop, [make_hold(drop_sku=sage) for _ in range(2)]


def make_waiting(drop):
    client = make_client(drop)
    client.open()
    client.tap("Join the waitlist")
    client.tap("At the counter")
    return client


def words(messages):
    return [message["fallback_text"] for message in messages]


def test_a_shopper_joins_the_line_from_the_card_in_two_taps(gone):
    drop, _ = gone
    client = make_client(drop)
    client.open()

    assert types(client.tap("Join the waitlist")) == ["text", "choices"]
    [said] = words(client.tap("At the counter"))

    entry = WaitlistEntry.objects.get()
    assert said.startswith("You are 1st in line for 1 Sage.")
    assert (entry.shopper_id, entry.quantity, entry.delivery_option) == (client.thread.shopper_id, 1, "counter")


def test_the_offer_appears_in_the_thread_as_a_ticket_without_anybody_asking(gone):
    drop, [hold, _] = gone
    client = make_waiting(drop)

    makes_room(hold)

    news = client.news()
    offer = Hold.objects.get(source=HoldSource.WAITLIST)
    [ticket] = [message for message in news if message["type"] == "hold"]
    assert ticket["body"]["hold"] == offer.ref
    assert ticket["fallback_text"].startswith("A Sage came back. It is yours until ")
    assert [action["label"] for action in ticket["body"]["actions"]] == ["Pay €39.14", "Let it go", "I need more time"]
    assert sum(said.startswith("A Sage came back. It is yours until ") for said in words(news)) == 2


def test_who_lets_the_offer_go_hands_it_to_the_next(gone):
    drop, [hold, _] = gone
    first, second = make_waiting(drop), make_waiting(drop)
    assert words(second.news()) == []
    makes_room(hold)

    first.tap("Let it go")

    assert [hold.state for hold in Hold.objects.filter(source=HoldSource.WAITLIST).order_by("pk")] == [
        HoldState.RELEASED,
        HoldState.HELD,
    ]
    assert "hold" in types(second.news())


def test_who_leaves_the_line_is_told_so_in_place(gone):
    drop, _ = gone
    client = make_waiting(drop)

    [said] = client.tap("Leave the line")

    assert (said["revision"], said["fallback_text"]) == (2, "You left the line for Sage. [Join the waitlist]")
    assert WaitlistEntry.objects.get().state == "left"


def test_a_place_that_moved_up_is_revised_when_the_thread_looks(gone):
    drop, _ = gone
    first, second = make_waiting(drop), make_waiting(drop)
    first.tap("Leave the line")

    threads.look_again(thread_id=second.thread.pk)

    [said] = second.news()[-1:]
    assert (said["revision"], said["fallback_text"].split(".")[0]) == (2, "You are 1st in line for 1 Sage")


def test_a_command_that_is_repeated_joins_once(gone):
    drop, _ = gone
    client = make_waiting(drop)
    command = Command.objects.get(name="join_waitlist")

    again = waiting.join_waitlist(
        shopper=client.thread.shopper,
        drop=drop,
        sku_code=command.args["sku"],
        quantity=1,
        destination=waiting.Destination("PT", "1200-109"),
        method="pickup",
        option="counter",
        idempotency_key=command.key,
    )

    assert again == WaitlistEntry.objects.get()


def test_nobody_is_offered_more_time_while_others_wait(gone):
    drop, _ = gone
    client = make_client(drop)
    client.open()
    client.tap("Terracotta")
    client.tap("At the counter")
    client.tap("Hold for 10 minutes")
    hold = Hold.objects.get(shopper=client.thread.shopper)
    make_hold(drop_sku=hold.drop_sku)
    other = make_client(drop)
    other.open()
    other.tap("Join the waitlist")
    other.tap("Terracotta")
    other.tap("At the counter")

    said = client.tap("I need more time")

    hold.refresh_from_db()
    assert hold.extensions == 0
    assert words(said)[-1].startswith("This hold cannot be made longer.")


def test_the_end_of_the_drop_ends_the_line_in_words(gone):
    drop, _ = gone
    client = make_waiting(drop)

    close_drop(drop_id=drop.pk, now=database_now())
    threads.heal()

    assert any(said.startswith("The drop has closed, and with it the line for Sage.") for said in words(client.news()))
