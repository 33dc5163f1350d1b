"""Threads on the real database: what is stored, answered once, healed, and told by the shop."""

import uuid
from datetime import timedelta

import pytest
from pydantic import ValidationError

from creatorshop.chat import listeners, threads
from creatorshop.chat.engine import commands
from creatorshop.chat.inbound import read_event
from creatorshop.chat.models import Command, CommandState, Message, Thread, ThreadEvent
from creatorshop.chat.running import run
from drops.clock import database_now
from drops.sales import settling
from drops.sales.payment import Outcome, ProviderEvent
from drops.schedule import windows
from drops.stock import sweep
from drops.stock.counts import counts_of
from drops.stock.holds import MARGIN
from drops.stock.models import Hold, HoldState
from tests.chat.client import Client, types
from tests.clock import advance, stopped_clock
from tests.doubles import CounterDelivery
from tests.factories import (
    NOON,
    make_capsule,
    make_creator,
    make_drop,
    make_drop_sku,
    make_hold,
    make_payment,
    make_product,
    make_shopper,
    make_sku,
)
from tests.races.crowd import swapped

pytestmark = pytest.mark.django_db(transaction=True)


def make_mugs(*, units=3):
    """Put two mugs into an open drop; return the drop."""
    creator = make_creator()
    drop = make_drop(capsule=make_capsule(creator=creator))
    product = make_product(capsule=drop.capsule)
    for label in ("Sage", "Terracotta"):
        make_drop_sku(drop=drop, sku=make_sku(product=product, option_values=[label]), units=units)
    return drop


def make_client(drop=None):
    drop = drop or make_mugs()
    return Client(make_shopper(creator=drop.creator, country="PT", postcode="1200-109"))


def make_held(drop=None):
    """Walk the main road up to a hold."""
    client = make_client(drop)
    client.open()
    client.tap("Sage")
    client.tap("At the counter")
    client.tap("Hold for 10 minutes")
    return client


def make_settled(payment, outcome, **given):
    event = ProviderEvent(
        event_id=given.get("event_id", f"{payment.ref}:{outcome}"),
        provider_ref=payment.provider_ref,
        outcome=outcome,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )
    return settling.settle(provider="memory", event=event)


def free_of(drop):
    return {count.sku_code: count.available for count in counts_of(drop_id=drop.pk)}


def test_the_main_road_leads_from_opening_to_a_receipt():
    client = make_client()

    assert types(client.open()) == ["text", "card"]
    assert types(client.tap("Sage")) == ["choices"]
    assert types(client.tap("At the counter")) == ["quote"]
    assert types(client.tap("Hold for 10 minutes")) == ["hold", "quote"]
    hold = Hold.objects.get()
    assert (hold.state, hold.shopper_id) == (HoldState.HELD, client.thread.shopper_id)
    payment = make_payment(hold=hold)
    assert types(client.news()) == ["hold"]
    make_settled(payment, Outcome.CAPTURED)
    news = client.news()
    assert types(news) == ["hold", "receipt", "notice", "choices"]
    assert news[0]["body"]["state"] == "converted"
    assert news[1]["body"]["total"] == {"amount_minor": 3914, "currency": "EUR", "text": "€39.14"}


def test_messages_are_numbered_without_gaps_and_read_in_their_latest_revision():
    client = make_held()

    stored = list(Message.objects.filter(thread=client.thread).order_by("seq").values_list("seq", flat=True))
    assert stored == list(range(1, len(stored) + 1))
    assert threads.current_seq(client.thread.pk) == stored[-1]
    read = threads.messages_since(thread_id=client.thread.pk, seq=0)
    assert len({message["id"] for message in read}) == len(read)
    quote = next(message for message in read if message["type"] == "quote")
    assert (quote["revision"], quote["body"]["actions"]) == (2, [])


def test_a_repeated_event_is_answered_as_before_and_does_nothing():
    client = make_client()
    client.open()
    client.tap("Sage")
    client.tap("At the counter")
    event_id, token = str(uuid.uuid4()), client.token("Hold for 10 minutes")
    client.send("action", token=token, event_id=event_id)
    seq = threads.current_seq(client.thread.pk)

    again = client.try_to_send("action", token=token, event_id=event_id)

    assert again == threads.Receipt(acked=True)
    assert threads.current_seq(client.thread.pk) == seq
    assert Hold.objects.count() == 1
    assert ThreadEvent.objects.filter(event_id=event_id).count() == 1


def test_a_button_of_another_thread_opens_nothing():
    drop = make_mugs()
    client, stranger = make_client(drop), make_client(drop)
    client.open()
    stranger.open()
    seq = threads.current_seq(stranger.thread.pk)

    receipt = stranger.try_to_send("action", token=client.token("Sage"))

    assert (receipt.acked, receipt.code) == (False, "button_unknown")
    assert threads.current_seq(stranger.thread.pk) == seq
    assert not Command.objects.filter(thread=stranger.thread).exists()


@pytest.mark.parametrize("token", ["x", "m_2.1.0.0000000000000000", "m_2.1", "....", "m_2.1.99.ffff", "ü" * 30])
def test_a_forged_button_is_refused_and_changes_nothing(token):
    client = make_client()
    client.open()
    before = Thread.objects.values().get(pk=client.thread.pk)

    receipt = client.try_to_send("action", token=token)

    assert (receipt.acked, receipt.code) == (False, "button_unknown")
    assert Thread.objects.values().get(pk=client.thread.pk) == before


def test_a_refusal_is_answered_again_as_it_was():
    client = make_client()
    client.open()
    event_id = str(uuid.uuid4())

    first = client.try_to_send("action", token="forged", event_id=event_id)
    again = client.try_to_send("action", token=client.token("Sage"), event_id=event_id)

    assert first == again == threads.Receipt(False, "button_unknown", "That button is not from this chat.")
    assert ThreadEvent.objects.get(event_id=event_id).last_seq == 2


def test_a_command_that_cannot_be_run_is_given_up_aloud(caplog):
    """A command of a version that is gone: tried a few times, then the shopper is told that nothing was done."""
    client = make_client()
    client.open()
    client.news()
    now = database_now()
    Command.objects.create(thread=client.thread, name="join_queue", args={"name": "join_queue"}, created_at=now)

    for number in range(threads.ATTEMPTS + 1):
        with stopped_clock(now + threads.LEASE * 2 * number):
            threads.heal()

    assert [message["body"]["code"] for message in client.news()] == ["unforeseen"]
    command = Command.objects.get()
    assert (command.state, command.attempts) == (CommandState.DONE, threads.ATTEMPTS)
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == threads.ATTEMPTS


def test_rows_that_somebody_filled_in_carelessly_silence_nobody():
    drop = make_mugs()
    drop.creator.skus.update(swatch="green")
    shopper = make_shopper(creator=drop.creator, locale="x", time_zone="Mars/Olympus")

    assert types(Client(shopper).open()) == ["text", "card"]


def test_every_token_fits_the_strictest_messenger():
    client = make_held()

    tokens = [
        action["token"]
        for message in threads.messages_since(thread_id=client.thread.pk, seq=0)
        for action in message["body"].get("actions", [])
        if action["token"]
    ]

    assert tokens
    assert max(len(token.encode()) for token in tokens) <= 64


def test_a_command_left_by_a_crash_is_run_once_by_the_sweep():
    """The process died between the commit that stored the command and running it."""
    client = make_client()
    client.open()
    client.tap("Sage")
    client.tap("At the counter")
    token = client.token("Hold for 10 minutes")
    thread_id, event_id = client.thread.pk, str(uuid.uuid4())

    event = read_event({"id": event_id, "kind": "action", "token": token})
    threads._take_in(thread_id, event_id=event_id, kind="action", read=lambda t: threads._meaning(t, event))
    assert Hold.objects.count() == 0

    healed = [threads.heal(), threads.heal()]

    assert healed == [1, 0]
    assert Hold.objects.count() == 1
    assert types(client.news()) == ["hold", "quote"]


def test_a_command_that_died_after_its_work_is_not_done_twice():
    """The hold was placed, and the process died before its result was taken in."""
    client = make_client()
    client.open()
    client.tap("Sage")
    client.tap("At the counter")

    event = read_event({"id": str(uuid.uuid4()), "kind": "action", "token": client.token("Hold for 10 minutes")})
    threads._take_in(client.thread.pk, event_id=str(event.id), kind="action", read=lambda t: threads._meaning(t, event))
    leased = threads._lease(client.thread.pk)
    run(thread=leased.thread, command=commands.read_command(leased.args), key=leased.key)
    assert threads.heal() == 0  # somebody holds the lease
    Command.objects.update(leased_until=leased.leased_until or leased.created_at)

    with stopped_clock(leased.created_at + threads.LEASE * 2):
        threads.heal()

    assert Hold.objects.count() == 1
    assert Command.objects.get(pk=leased.pk).state == CommandState.DONE
    assert types(client.news())[:2] == ["hold", "quote"]


def test_a_hold_that_ends_unheard_is_told_by_the_sweep_once():
    client = make_held()
    hold = Hold.objects.get()

    with stopped_clock(hold.expires_at + timedelta(seconds=1)):
        threads.heal()
        threads.heal()
        news = client.news()

    assert types(news) == ["hold", "choices"]
    assert news[0]["body"]["state"] == "expired"
    assert news[1]["body"]["prompt"] == "The hold ended. Nothing was charged."


def test_a_thread_that_expects_its_hold_to_last_longer_learns_of_the_lapse_from_the_sweep():
    """As when the news was lost that a payment had stopped, and the hold had gone back to its earlier end."""
    client = make_held()
    hold = Hold.objects.get()
    Thread.objects.update(wakes_at=hold.expires_at + timedelta(hours=1))

    with stopped_clock(hold.expires_at + MARGIN):
        assert threads.heal() == 0
        assert sweep.lapse_due_holds() == [hold.ref]
        threads.heal()
        news = client.news()

    assert types(news) == ["hold", "choices"]
    assert news[0]["body"]["state"] == "expired"


def test_a_thread_that_told_of_a_lapse_already_is_not_woken_by_the_sweep():
    client = make_held()
    hold = Hold.objects.get()

    with stopped_clock(hold.expires_at + timedelta(seconds=1)):
        threads.heal()
    with stopped_clock(hold.expires_at + MARGIN):
        sweep.lapse_due_holds()

    assert Thread.objects.get(pk=client.thread.pk).wakes_at is None


@pytest.mark.parametrize("lapsed", [1, 4])
def test_many_threads_are_woken_with_as_many_questions_as_one(lapsed, django_assert_num_queries):
    drop = make_mugs(units=5)
    clients = [make_held(drop) for _ in range(lapsed)]
    bystander = make_held(drop)
    hold_ids = list(Hold.objects.exclude(shopper=bystander.thread.shopper_id).values_list("pk", flat=True))
    before = Thread.objects.values().get(pk=bystander.thread.pk)

    # The clock, begin and end, and two for the threads.
    with django_assert_num_queries(5):
        listeners.on_holds_lapsed(hold_ids=hold_ids)

    now = database_now()
    woken = Thread.objects.filter(pk__in=[client.thread.pk for client in clients], wakes_at__lte=now)
    assert woken.count() == lapsed
    assert Thread.objects.values().get(pk=bystander.thread.pk) == before


def test_news_of_this_moment_is_told_before_a_long_line_of_old_ones():
    drop = make_mugs(units=2)
    absent, looking = make_held(drop), make_held(drop)
    now = database_now()
    for client, wakes_at in ((absent, now - timedelta(hours=1)), (looking, now)):
        Thread.objects.filter(pk=client.thread.pk).update(wakes_at=wakes_at)

    with swapped(threads, "HEALED_AT_ONCE", 1):
        assert threads.heal() == 1

    due = Thread.objects.filter(wakes_at__lte=database_now()).values_list("pk", flat=True)
    assert list(due) == [absent.thread.pk]


def test_a_hold_about_to_end_is_told_two_minutes_before():
    client = make_held()
    hold = Hold.objects.get()

    with stopped_clock(hold.expires_at - timedelta(seconds=119)):
        assert threads.wake_if_due(thread_id=client.thread.pk) is True
        news = client.news()
        assert threads.wake_if_due(thread_id=client.thread.pk) is False

    assert [message["body"]["code"] for message in news] == ["hold_ending"]


def test_letting_go_gives_the_unit_back():
    drop = make_mugs()
    client = make_held(drop)
    sku = Hold.objects.get().drop_sku.sku.code
    assert free_of(drop)[sku] == 2

    news = client.tap("Let it go")

    assert free_of(drop)[sku] == 3
    assert [(message["type"], message["body"].get("state")) for message in news] == [
        ("hold", "released"),
        ("choices", None),
    ]


def test_more_time_moves_the_ticket_s_end():
    client = make_held()
    before = Hold.objects.get().expires_at

    news = client.tap("I need more time")

    assert Hold.objects.get().expires_at == before + timedelta(minutes=2)
    assert [(message["type"], message["body"].get("state")) for message in news] == [
        ("hold", "extended"),
        ("notice", None),
    ]


def test_a_refused_hold_takes_nothing_and_says_why():
    drop = make_mugs(units=1)
    client = make_client(drop)
    client.open()
    client.tap("Sage")
    client.tap("At the counter")
    sage = drop.drop_skus.get(sku__option_values=["Sage"])
    make_hold(drop_sku=sage)

    news = client.tap("Hold for 10 minutes")

    assert news[-1]["body"]["prompt"].startswith("The one Sage is on hold or sold. The next hold ends at ")
    assert Hold.objects.filter(shopper=client.thread.shopper).count() == 0


def test_a_counter_that_filled_up_leads_back_to_the_question_where():
    client = make_client()
    client.open()
    client.tap("Sage")
    client.tap("At the counter")
    CounterDelivery.places = 0

    news = client.tap("Hold for 10 minutes")

    assert types(news) == ["text", "choices"]
    assert Hold.objects.count() == 0


def test_a_failed_payment_is_told_with_the_time_that_is_left():
    client = make_held()
    payment = make_payment(hold=Hold.objects.get())
    client.news()

    make_settled(payment, Outcome.FAILED)

    news = client.news()
    assert types(news) == ["hold", "notice"]
    assert news[1]["body"]["text"].startswith("Your bank said no. Your hold runs until ")


def test_a_hold_from_the_product_page_gets_its_ticket_when_the_thread_looks():
    drop = make_mugs()
    client = make_client(drop)
    client.open()
    make_hold(drop_sku=drop.drop_skus.first(), shopper=client.thread.shopper)

    threads.look_again(thread_id=client.thread.pk)

    assert types(client.news()) == ["hold"]


def test_a_paused_drop_is_told_to_those_who_have_it_in_view():
    drop = make_mugs()
    client = make_client(drop)
    client.open()
    windows.pause_drop(drop_id=drop.pk, reason="The kiln alarm went off.", now=database_now())

    threads.heal()

    news = client.news()
    assert [message["type"] for message in news] == ["notice", "card"]
    assert news[0]["body"]["text"].endswith("The kiln alarm went off.")


def test_a_shopper_who_never_opened_the_chat_is_told_nothing():
    drop = make_mugs()
    shopper = make_shopper(creator=drop.creator)
    threads.thread_of(shopper)
    hold = make_hold(drop_sku=drop.drop_skus.first(), shopper=shopper)
    make_settled(make_payment(hold=hold), Outcome.CAPTURED)

    assert Message.objects.count() == 0


def test_a_thread_is_made_once_and_missing_ones_are_refused():
    shopper = make_shopper()

    assert threads.thread_of(shopper) == threads.thread_of(shopper)
    with pytest.raises(threads.ThreadNotFound):
        threads.current_seq(0)
    with pytest.raises(threads.ThreadNotFound):
        threads.look_again(thread_id=0)


def test_moving_on_is_announced_after_the_commit_with_the_new_number():
    client = make_client()
    heard = []

    def listen(*, thread_id, seq, **_more):
        heard.append((thread_id, seq))

    threads.thread_moved.connect(listen)
    try:
        client.open()
    finally:
        threads.thread_moved.disconnect(listen)

    assert heard == [(client.thread.pk, 2)]


def test_opening_a_shop_costs_a_fixed_number_of_queries(django_assert_max_num_queries):
    drop = make_mugs()
    for _ in range(4):
        make_drop_sku(drop=drop)
    client = make_client(drop)

    with django_assert_max_num_queries(32):
        client.try_to_send("opened", context={})


def test_a_card_says_what_its_reduced_price_was_in_the_30_days_before():
    with stopped_clock(NOON):
        drop = make_drop(opens_at=NOON + timedelta(days=29), closes_at=NOON + timedelta(days=40))
        sku = make_drop_sku(drop=drop).sku
        advance(timedelta(days=30))
        sku.price_minor, sku.announces_reduction = 3400, True
        sku.save()
        advance(timedelta(minutes=1))

        [card] = [message for message in make_client(drop).open() if message["type"] == "card"]

    assert card["body"]["price"]["text"] == "€35.02"
    assert card["body"]["price_note"] == "from, all fees included; lowest of the 30 days before: €39.14"
    assert "€35.02 (from, all fees included; lowest of the 30 days before: €39.14)" in card["fallback_text"]


def test_messages_say_which_language_they_are_in_after_it_was_changed():
    client = make_client()
    client.open()

    client.send("text", text="auf Deutsch bitte")

    newest = Message.objects.order_by("seq").last()
    assert (newest.locale, newest.body["prompt"][:22]) == ("de", "Ab jetzt spreche ich D")
    assert set(Message.objects.filter(seq__lt=2).values_list("locale", flat=True)) == {"en"}


def test_a_page_in_another_language_is_followed_and_one_without_sense_is_refused():
    client = make_client()
    client.open()

    client.send("opened", context={"locale": "de-AT"})
    with pytest.raises(ValidationError):
        client.send("opened", context={"locale": "; drop table"})

    assert Message.objects.order_by("seq").last().locale == "de"
    client.thread.refresh_from_db()
    assert (client.thread.state["language"], client.thread.state["page"]) == ("de", "de")
