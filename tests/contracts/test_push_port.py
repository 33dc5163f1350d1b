"""
What the shop relies on from whoever sends to browsers. The one that settings wire talks to a push service on this machine.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from py_vapid import Vapid02

from creatorshop.adapters.webpush import keys as own
from creatorshop.adapters.webpush.sender import WebPush
from creatorshop.nudges.checks import check_push_key
from drops.reminders.push import Carried, PushSender
from tests.doubles import PushInMemory
from tests.drops.reminders.makers import ENDPOINT, KEYS

MESSAGE = json.dumps({"web_push": 8030, "notification": {"title": "Batch 07 öffnet"}}, ensure_ascii=False).encode()


def in_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Browser:
    """A browser that subscribed: it can read what was encrypted for it."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"0123456789abcdef"
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.keys = {"p256dh": in_text(point), "auth": in_text(self.secret)}

    def read(self, body: bytes) -> bytes:
        return http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret, version="aes128gcm")


class Service(BaseHTTPRequestHandler):
    status: ClassVar[int] = 201
    got: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.status)
        if self.status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class LoopbackPush(WebPush):
    """The real sender, allowed to call this machine."""

    def may_call(self, endpoint: str) -> bool:
        return endpoint.startswith("http://127.0.0.1:")


@pytest.fixture
def service() -> Iterator[str]:
    Service.status, Service.got = 201, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/send/abc"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def private(settings) -> str:
    settings.PUSH_PRIVATE_KEY = own.new_private_key()
    return settings.PUSH_PRIVATE_KEY


@pytest.fixture(params=["web", "memory"])
def wired(request, service, private) -> Iterator[tuple[PushSender, str]]:
    PushInMemory.reset()
    yield (LoopbackPush(), service) if request.param == "web" else (PushInMemory(), ENDPOINT)
    PushInMemory.reset()


def answer_with(sender: PushSender, endpoint: str, carried: Carried, status: int) -> None:
    Service.status = status
    PushInMemory.answers[endpoint] = carried


@pytest.mark.parametrize(
    ("carried", "status"),
    [
        (Carried.TAKEN, 201),
        (Carried.GONE, 410),
        (Carried.GONE, 404),
        (Carried.LATER, 429),
        (Carried.LATER, 503),
        (Carried.REFUSED, 400),
        (Carried.REFUSED, 413),
    ],
)
def test_every_answer_of_a_service_is_one_of_five(wired, carried, status):
    sender, endpoint = wired
    answer_with(sender, endpoint, carried, status)

    assert sender.send(endpoint=endpoint, keys=Browser().keys, payload=MESSAGE, lasts_s=60, topic="drop-1") == carried


def test_its_key_is_a_point_that_a_browser_can_subscribe_with(wired):
    sender, _ = wired
    key = sender.public_key()

    point = base64.urlsafe_b64decode(key + "=")
    assert (len(point), point[0]) == (65, 4)


def test_only_the_browser_can_read_a_message_and_the_service_knows_who_sent_it(service, private):
    browser, sender = Browser(), LoopbackPush()

    sender.send(endpoint=service, keys=browser.keys, payload=MESSAGE, lasts_s=1800, topic="drop-7")

    [(path, headers, body)] = Service.got
    assert path == "/send/abc"
    assert "Batch" not in body.decode("latin-1")
    assert browser.read(body) == MESSAGE
    assert (headers["content-encoding"], headers["ttl"], headers["topic"]) == ("aes128gcm", "1800", "drop-7")
    assert headers["urgency"] == "high"
    assert Vapid02.verify(auth=headers["authorization"])
    assert headers["authorization"].endswith(f"k={sender.public_key()}")
    claims = json.loads(base64.urlsafe_b64decode(headers["authorization"].split(".")[1] + "=="))
    assert claims["aud"] == service.removesuffix("/send/abc")
    assert claims["sub"] == "mailto:shop@localhost"


def test_a_redirect_is_followed_nowhere(service, private):
    Service.status = 302

    assert (
        LoopbackPush().send(endpoint=service, keys=Browser().keys, payload=MESSAGE, lasts_s=60, topic="drop-1")
        == Carried.REFUSED
    )
    assert [path for path, _, _ in Service.got] == ["/send/abc"]


def test_a_service_that_is_away_is_asked_again_later(private):
    nobody = "http://127.0.0.1:9/send/abc"

    assert (
        LoopbackPush().send(endpoint=nobody, keys=Browser().keys, payload=MESSAGE, lasts_s=60, topic="drop-1")
        == Carried.LATER
    )


def test_an_address_that_went_off_the_list_is_not_called(service, private):
    assert WebPush().send(endpoint=service, keys=KEYS, payload=MESSAGE, lasts_s=60, topic="drop-1") == Carried.REFUSED
    assert Service.got == []


def test_keys_that_are_no_point_of_the_curve_are_a_browser_that_is_gone(service, private):
    keys = KEYS | {"p256dh": in_text(b"\x04" + b"\x01" * 64)}

    assert LoopbackPush().send(endpoint=service, keys=keys, payload=MESSAGE, lasts_s=60, topic="drop-1") == Carried.GONE
    assert Service.got == []


def test_a_desk_makes_a_key_once_and_keeps_it_to_itself(settings, tmp_path):
    settings.PUSH_PRIVATE_KEY, settings.PUSH_KEY_FILE = "", tmp_path / "new" / "push.key"

    first, second = own.private_key(), own.private_key()

    assert first == second == settings.PUSH_KEY_FILE.read_text()
    assert settings.PUSH_KEY_FILE.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in settings.PUSH_KEY_FILE.parent.iterdir()] == ["push.key"]


def test_elsewhere_there_is_no_push_without_a_key(settings):
    settings.PUSH_PRIVATE_KEY, settings.PUSH_KEY_FILE = "", None

    assert WebPush().public_key() == ""
    assert WebPush().send(endpoint=ENDPOINT, keys=KEYS, payload=MESSAGE, lasts_s=60, topic="x") == Carried.REFUSED


@pytest.mark.parametrize("text", ["short", "é" * 43, "A" * 44])
def test_a_key_that_is_none_is_refused_without_being_repeated(settings, text):
    settings.PUSH_PRIVATE_KEY = text

    with pytest.raises(ImproperlyConfigured) as refusal:
        WebPush().public_key()
    assert text not in str(refusal.value)


def test_a_command_prints_a_key_that_works(settings, capsys):
    call_command("make_push_key")

    settings.PUSH_PRIVATE_KEY = capsys.readouterr().out.strip()
    assert len(WebPush().public_key()) == 87


def test_a_key_that_is_none_is_seen_at_the_start(settings):
    settings.PUSH_SENDERS = ["creatorshop.adapters.webpush.sender.WebPush"]
    settings.PUSH_PRIVATE_KEY = "write it here"
    assert [error.id for error in check_push_key(None)] == ["nudges.E001"]

    settings.PUSH_PRIVATE_KEY = own.new_private_key()
    assert check_push_key(None) == []
