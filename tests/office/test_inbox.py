"""The inbox: whose threads are in it and in which order, and what can be done in one."""

import re
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creatorshop.chat import humans
from creatorshop.chat.engine.states import QUIET
from creatorshop.chat.models import Message, Thread, ThreadEvent
from drops.catalog.models import MemberRole
from drops.clock import database_now
from drops.stock.models import Hold
from tests.chat.client import Client, types
from tests.clock import stopped_clock
from tests.doubles import CounterDelivery
from tests.factories import make_capsule, make_drop, make_drop_sku, make_product, make_shopper, make_sku
from tests.office.people import client_of, make_person
from tests.office.test_board import said

pytestmark = pytest.mark.django_db(transaction=True)

INBOX = "admin:chat_thread_changelist"
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def delivery(settings):
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery"]
    CounterDelivery.reset()


def make_mug_drop(creator):
    drop = make_drop(capsule=make_capsule(creator=creator), title="Batch 07")
    product = make_product(capsule=drop.capsule, title="Ring mug", handle="ring-mug")
    for label in ("Sage", "Terracotta"):
        make_drop_sku(drop=drop, sku=make_sku(product=product, code=f"RM-{label}", option_values=[label]), units=3)
    return drop


def make_talk(creator, *texts, name="", **shopper):
    """Let a shopper open the chat and type."""
    talk = Client(make_shopper(creator=creator, name=name, **shopper))
    talk.open()
    for text in texts:
        talk.send("text", text=text)
    return talk


@pytest.fixture
def mugs(shop):
    return make_mug_drop(shop.creator)


@pytest.fixture
def talk(shop, mugs):
    return make_talk(shop.creator, name="Lena", email="lena@example.org")


@pytest.fixture
def ana(shop):
    return make_person("ana", creator=shop.creator, role=MemberRole.HELPER, first_name="Ana", last_name="Sol")


def page_of(talk, page=""):
    return reverse(f"admin:office_talk{page}", args=[talk.thread.pk])


def do(client, talk, deed, form="", **given):
    """Send a form of the page as its script does."""
    fields = {"deed": deed, "form": form or str(uuid.uuid4()), **given}
    return client.post(page_of(talk, "_do"), fields, headers=JSON)


def look(client, talk, since=0):
    return client.get(page_of(talk, "_news"), {"since": since}, headers=JSON).json()


def words_in(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))).strip()


def everything(talk):
    return (
        Thread.objects.values().get(pk=talk.thread.pk),
        list(Message.objects.filter(thread=talk.thread).order_by("pk").values()),
        list(ThreadEvent.objects.filter(thread=talk.thread).order_by("pk").values()),
    )


# The list ------------------------------------------------------------------------------------------------------------
def test_whoever_has_waited_longest_for_a_person_comes_first(shop, mugs, owner):
    quiet = make_talk(shop.creator, "what is left", name="Quiet")
    early = make_talk(shop.creator, "human", name="Early")
    late = make_talk(shop.creator, "fhqwhgads", "colourless green ideas", name="Late")
    quiet.send("text", text="thanks")  # The newest word of all, and nobody is needed.

    found = owner.get(reverse(INBOX)).context["cl"]

    assert [row.pk for row in found.result_list] == [talk.thread.pk for talk in (early, late, quiet)]
    lines = {row.shopper.name: row for row in found.result_list}
    waits = {name: words_in(found.model_admin.waits(row)) for name, row in lines.items()}
    assert waits == {
        "Early": "Asked for a person , 0 minutes",
        "Late": "Was not understood , 0 minutes",
        "Quiet": "",
    }
    assert [found.model_admin.last_words(lines[name]) for name in ("Early", "Late")] == [
        "human",
        "colourless green ideas",
    ]


def test_the_inbox_says_how_each_stands_and_who_speaks(shop, mugs, owner, ana):
    holds = make_talk(shop.creator, name="Holds", locale="pt-BR")
    holds.tap("Sage")
    holds.tap("At the counter")
    holds.tap("Hold for 10 minutes")
    humans.take_over(thread_id=holds.thread.pk, form=uuid.uuid4(), who=str(ana.pk), seen="")

    found = owner.get(reverse(INBOX), {"inbox": "taken"}).context["cl"]

    [row] = found.result_list
    shown = [getattr(found.model_admin, name)(row) for name in ("stands", "language", "speaks")]
    assert shown == ["on hold", "Portuguese (Brazil)", "ana"]
    with stopped_clock(database_now() + QUIET):
        [row] = owner.get(reverse(INBOX), {"inbox": "taken"}).context["cl"].result_list
        assert (found.model_admin.stands(row), found.model_admin.speaks(row)) == ("", "Assistant")


def test_the_first_page_counts_those_that_wait_and_leads_to_just_them(shop, mugs, owner):
    make_talk(shop.creator, "human")
    make_talk(shop.creator, "what is left")

    task = owner.get(reverse("admin:index")).context["office_tasks"][0]

    assert (task["count"], task["text"]) == (1, "conversation waits for a person")
    assert owner.get(task["url"]).context["cl"].result_count == 1


def test_nobody_finds_a_strangers_thread(shop, strangers, owner, packer):
    drop = make_mug_drop(strangers.creator)
    talk = make_talk(drop.creator, "human", name="Theirs")
    before = everything(talk)

    assert owner.get(reverse(INBOX)).context["cl"].result_count == 0
    assert packer.get(reverse(INBOX)).status_code == 403
    for client in (owner, packer):
        assert [client.get(page_of(talk, page)).status_code for page in ("", "_news")] == [404, 404]
        for deed in ("take", "back", "say", "show", "quote", "hold", "excuse"):
            answer = do(client, talk, deed, text="Hi", handle="ring-mug", sku="RM-Sage", quantity="1")
            assert answer.status_code == 404
    assert everything(talk) == before


def test_a_packer_of_the_shop_does_not_read_what_shoppers_write(shop, talk, packer):
    before = everything(talk)

    assert packer.get(page_of(talk)).status_code == 404
    assert do(packer, talk, "take").status_code == 404
    assert everything(talk) == before


def test_who_is_not_logged_in_is_sent_to_the_login(client, talk):
    before = everything(talk)

    for answer in (client.get(page_of(talk)), do(client, talk, "take")):
        assert (answer.status_code, answer.url.startswith("/admin/login/")) == (302, True)
    assert everything(talk) == before


@pytest.mark.parametrize("threads", [1, 4])
def test_the_inbox_asks_as_many_questions_for_many_threads_as_for_one(shop, mugs, owner, threads):
    def questions():
        with CaptureQueriesContext(connection) as asked:
            owner.get(reverse(INBOX))
        return len(asked)

    make_talk(shop.creator, "human")
    owner.get(reverse(INBOX))
    before = questions()

    for _ in range(threads):
        make_talk(shop.creator, "human")

    assert questions() == before


# One thread ----------------------------------------------------------------------------------------------------------
def test_the_page_shows_what_was_said_and_what_the_assistant_knows(shop, talk, owner):
    talk.tap("Sage")
    talk.tap("At the counter")
    talk.tap("Hold for 10 minutes")
    ends = Hold.objects.get(shopper=talk.thread.shopper).expires_at

    page = owner.get(page_of(talk))

    known = dict(page.context["known"])
    assert known["Shopper"] == "Lena (lena@example.org)"
    assert known["Language"] == "English"
    assert known["Looks at"] == "Ring mug · Sage, Batch 07 (open)"
    assert known["Last price"] == "€39.14 for Ring mug · Sage, At the counter; taken, or replaced"
    assert known["Hold"].startswith("Ring mug · Sage, on hold until ")
    assert known["Hold"].endswith(f"{ends:%M}")
    assert [message["by"] for message in page.context["said"]][:2] == ["Assistant", "Assistant"]
    assert not page.context["is_mine"]
    assert "<script>" not in page.content.decode().split('id="talk"')[1]


def test_taking_over_writing_and_handing_back(shop, talk, ana):
    helper = client_of(ana)
    talk.send("text", text="human")
    talk.news()

    assert do(helper, talk, "take").status_code == 200
    [joined] = talk.news()
    answer = do(helper, talk, "say", text="<b>Hello</b>, Lena")
    [hello] = talk.news()
    do(helper, talk, "show", handle="ring-mug")
    [card] = talk.news()
    do(helper, talk, "back")
    [left] = talk.news()

    assert joined["fallback_text"] == "Ours is here. From now on a person answers you."
    assert (answer.status_code, list(answer.json())) == (200, ["form"])
    assert (hello["from"], hello["by"], hello["body"]["text"]) == ("human", "Ours", "<b>Hello</b>, Lena")
    assert (card["type"], card["from"], card["body"]["title"]) == ("card", "human", "Ring mug")
    assert left["body"]["code"] == "human_left"


def test_the_page_hears_of_what_is_said_without_being_loaded_again(shop, talk, ana):
    helper = client_of(ana)
    page = helper.get(page_of(talk))
    seq, key = page.context["seq"], page.context["key"]
    assert look(helper, talk, seq)["messages"] == []
    assert "known" not in look(helper, talk, seq)

    talk.send("text", text="<i>thanks</i>")
    talk.send("text", text="human")
    heard = look(helper, talk, seq)
    assert heard["seq"] == seq + 4
    assert [words_in(message["html"]).split(" ", 2)[0] for message in heard["messages"]] == ["Shopper", "Assistant"] * 2
    assert "&lt;i&gt;thanks&lt;/i&gt;" in heard["messages"][0]["html"]
    assert heard["key"] != key
    assert "A person is wanted" in words_in(heard["speaking"])

    do(helper, talk, "take")
    heard = look(helper, talk, heard["seq"])
    assert heard["is_mine"]
    assert words_in(heard["speaking"]).startswith("You speak.")
    assert "Looks at" in words_in(heard["known"])


def test_a_message_that_was_revised_keeps_its_place_on_the_page(shop, talk, owner):
    """The shelf's card is revised when something on it goes; it stays where it was said."""
    talk.tap("Sage")
    talk.tap("At the counter")
    talk.tap("Hold for 10 minutes")

    ids = [message["id"] for message in owner.get(page_of(talk)).context["said"]]

    first_said = dict.fromkeys(
        Message.objects.filter(thread=talk.thread).order_by("seq").values_list("message_id", flat=True)
    )
    assert ids == list(first_said)
    revised = [message["id"] for message in look(owner, talk, 0)["messages"]]
    assert sorted(revised) == sorted(ids)
    assert revised != ids


@pytest.mark.parametrize("since", ["", "-1", "x", "9" * 19, "1.5"])
def test_news_since_nonsense_are_refused(talk, owner, since):
    answer = owner.get(page_of(talk, "_news"), {"since": since})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_the_second_helper_is_told_who_was_first_and_may_go_on_knowingly(shop, talk, owner, ana):
    helper = client_of(ana)
    do(helper, talk, "take")
    talk.news()
    before = everything(talk)

    answer = do(owner, talk, "take", seen="")
    assert answer.status_code == 409
    assert re.fullmatch(r"Ana Sol took over at \d\d:\d\d\. Somebody else took over first\.", answer.json()["message"])
    assert do(owner, talk, "say", text="Me too").status_code == 409
    assert do(owner, talk, "back").status_code == 409
    assert everything(talk) == before
    assert "Take over from Ana Sol" in words_in(look(owner, talk)["speaking"])

    assert do(owner, talk, "take", seen=str(ana.pk)).status_code == 200
    assert talk.news() == []
    answer = do(helper, talk, "say", text="Wait")
    assert answer.status_code == 409
    assert answer.json()["message"].startswith("owner took over at ")
    assert talk.news() == []


def test_a_double_click_sends_once(talk, ana):
    helper = client_of(ana)
    do(helper, talk, "take")
    talk.news()
    form = str(uuid.uuid4())

    answers = [do(helper, talk, "say", form=form, text="Hello") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [message["body"]["text"] for message in talk.news()] == ["Hello"]


def test_each_form_of_the_page_has_a_number_of_its_own(talk, owner):
    page = owner.get(page_of(talk)).content.decode()

    numbers = re.findall(r'name="form"\s+value="([^"]+)"', page)
    assert len(numbers) == len(set(numbers)) == 5


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"deed": "say", "text": "  "}, 422, "Please write something."),
        ({"deed": "say", "text": "x" * 2001}, 422, "That is 2,001 characters; a message has at most 2,000."),
        ({"deed": "say", "text": "Hi", "form": "7"}, 422, "This page is too old. Please load it again."),
        ({"deed": "dance"}, 422, "This page is too old. Please load it again."),
        ({"deed": "show", "handle": "ours-mug"}, 404, "The drop in view has no such product."),
        ({"deed": "hold"}, 409, "There is no price in view that is still good. Make one first."),
        ({"deed": "quote", "sku": "RM-Sage", "quantity": "many"}, 422, "'many' is not a number of units."),
        ({"deed": "quote", "sku": "RM-Sage", "quantity": "3"}, 409, "They can have 2 Ring mug · Sage right now, and not 3."),
        ({"deed": "quote", "sku": "OURS-1", "quantity": "1"}, 404, "The drop in view has no such SKU."),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_changes_nothing(talk, ana, given, status, words):
    helper = client_of(ana)
    do(helper, talk, "take")
    before = everything(talk)

    answer = do(helper, talk, **{"form": str(uuid.uuid4()), **given})

    assert (answer.status_code, answer.json()["message"]) == (status, words)
    assert everything(talk) == before


def test_a_price_made_by_hand_reaches_the_shopper(talk, ana):
    helper = client_of(ana)
    talk.tap("Sage")
    talk.tap("At the counter")
    do(helper, talk, "take")
    talk.news()

    assert do(helper, talk, "quote", sku="RM-Terracotta", quantity="2").status_code == 200

    assert types(talk.news()) == ["quote", "quote"]
    assert types(talk.tap("Hold for 10 minutes")) == ["hold", "quote"]


def test_without_a_script_the_forms_work_and_a_refusal_keeps_what_was_written(talk, ana):
    helper = client_of(ana)
    refused = helper.post(
        page_of(talk, "_do"), {"deed": "say", "form": str(uuid.uuid4()), "text": "A long thought"}, follow=True
    )
    assert (refused.status_code, said(refused)) == (
        409,
        ["The assistant speaks here. Take over first; nothing was sent."],
    )
    assert "A long thought</textarea>" in refused.content.decode()

    taken = helper.post(page_of(talk, "_do"), {"deed": "take", "form": str(uuid.uuid4())})

    assert (taken.status_code, taken.url) == (302, page_of(talk))
    assert Thread.objects.get(pk=talk.thread.pk).helper == str(ana.pk)


def test_looking_at_the_address_of_a_deed_does_nothing(talk, owner):
    before = everything(talk)

    assert owner.get(page_of(talk, "_do"), {"deed": "take"}).status_code == 405
    assert everything(talk) == before


def test_after_thirty_quiet_minutes_the_page_says_that_the_assistant_is_back(talk, ana):
    helper = client_of(ana)
    do(helper, talk, "take")
    seq = look(helper, talk)["seq"]

    with stopped_clock(database_now() + QUIET + timedelta(seconds=1)):
        heard = look(helper, talk, seq)
        answer = do(helper, talk, "say", text="As I said")

    assert not heard["is_mine"]
    assert [words_in(message["html"])[:9] for message in heard["messages"]] == ["Assistant"]
    assert words_in(heard["speaking"]).startswith("The assistant speaks.")
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "The assistant speaks here. Take over first; nothing was sent.",
    )


def test_a_thread_whose_helper_has_left_the_shop_goes_on(talk, owner, ana):
    do(client_of(ana), talk, "take")
    who = str(ana.pk)
    ana.delete()

    assert "Take over from Somebody who is gone" in words_in(look(owner, talk)["speaking"])
    assert types(talk.send("text", text="hello?"))[-1] == "text"
    assert do(owner, talk, "take", seen=who).status_code == 200


def test_a_note_that_needs_nobody_leaves_the_list(shop, mugs, owner):
    talk = make_talk(shop.creator, "human")

    assert do(owner, talk, "excuse").status_code == 200

    assert owner.get(reverse(INBOX), {"inbox": "waiting"}).context["cl"].result_count == 0
    assert "Nobody is needed" not in words_in(look(owner, talk)["speaking"])
