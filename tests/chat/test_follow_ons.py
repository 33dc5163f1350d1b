"""What may follow a purchase, in the chat, with everything below it real."""

import pytest

from creatorshop.chat.engine.sentences import SENTENCES
from drops.audience.memberships import join, membership_of
from drops.audience.models import Tier
from drops.clock import database_now
from drops.letters.models import Source, Subscriber
from drops.letters.promises import how_often
from drops.sales.models import Order
from drops.sales.payment import Outcome
from drops.schedule import early
from drops.stock.models import Hold
from tests.chat.client import Client
from tests.chat.test_threads import make_client, make_held, make_settled
from tests.drops.letters.makers import make_subscriber
from tests.factories import make_payment

pytestmark = pytest.mark.django_db(transaction=True)

EARLY, LETTER, MEMBER, NO = "Early access", "The letter", "Become a member", "No, thanks"


def pay(client: Client, email: str = "lena@example.org") -> list:
    """Let the money for what is held come, and return what is said of it last."""
    payment = make_payment(hold=Hold.objects.get())
    type(payment).objects.filter(pk=payment.pk).update(email=email)
    make_settled(payment, Outcome.CAPTURED)
    return client.news()


def labels(message):
    return [option["label"] for option in message["body"].get("options", ())]


def open_tier(creator):
    return Tier.objects.create(creator=creator, name="Kiln friends", benefits=["First look"], position=1, is_open=True)


@pytest.fixture
def client():
    return make_held()


def test_what_the_shopper_does_not_have_is_offered_once(client):
    open_tier(client.thread.creator)

    said = pay(client)

    assert labels(said[-1]) == [EARLY, LETTER, MEMBER, NO]
    assert (Subscriber.objects.count(), membership_of(shopper=client.thread.shopper)) == (0, None)
    assert not early.has_next(shopper=client.thread.shopper, now=database_now())
    assert "choices" not in [message["type"] for message in client.open()]


def test_what_they_have_is_not_offered(client):
    shopper = client.thread.shopper
    open_tier(shopper.creator)
    make_subscriber(shopper.creator, shopper=shopper)
    join(shopper=shopper, source="chat", now=database_now())

    assert [message["type"] for message in pay(client)][-2:] == ["receipt", "notice"]  # it may be given away


def test_each_tap_does_one_thing_and_says_it_where_it_stood(client):
    tier = open_tier(client.thread.creator)
    offered, shopper = pay(client)[-1], client.thread.shopper

    (granted,) = client.tap(EARLY)
    assert (granted["id"], granted["revision"]) == (offered["id"], 2)
    assert (early.has_next(shopper=shopper, now=database_now()), Subscriber.objects.count()) == (True, 0)

    client.tap(LETTER)
    subscriber = Subscriber.objects.get()
    assert (subscriber.address, subscriber.source) == (Order.objects.get().email, Source.CHAT)
    assert (subscriber.is_live, subscriber.question_due_at is not None) == (False, True)
    assert membership_of(shopper=shopper) is None

    (done,) = client.tap(MEMBER)
    membership = membership_of(shopper=shopper)
    assert membership and membership.tier == tier
    assert labels(done) == ["Undo early access", "Undo the letter", "Undo membership"]


def test_each_is_undone_where_it_was_done(client):
    open_tier(client.thread.creator)
    pay(client)
    shopper = client.thread.shopper
    for label in (EARLY, LETTER, MEMBER):
        client.tap(label)

    for label in ("Undo early access", "Undo the letter", "Undo membership"):
        (said,) = client.tap(label)

    assert not early.has_next(shopper=shopper, now=database_now())
    assert (Subscriber.objects.get().address, membership_of(shopper=shopper)) == ("", None)
    assert labels(said) == [EARLY, LETTER, MEMBER, NO]


def test_a_tap_that_comes_twice_does_it_once(client):
    pay(client)
    token = client.token(LETTER)

    client.send("action", token=token)
    client.send("action", token=token)

    assert Subscriber.objects.get().asked_times == 1


def test_stop_that_is_typed_ends_the_letter(client):
    pay(client)
    client.tap(LETTER)

    client.send("text", text="stop")

    assert Subscriber.objects.get().stopped_at is not None


def test_a_tier_that_closed_since_is_said_to_be_gone(client):
    tier = open_tier(client.thread.creator)
    pay(client)
    Tier.objects.filter(pk=tier.pk).update(is_open=False)

    (said,) = client.tap(MEMBER)

    assert said["body"]["prompt"].startswith("That is not to be had any more.")
    assert (labels(said), membership_of(shopper=client.thread.shopper)) == ([EARLY, LETTER, NO], None)


def test_the_chat_promises_what_the_pages_promise():
    assert SENTENCES["follow_letter_terms"].endswith(how_often())


def test_a_thread_that_never_bought_is_offered_nothing():
    client = make_client()

    assert not any(NO in labels(message) for message in client.open())
