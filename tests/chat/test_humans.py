"""A human takes over, on the real database: who may speak, what is kept of it, and when the assistant is back."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from creatorshop.chat import humans, threads
from creatorshop.chat.engine.states import QUIET
from creatorshop.chat.models import Message, Thread, ThreadEvent
from drops.clock import database_now
from drops.errors import ShopError
from drops.stock.models import Hold
from tests.chat.client import types
from tests.chat.test_threads import make_client, make_held, make_mugs
from tests.clock import stopped_clock
from tests.factories import make_capsule, make_product

pytestmark = pytest.mark.django_db(transaction=True)

ANA, BEN = "1", "2"
INES = "office:ines"


def do(deed, client, who=ANA, form=None, **given):
    return deed(thread_id=client.thread.pk, form=form or uuid.uuid4(), who=who, **given)


def make_taken_over(drop=None):
    client = make_client(drop)
    client.open()
    do(humans.take_over, client, seen="")
    client.news()
    return client


def everything(client):
    """Return all that a refusal must leave as it was."""
    return (
        Thread.objects.values().get(pk=client.thread.pk),
        list(Message.objects.filter(thread=client.thread).order_by("pk").values()),
        list(ThreadEvent.objects.filter(thread=client.thread).order_by("pk").values()),
    )


def refused(deed, client, who=ANA, **given):
    """Return a refusal, having seen that it changed nothing."""
    before = everything(client)
    with pytest.raises(ShopError) as caught:
        do(deed, client, who, **given)
    assert everything(client) == before
    return caught.value


def test_the_second_miss_leaves_a_note_and_taking_over_takes_it_away():
    client = make_client()
    client.open()
    client.send("text", text="fhqwhgads")
    assert Thread.objects.values_list("waits_since", "waits_why").get(pk=client.thread.pk) == (None, "")
    client.send("text", text="colourless green ideas")
    note = Thread.objects.get(pk=client.thread.pk)
    assert (note.waits_since, note.waits_why) == (note.moved_at, "not_understood")

    client.send("text", text="human")
    asked = Thread.objects.get(pk=client.thread.pk)
    assert (asked.waits_since, asked.waits_why) == (note.waits_since, "asked")

    do(humans.take_over, client, seen="")
    taken = Thread.objects.get(pk=client.thread.pk)
    assert (taken.waits_since, taken.waits_why, taken.helper) == (None, "", ANA)


def test_a_note_that_needs_nobody_is_taken_away_in_silence():
    client = make_client()
    client.open()
    client.send("text", text="human")

    do(humans.excuse, client)

    assert Thread.objects.get(pk=client.thread.pk).waits_since is None
    assert client.news() == []


def test_what_a_human_writes_carries_the_shops_name_and_the_assistant_is_silent():
    client = make_client()
    client.open()

    do(humans.take_over, client, seen="")
    [joined] = client.news()
    do(humans.say, client, text="Hello!\r\nIt is food safe.")
    [said] = client.news()
    asked = client.send("text", text="what is left")

    name = client.thread.creator.name
    assert (joined["type"], joined["from"], joined["body"]["code"]) == ("notice", "shop", "human_joined")
    assert joined["fallback_text"] == f"{name} is here. From now on a person answers you."
    assert (said["type"], said["from"], said["by"]) == ("text", "human", name)
    assert said["body"] == {"text": "Hello!\nIt is food safe."}
    assert said["fallback_text"] == f"{name}: Hello!\nIt is food safe."
    assert [(message["from"], message["body"]["text"]) for message in asked] == [("shopper", "what is left")]


def test_what_looks_like_markup_stays_the_text_that_it_is():
    client = make_taken_over()

    do(humans.say, client, text="  <b>Hi</b> & <script>alert(1)</script>\u202e\x00\x1b[1m <3  ")

    assert client.news()[0]["body"]["text"] == "<b>Hi</b> & <script>alert(1)</script>[1m <3"


@pytest.mark.parametrize(
    ("text", "code"), [("", "nothing_to_say"), (" \n\u202e\x07", "nothing_to_say"), ("x" * 2001, "too_long")]
)
def test_a_text_that_is_empty_or_too_long_is_refused(text, code):
    assert refused(humans.say, make_taken_over(), text=text).code == code


def test_two_thousand_characters_are_not_too_long():
    client = make_taken_over()

    do(humans.say, client, text="ü" * 2000)

    assert client.news()[0]["body"]["text"] == "ü" * 2000


def test_a_form_that_is_sent_twice_says_it_once():
    client = make_taken_over()
    form = uuid.uuid4()

    do(humans.say, client, form=form, text="Hello!")
    do(humans.say, client, form=form, text="Hello!")

    assert [message["body"]["text"] for message in client.news()] == ["Hello!"]
    assert ThreadEvent.objects.filter(thread=client.thread, event_id=f"office:{form}").count() == 1


def test_a_card_is_shown_in_the_shops_name_and_its_buttons_lead_to_a_hold():
    client = make_taken_over()
    handle = client.thread.creator.products.get().handle

    do(humans.show, client, handle=handle)
    [card] = client.news()
    assert (card["type"], card["from"], card["by"]) == ("card", "human", client.thread.creator.name)
    assert max(len(option["token"].encode()) for option in card["body"]["choices"]["options"]) <= 64

    client.send("action", token=card["body"]["choices"]["options"][0]["token"])
    client.tap("At the counter")
    assert types(client.tap("Hold for 10 minutes")) == ["hold", "quote"]
    assert Hold.objects.count() == 1


def test_a_product_that_is_not_in_the_drop_is_not_shown():
    client = make_taken_over()
    other = make_product(capsule=make_capsule(creator=client.thread.creator), handle="elsewhere")

    assert refused(humans.show, client, handle=other.handle).code == "not_in_view"


def test_a_price_made_by_hand_is_the_shops_own():
    client = make_client()
    client.open()
    client.tap("Sage")
    client.tap("At the counter")
    do(humans.take_over, client, seen="")
    client.news()
    sku = client.thread.creator.skus.get(option_values=["Terracotta"]).code

    do(humans.quote, client, sku=sku, quantity=1)

    [retired, quote] = client.news()
    assert (retired["revision"], retired["body"]["actions"]) == (2, [])
    assert (quote["type"], quote["body"]["total"]["amount_minor"]) == ("quote", 3914)
    assert types(client.tap("Hold for 10 minutes")) == ["hold", "quote"]


def make_priced():
    """Bring a thread that somebody has taken over to a price that is good."""
    client = make_client()
    client.open()
    client.tap("Sage")
    client.tap("At the counter")
    do(humans.take_over, client, seen="")
    client.news()
    return client


def test_a_hold_by_hand_is_the_shoppers_own_and_its_trail_says_who_placed_it():
    client = make_priced()

    do(humans.hold, client, form=(form := uuid.uuid4()), actor=INES)
    do(humans.hold, client, form=form, actor=INES)  # the same form again

    hold = Hold.objects.get()
    assert (hold.shopper, hold.state, hold.source, hold.quantity) == (client.thread.shopper, "held", "helper", 1)
    assert list(hold.events.values_list("to_state", "actor")) == [("held", INES)]
    news = client.news()
    assert types(news) == ["hold", "text", "quote"]
    assert (news[1]["from"], news[1]["by"]) == ("human", client.thread.creator.name)
    assert news[1]["body"]["text"] == "I am holding it for you. Nothing is charged, and you can let it go."
    assert ThreadEvent.objects.get(thread=client.thread, kind="human_held").body["who"] == ANA

    client.tap("Let it go")
    assert Hold.objects.get().state == "released"


def test_nothing_is_held_by_hand_without_a_price_that_is_good_or_by_whoever_does_not_speak():
    client = make_taken_over()
    assert refused(humans.hold, client, actor=INES).code == "cannot_hold"

    client = make_priced()
    assert refused(humans.hold, client, BEN, actor=INES).code == "not_speaking"
    with stopped_clock(database_now() + timedelta(minutes=3)):
        assert refused(humans.hold, client, actor=INES).code == "cannot_hold"
    assert Hold.objects.count() == 0


def test_what_they_hold_already_is_not_held_by_hand_as_well():
    client = make_held()
    do(humans.take_over, client, seen="")

    assert refused(humans.hold, client, actor=INES).code == "cannot_hold"
    assert Hold.objects.count() == 1


def test_a_paused_drop_gives_no_hold_by_hand_either():
    client = make_priced()
    drop = client.thread.creator.drops.get()
    drop.state = "paused"
    drop.save(update_fields=["state"])

    do(humans.hold, client, actor=INES)

    assert Hold.objects.count() == 0
    assert "notice" in types(client.news())


@pytest.mark.parametrize("quantity", [0, -1, 3, 99])
def test_no_price_is_made_for_more_than_the_shopper_could_hold(quantity):
    client = make_taken_over(make_mugs(units=5))
    sku = client.thread.creator.skus.get(option_values=["Sage"]).code

    refusal = refused(humans.quote, client, sku=sku, quantity=quantity)

    assert (refusal.code, refusal.facts) == ("cannot_quote", {"most": 2})


def test_no_price_is_made_for_what_is_held_or_unknown():
    client = make_held()
    do(humans.take_over, client, seen="")
    sku = client.thread.creator.skus.get(option_values=["Sage"]).code

    assert refused(humans.quote, client, sku=sku, quantity=1).code == "cannot_quote"
    assert refused(humans.quote, client, sku="GONE", quantity=1).code == "not_in_view"


def test_who_took_over_first_is_told_to_the_second_who_may_go_on_knowing_it():
    client = make_taken_over()

    refusal = refused(humans.take_over, client, BEN, seen="")
    assert (refusal.code, refusal.facts["who"]) == ("taken_over", ANA)
    assert refused(humans.say, client, BEN, text="Me too").code == "not_speaking"
    assert refused(humans.hand_back, client, BEN).code == "not_speaking"

    do(humans.take_over, client, BEN, seen=ANA)
    assert client.news() == []  # the shopper goes on talking with the shop
    assert refused(humans.say, client, ANA, text="Wait").facts["who"] == BEN
    do(humans.say, client, BEN, text="Hello from me")
    assert [message["body"]["text"] for message in client.news()] == ["Hello from me"]


def test_handing_back_lets_the_assistant_answer_again():
    client = make_taken_over()

    do(humans.hand_back, client)
    [left] = client.news()
    answered = client.send("text", text="what is left")

    assert (left["body"]["code"], left["fallback_text"]) == (
        "human_left",
        "The assistant is back. [What is left] [A person]",
    )
    assert types(answered) == ["text", "choices"]
    assert Thread.objects.get(pk=client.thread.pk).helper == ""


def test_whoever_has_not_taken_over_cannot_speak():
    client = make_client()
    client.open()

    for deed, given in ((humans.say, {"text": "Hi"}), (humans.hand_back, {}), (humans.show, {"handle": "ring-mug"})):
        assert refused(deed, client, **given).code == "not_speaking"


def test_after_thirty_quiet_minutes_the_assistant_answers_although_no_worker_runs():
    client = make_taken_over()
    now = database_now()

    with stopped_clock(now + QUIET - timedelta(seconds=10)):
        assert types(client.send("text", text="hello?")) == ["text"]
    with stopped_clock(now + QUIET):
        said = client.send("text", text="what is left")

    assert types(said) == ["notice", "text", "choices"]
    assert said[0]["body"]["code"] == "human_left"
    assert Thread.objects.get(pk=client.thread.pk).helper == ""


def test_after_thirty_quiet_minutes_a_late_word_is_not_sent_unawares():
    client = make_taken_over()

    with stopped_clock(database_now() + QUIET):
        assert refused(humans.say, client, text="As I said").code == "not_speaking"


def test_the_sweep_says_that_the_assistant_is_back_once():
    client = make_taken_over()

    with stopped_clock(database_now() + QUIET):
        threads.heal()
        threads.heal()

    assert [message["body"]["code"] for message in client.news()] == ["human_left"]


def test_whoever_reads_the_thread_hears_that_the_assistant_is_back_although_no_worker_runs():
    client = make_taken_over()

    with stopped_clock(database_now() + QUIET):
        threads.stands_of(thread_id=client.thread.pk)

    assert [message["body"]["code"] for message in client.news()] == ["human_left"]


def test_what_was_not_answered_in_thirty_minutes_waits_for_a_human_again():
    client = make_taken_over()
    now = database_now()
    client.send("text", text="does it go into the dishwasher")
    asked_at = Thread.objects.get(pk=client.thread.pk).moved_at
    client.send("text", text="hello?")

    with stopped_clock(now + QUIET):
        threads.heal()

    thread = Thread.objects.get(pk=client.thread.pk)
    assert (thread.waits_since, thread.waits_why, thread.helper) == (asked_at, "not_answered", "")
    assert client.news()[-1]["fallback_text"].startswith(
        f"The assistant is back: {thread.creator.name} wrote nothing for 30 minutes. They have the note"
    )


def test_a_note_that_was_taken_along_and_never_answered_is_a_note_again():
    client = make_client()
    client.open()
    client.send("text", text="human")
    since = Thread.objects.get(pk=client.thread.pk).waits_since
    do(humans.take_over, client, seen="")

    with stopped_clock(database_now() + QUIET):
        threads.heal()

    thread = Thread.objects.get(pk=client.thread.pk)
    assert (thread.waits_since, thread.waits_why) == (since, "not_answered")


def test_what_was_answered_leaves_no_note():
    client = make_taken_over()
    client.send("text", text="does it go into the dishwasher")
    do(humans.say, client, text="It does.")

    with stopped_clock(database_now() + QUIET):
        threads.heal()

    assert Thread.objects.get(pk=client.thread.pk).waits_since is None


def test_a_hold_lapses_and_is_paid_for_aloud_while_a_human_speaks():
    client = make_held()
    do(humans.take_over, client, seen="")
    client.news()

    with stopped_clock(Hold.objects.get().expires_at + timedelta(seconds=1)):
        threads.heal()

    assert types(client.news()) == ["hold", "choices"]
    assert Thread.objects.get(pk=client.thread.pk).helper == ANA


def test_a_shopper_who_takes_a_humans_number_for_their_own_word_stops_nothing():
    client = make_taken_over()
    form = uuid.uuid4()
    do(humans.say, client, form=form, text="Hello!")
    client.news()

    said = client.send("text", event_id=str(form), text="Hello yourself")

    assert [message["body"]["text"] for message in said] == ["Hello yourself"]


def test_a_note_without_a_reason_cannot_be_kept():
    client = make_client()

    with pytest.raises(IntegrityError, match="thread_waits_for_a_reason"), transaction.atomic():
        Thread.objects.filter(pk=client.thread.pk).update(waits_since=database_now())
