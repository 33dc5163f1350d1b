import asyncio

import pytest
from websockets.frames import Frame as AnyFrame
from websockets.frames import Opcode

from creatorshop.chat.frames import Frame, Outlet


class Client:
    """Takes frames only while there is room, and writes down which."""

    def __init__(self):
        self.has_room = asyncio.Event()
        self.got = []

    async def send(self, text_data):
        await self.has_room.wait()
        self.got.append(text_data)

    def push(self, wire):
        if not self.has_room.is_set():
            return False
        self.got.append(wire)
        return True


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_is_encoded_as_the_protocol_says(size):
    text = "é" * (size // 2) + "x" * (size % 2)

    assert Frame(text).wire == AnyFrame(Opcode.TEXT, text.encode()).serialize(mask=False)


async def test_a_client_with_room_gets_the_bytes_at_once():
    client = Client()
    client.has_room.set()
    outlet = Outlet(client, client.push)
    frame = Frame("one")

    outlet.offer(frame)

    assert client.got == [frame.wire]
    assert not outlet.is_behind


async def test_a_client_without_room_loses_what_is_old_and_nothing_that_is_new():
    client = Client()
    outlet = Outlet(client, client.push)
    for text in ("one", "two", "three", "four"):
        outlet.offer(Frame(text))
        await asyncio.sleep(0)
    assert outlet.is_behind

    client.has_room.set()
    await asyncio.sleep(0.01)

    # "one" was on its way.
    assert client.got == ["one", "four"]
    assert not outlet.is_behind


async def test_what_comes_while_something_waits_does_not_overtake_it():
    client = Client()
    outlet = Outlet(client, client.push)
    outlet.offer(Frame("one"))
    await asyncio.sleep(0)
    client.has_room.set()
    outlet.offer(Frame("two"))
    await asyncio.sleep(0.01)

    assert client.got == ["one", "two"]


async def test_a_client_that_went_away_is_no_error():
    class Gone(Client):
        async def send(self, text_data):
            raise ConnectionResetError

    client = Gone()
    outlet = Outlet(client, client.push)
    outlet.offer(Frame("one"))
    await asyncio.sleep(0.01)

    assert (client.got, outlet.is_behind) == ([], False)


async def test_a_server_that_offers_no_push_gets_whole_texts():
    client = Client()
    client.has_room.set()
    outlet = Outlet(client, None)
    outlet.offer(Frame("one"))
    await asyncio.sleep(0.01)

    assert client.got == ["one"]
