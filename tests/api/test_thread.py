import uuid

import pytest

from creatorshop.chat.models import ThreadEvent
from tests.api.knocking import HOME, STRANGER, knock, refusal
from tests.factories import make_drop_sku, make_shopper

pytestmark = pytest.mark.django_db

PATH = "thread/messages"


def an_event(**changes):
    return {"id": str(uuid.uuid4()), "kind": "text", "text": "help"} | changes


def test_a_thread_begins_empty_and_belongs_to_the_token():
    said = knock("GET", PATH, shopper=make_shopper()).json()

    assert (said["messages"], said["seq"]) == ([], 0)
    assert said["server_time"].endswith("Z")


def test_events_are_acknowledged_and_answered_once():
    shopper = make_shopper(creator=make_drop_sku().drop.creator)
    event = an_event()

    first = knock("POST", PATH, {"events": [event]}, shopper=shopper, origin=HOME).json()
    again = knock("POST", PATH, {"events": [event], "since": first["seq"]}, shopper=shopper).json()
    later = knock("GET", f"{PATH}?since={first['seq']}", shopper=shopper).json()

    assert (first["acks"], first["refused"]) == ([event["id"]], [])
    assert first["messages"][-1]["seq"] == first["seq"] > 0
    assert (again["acks"], again["messages"], again["seq"]) == ([event["id"]], [], first["seq"])
    assert (later["messages"], later["seq"]) == ([], first["seq"])
    assert ThreadEvent.objects.filter(event_id=event["id"]).count() == 1


def test_one_bad_event_does_not_stop_the_others():
    good, bad = an_event(), an_event(kind="dance")

    said = knock("POST", PATH, {"events": [bad, good]}, shopper=make_shopper()).json()

    assert said["acks"] == [good["id"]]
    assert said["refused"] == [{"id": bad["id"], "code": "invalid", "message": "This cannot be read."}]


def test_nobody_reads_somebody_elses_thread():
    lena = make_shopper()
    knock("POST", PATH, {"events": [an_event()]}, shopper=lena)

    said = knock("GET", PATH, shopper=make_shopper(creator=lena.creator)).json()

    assert said["messages"] == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"events": []}, (422, "invalid")),
        ({"events": [{}]}, (422, "event_without_id")),
        ({"events": [{"id": 7}]}, (422, "event_without_id")),
        ({"events": [7]}, (422, "invalid")),
        ({"events": [{"id": "x"}] * 21}, (422, "invalid")),
        ({"events": [{"id": "x"}], "since": -1}, (422, "invalid")),
        ({"events": [{"id": "x"}], "since": 10**30}, (422, "invalid")),
        ({}, (422, "invalid")),
    ],
)
def test_what_is_no_event_is_refused_by_name(body, expected):
    assert refusal(knock("POST", PATH, body, shopper=make_shopper())) == expected
    assert ThreadEvent.objects.count() == 0


def test_a_token_does_not_work_from_a_page_the_creator_does_not_list():
    answer = knock("POST", PATH, {"events": [an_event()]}, shopper=make_shopper(), origin=STRANGER)

    assert refusal(answer) == (403, "origin_refused")
    assert ThreadEvent.objects.count() == 0
