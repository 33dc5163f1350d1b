"""Holding over a socket that is open already: admitted in batches, answered after the commit, told to the thread."""

import asyncio
import uuid

import pytest
from django.db import InterfaceError

from creatorshop.chat import admission as queues
from creatorshop.chat.models import Message
from drops.sales import admission
from drops.stock.counts import count_of
from drops.stock.models import Hold
from tests.chat.socketing import in_the_shop, socket
from tests.chat.test_sockets_thread import entry, opened
from tests.factories import make_drop_sku, make_quote, make_shopper
from tests.races.crowd import swapped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("short_connections")]


def hold_frame(accepted, **changes):
    return {"id": str(uuid.uuid4()), "kind": "hold", "quote": accepted.ref, "hash": accepted.hash} | changes


async def make_quotes(drop_sku, count):
    return [await in_the_shop(make_quote, drop_sku=drop_sku, method="parcel", option="post") for _ in range(count)]


async def hold_over_a_socket(quote, frame=None):
    async with socket("/ws/v1/thread", subprotocols=entry(quote.shopper)) as chat:
        await chat.next_frame("hello")
        await chat.say(frame or hold_frame(quote))
        return await chat.next_frame("ack")


async def test_a_hold_is_answered_with_its_end_once_it_is_committed():
    drop_sku = await in_the_shop(make_drop_sku)
    [quote] = await make_quotes(drop_sku, 1)

    ack = await hold_over_a_socket(quote, frame := hold_frame(quote))

    hold = await in_the_shop(Hold.objects.get)
    assert (ack["id"], ack["hold"]["hold"], ack["hold"]["expires_in_ms"]) == (frame["id"], hold.ref, 600_000)
    assert hold.shopper_id == quote.shopper_id


async def test_a_frame_that_comes_twice_is_one_hold():
    drop_sku = await in_the_shop(make_drop_sku)
    [quote] = await make_quotes(drop_sku, 1)
    frame = hold_frame(quote)

    first, again = await hold_over_a_socket(quote, frame), await hold_over_a_socket(quote, frame)

    assert first["hold"] == again["hold"]
    assert await in_the_shop(Hold.objects.count) == 1


async def test_many_sockets_share_a_batch_and_each_hears_its_own_answer():
    drop_sku = await in_the_shop(make_drop_sku, units=3)
    quotes = await make_quotes(drop_sku, 5)
    sizes = []

    def slowly(wishes, admit=admission.admit):
        sizes.append(len(wishes))
        return admit(wishes)

    with swapped(queues.admission, "admit", slowly):
        acks = await asyncio.gather(*(hold_over_a_socket(quote) for quote in quotes))

    assert sorted("hold" in ack for ack in acks) == [False, False, True, True, True]
    assert {ack["refusal"]["code"] for ack in acks if "refusal" in ack} == {"held_by_others"}
    assert sum(sizes) == 5
    assert (await in_the_shop(count_of, drop_sku_id=drop_sku.pk)).held == 3


async def test_somebody_elses_quote_is_refused_and_nothing_is_held():
    drop_sku = await in_the_shop(make_drop_sku)
    [quote] = await make_quotes(drop_sku, 1)
    stranger = await in_the_shop(make_shopper, creator=drop_sku.drop.creator)

    async with socket("/ws/v1/thread", subprotocols=entry(stranger)) as chat:
        await chat.next_frame("hello")
        await chat.say(hold_frame(quote))
        ack = await chat.next_frame("ack")

    assert ack["refusal"]["code"] == "quote_not_found"
    assert await in_the_shop(Hold.objects.count) == 0


@pytest.mark.parametrize("wrong", [{"hash": None}, {"quote": ""}, {"quote": "q" * 81}, {"id": "no-uuid"}])
async def test_a_frame_that_is_no_hold_is_refused_and_the_socket_stays(wrong):
    drop_sku = await in_the_shop(make_drop_sku)
    [quote] = await make_quotes(drop_sku, 1)

    async with socket("/ws/v1/thread", subprotocols=entry(quote.shopper)) as chat:
        await chat.next_frame("hello")
        await chat.say(hold_frame(quote, **wrong))
        refused = await chat.next_frame("refused")
        await chat.say(hold_frame(quote))
        ack = await chat.next_frame("ack")

    assert (refused["code"], "hold" in ack) == ("invalid", True)


async def test_in_a_conversation_the_ticket_follows():
    drop_sku = await in_the_shop(make_drop_sku)
    [quote] = await make_quotes(drop_sku, 1)

    async with socket("/ws/v1/thread", subprotocols=entry(quote.shopper)) as chat:
        await chat.next_frame("hello")
        await chat.say(opened(drop_sku.drop))
        await chat.next_frame("message")
        await chat.say(hold_frame(quote))
        await chat.next_frame("ack")
        shown = await chat.next_frame("message")
        while shown["message"]["type"] != "hold":
            shown = await chat.next_frame("message")

    hold = await in_the_shop(Hold.objects.get)
    assert shown["message"]["body"]["hold"] == hold.ref
    assert await in_the_shop(Message.objects.filter(type="hold").count) == 1


async def test_what_nobody_foresaw_is_told_to_the_one_who_caused_it():
    drop_sku = await in_the_shop(make_drop_sku, units=5)
    quotes = await make_quotes(drop_sku, 3)
    wishes = [queues.Wish(quote.shopper.ref, quote.ref, quote.hash, "tap") for quote in quotes]
    admit = admission.admit

    def stumble(wishes):
        if any(wish.quote_ref == quotes[1].ref for wish in wishes):
            raise ArithmeticError("nobody foresaw this")
        return admit(wishes)

    queue = queues.HoldQueue()
    with swapped(queues.admission, "admit", stumble):
        answers = await asyncio.gather(*(queue.admit(wish) for wish in wishes), return_exceptions=True)

    assert [type(answer) for answer in answers] == [Hold, ArithmeticError, Hold]
    assert await in_the_shop(Hold.objects.count) == 2


async def test_a_database_that_is_away_is_asked_once_for_a_whole_batch():
    drop_sku = await in_the_shop(make_drop_sku, units=5)
    quotes = await make_quotes(drop_sku, 4)
    wishes = [queues.Wish(quote.shopper.ref, quote.ref, quote.hash, "tap") for quote in quotes]
    tries = []

    def away(wishes):
        tries.append(len(wishes))
        raise InterfaceError("the connection is closed")

    queue = queues.HoldQueue()
    with swapped(queues.admission, "admit", away):
        answers = await asyncio.gather(*(queue.admit(wish) for wish in wishes), return_exceptions=True)

    assert [type(answer) for answer in answers] == [InterfaceError] * 4
    assert sum(tries) == 4
