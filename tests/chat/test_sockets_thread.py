import uuid

import pytest

from creatorshop.chat import sockets, thread_consumer
from creatorshop.chat.models import ThreadEvent
from drops.audience.sessions import token_of
from tests.chat.socketing import in_the_shop, socket
from tests.factories import make_drop_sku, make_shopper

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("short_connections")]

HOME = "https://kilnandtide.example"


def opened(drop=None):
    return {"id": str(uuid.uuid4()), "kind": "opened", "context": {"drop": drop.ref} if drop else {}}


def entry(shopper):
    return ["creatorshop.v1", f"bearer.{token_of(shopper=shopper)}"]


async def make_visitor():
    drop_sku = await in_the_shop(make_drop_sku)
    shopper = await in_the_shop(make_shopper, creator=drop_sku.drop.creator)
    return drop_sku.drop, shopper


async def test_an_event_is_acknowledged_and_answered():
    drop, shopper = await make_visitor()

    async with socket("/ws/v1/thread", origin=HOME, subprotocols=entry(shopper)) as chat:
        hello = await chat.next_frame()
        event = opened(drop)
        await chat.say(event)
        ack = await chat.next_frame("ack")
        message = (await chat.next_frame("message"))["message"]

    assert chat.subprotocol == "creatorshop.v1"
    assert (hello["type"], hello["seq"]) == ("hello", 0)
    assert ack["id"] == event["id"]
    assert message["seq"] == 1
    assert message["fallback_text"]
    assert hello["now"].endswith("Z")


async def test_what_was_missed_is_told_once_and_in_order():
    drop, shopper = await make_visitor()
    async with socket("/ws/v1/thread", subprotocols=entry(shopper)) as chat:
        await chat.say(opened(drop))
        await chat.next_frame("ack")

    async with socket("/ws/v1/thread?since=0", subprotocols=entry(shopper)) as again:
        hello = await again.next_frame("hello")
        seqs = []
        while not seqs or seqs[-1] < hello["seq"]:
            seqs.append((await again.next_frame("message"))["message"]["seq"])
    async with socket(f"/ws/v1/thread?since={hello['seq']}", subprotocols=entry(shopper)) as up_to_date:
        await up_to_date.next_frame("hello")
        await up_to_date.say(event := {"id": str(uuid.uuid4()), "kind": "text", "text": "help"})
        first_news = await up_to_date.next_frame("message")

    assert seqs == sorted(set(seqs))
    assert seqs[-1] == hello["seq"] > 0
    assert first_news["message"]["seq"] == hello["seq"] + 1, event


async def test_two_devices_see_the_same_thread():
    drop, shopper = await make_visitor()

    async with (
        socket("/ws/v1/thread", subprotocols=entry(shopper)) as phone,
        socket("/ws/v1/thread", subprotocols=entry(shopper)) as desk,
    ):
        await desk.next_frame("hello")
        await phone.say(opened(drop))
        on_phone = (await phone.next_frame("message"))["message"]
        on_desk = (await desk.next_frame("message"))["message"]

    assert on_phone == on_desk


async def test_a_second_device_hears_without_redis(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    drop, shopper = await make_visitor()

    async with (
        socket("/ws/v1/thread", subprotocols=entry(shopper)) as phone,
        socket("/ws/v1/thread", subprotocols=entry(shopper)) as desk,
    ):
        await desk.next_frame("hello")
        await phone.say(opened(drop))
        told = await desk.next_frame("message", within=5)

    assert told["message"]["seq"] == 1


async def test_the_same_event_sent_twice_counts_once():
    drop, shopper = await make_visitor()
    event = opened(drop)

    async with socket("/ws/v1/thread", subprotocols=entry(shopper)) as chat:
        await chat.say(event)
        await chat.say(event)
        acks = [await chat.next_frame("ack"), await chat.next_frame("ack")]

    assert [ack["id"] for ack in acks] == [event["id"]] * 2
    assert await in_the_shop(ThreadEvent.objects.filter(event_id=event["id"]).count) == 1


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"id": "x", "kind": "text", "text": "hello"}, "invalid"),
        ({"id": str(uuid.UUID(int=1)), "kind": "dance"}, "invalid"),
        ({"id": str(uuid.UUID(int=1)), "kind": "text", "text": ""}, "invalid"),
        ({"id": str(uuid.UUID(int=1)), "kind": "text", "text": "a\x00b"}, "invalid"),
        ({"id": str(uuid.UUID(int=1)), "kind": "action", "token": "forged.1.0.0000"}, "button_unknown"),
    ],
)
async def test_an_event_is_refused_by_name(event, code):
    _, shopper = await make_visitor()

    async with socket("/ws/v1/thread", subprotocols=entry(shopper)) as chat:
        await chat.say(event)
        refused = await chat.next_frame("refused")

    assert (refused["id"], refused["code"]) == (event["id"], code)
    assert refused["message"]


@pytest.mark.parametrize(
    "frame", ["", "no json", "[]", "7", "{}", '{"id":7}', b"\x00\x01", "[" * 5000, '{"id":"' + "x" * 9000 + '"}']
)
async def test_what_is_no_event_ends_the_conversation(frame):
    _, shopper = await make_visitor()

    async with socket("/ws/v1/thread", subprotocols=entry(shopper)) as chat:
        await chat.next_frame("hello")
        await chat.say(frame)
        assert await chat.close_code() == sockets.PROTOCOL_ERROR == 4408


@pytest.mark.parametrize("token", ["bearer.", "bearer.forged", "bearer.a.b.c", "nothing"])
async def test_without_a_valid_token_nothing_is_told(token):
    async with socket("/ws/v1/thread", subprotocols=["creatorshop.v1", token]) as stranger:
        await stranger.say(opened())
        assert await stranger.close_code() == sockets.SESSION_INVALID == 4401


async def test_a_token_does_not_work_from_a_page_the_creator_does_not_list():
    _, shopper = await make_visitor()

    async with socket("/ws/v1/thread", origin="https://stranger.example", subprotocols=entry(shopper)) as chat:
        assert await chat.close_code() == sockets.ORIGIN_REFUSED == 4403


@pytest.mark.parametrize(
    "path", ["/ws/v1/thread?since=-1", "/ws/v1/thread?since=abc", f"/ws/v1/thread?since={'9' * 30}"]
)
async def test_a_number_that_is_none_is_a_protocol_error(path):
    _, shopper = await make_visitor()

    async with socket(path, subprotocols=entry(shopper)) as chat:
        assert await chat.close_code() == 4408


async def test_another_protocol_is_not_spoken():
    _, shopper = await make_visitor()

    async with socket("/ws/v1/thread", subprotocols=entry(shopper)[1:]) as chat:
        assert chat.subprotocol is None
        assert await chat.close_code() == 4408


async def test_a_hasty_client_is_asked_to_come_back_later(monkeypatch):
    monkeypatch.setattr(thread_consumer, "BURST", 2)
    _, shopper = await make_visitor()

    async with socket("/ws/v1/thread", subprotocols=entry(shopper)) as chat:
        for number in range(4):
            await chat.say({"id": f"event-{number}", "kind": "dance"})
        assert await chat.close_code() == sockets.TOO_FAST == 4429


async def test_a_quiet_thread_beats(monkeypatch):
    monkeypatch.setattr(thread_consumer, "BEAT_S", 0.2)
    _, shopper = await make_visitor()

    async with socket("/ws/v1/thread", subprotocols=entry(shopper)) as chat:
        await chat.next_frame("hello")
        beats = [await chat.next_frame(within=2), await chat.next_frame(within=2)]

    assert [beat["type"] for beat in beats] == ["beat", "beat"]
