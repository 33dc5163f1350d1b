"""The neutral schema: what it lets through, and what it refuses."""

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from creatorshop.chat.inbound import event_schema, read_event
from creatorshop.chat.messages import message_schema, read_message, to_wire

MONEY = {"amount_minor": 3920, "currency": "EUR", "text": "€39.20"}
CARD = {"title": "Ring mug"}
OPTION = {"label": "Sage", "token": "t"}


def make_message(kind: str, body: dict, **given: object) -> dict:
    defaults = {"id": "m_1", "seq": 1, "type": kind, "at": "2026-11-27T13:00:00+01:00", "fallback_text": "Words"}
    return {**defaults, "body": body, **given}


def test_a_message_leaves_with_every_field_and_its_instants_in_utc():
    wire = to_wire(read_message(make_message("text", {"text": "Hello"})))

    assert wire == {
        "id": "m_1",
        "seq": 1,
        "revision": 1,
        "type": "text",
        "from": "bot",
        "by": "",
        "at": "2026-11-27T12:00:00Z",
        "locale": "en",
        "fallback_text": "Words",
        "expires_at": None,
        "body": {"text": "Hello"},
    }


def test_what_leaves_is_valid_against_the_published_schema():
    wire = to_wire(
        read_message(
            make_message(
                "card",
                CARD
                | {
                    "price": MONEY,
                    "image": {"url": "https://shop.example/a.jpg", "w": 4, "h": 5},
                    "choices": {"style": "chips", "options": [OPTION]},
                },
            )
        )
    )

    jsonschema.validate(wire, message_schema(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text", {"text": ""}),
        ("text", {"text": "Hello", "markup": "bold"}),
        ("card", {"title": "x" * 81}),
        ("card", {"title": "x", "subtitle": "x" * 81}),
        ("card", {"title": "x", "body": "x" * 161}),
        ("card", {"title": "x", "actions": [{"kind": "callback", "label": "Go", "token": "t"}] * 4}),
        ("card", {"title": "x", "actions": [{"kind": "callback", "label": "x" * 21, "token": "t"}]}),
        ("card", {"title": "x", "actions": [{"kind": "callback", "label": "Go"}]}),
        ("card", {"title": "x", "actions": [{"kind": "pay", "label": "Pay", "token": "t"}]}),
        ("card", {"title": "x", "actions": [{"kind": "url", "label": "Go", "url": "javascript:alert(1)"}]}),
        ("carousel", {"cards": [CARD]}),
        ("carousel", {"cards": [CARD] * 11}),
        ("choices", {"options": []}),
        ("choices", {"options": [OPTION] * 11}),
        ("choices", {"options": [OPTION | {"desc": "x" * 73}]}),
        ("choices", {"options": [OPTION | {"token": "é" * 33}]}),
        ("notice", {"code": "Sold Out", "text": "Sage is sold out."}),
        ("poem", {"text": "Roses"}),
    ],
)
def test_a_message_that_no_channel_could_show_is_refused(kind, body):
    with pytest.raises(ValidationError):
        read_message(make_message(kind, body))


def test_a_message_without_words_for_those_who_see_no_cards_is_refused():
    with pytest.raises(ValidationError):
        read_message(make_message("card", CARD, fallback_text=""))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"kind": "opened"},
        {"id": "not-a-uuid", "kind": "opened"},
        {"id": "7d3c0a6e-7d6f-4a8f-9a64-3d1f8a3c2b11", "kind": "shout"},
        {"id": "7d3c0a6e-7d6f-4a8f-9a64-3d1f8a3c2b11", "kind": "action", "token": "x" * 65},
        {"id": "7d3c0a6e-7d6f-4a8f-9a64-3d1f8a3c2b11", "kind": "text", "text": "x" * 2001},
        {"id": "7d3c0a6e-7d6f-4a8f-9a64-3d1f8a3c2b11", "kind": "form", "token": "t", "values": {"country": 7}},
    ],
)
def test_a_malformed_event_is_refused(data):
    with pytest.raises(ValidationError):
        read_event(data)


def test_an_event_of_a_newer_client_is_read_as_far_as_it_is_known():
    event = {"id": "7d3c0a6e-7d6f-4a8f-9a64-3d1f8a3c2b11", "kind": "opened", "context": {"drop": "b7", "mood": "calm"}}

    assert read_event(event).model_dump(mode="json", exclude_defaults=True) == {
        "id": "7d3c0a6e-7d6f-4a8f-9a64-3d1f8a3c2b11",
        "kind": "opened",
        "context": {"drop": "b7"},
    }
    jsonschema.validate(event, event_schema(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("name", "schema"), [("chat-message", message_schema), ("chat-event", event_schema)])
def test_the_published_schema_is_the_one_that_is_enforced(name, schema):
    """`python -m creatorshop.chat.schemas` writes it anew; a change in it is a change for every client."""
    published = Path(__file__).resolve().parents[2] / "docs" / "schema" / f"{name}.json"

    assert json.loads(published.read_text()) == schema()
