"""Photos that lie on our own disk: whoever asks for what cannot be there is told so, and nobody is woken for it."""

from __future__ import annotations

import logging

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("path", "status"),
    [("../x", 400), ("a/../../x", 400), ("..%2Fx", 400), ("x" * 300, 404), ("nobody.jpg", 404), ("%00", 404)],
)
def test_an_address_that_leads_nowhere_is_refused_and_logs_no_error(
    client: Client, caplog: pytest.LogCaptureFixture, path: str, status: int
) -> None:
    with caplog.at_level(logging.INFO):
        answer = client.get(f"/media/{path}")

    assert answer.status_code == status
    assert [record.levelname for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert [record for record in caplog.records if record.exc_info] == []


def test_a_photo_that_is_there_is_handed_to_any_page(client: Client, settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "mug.jpg").write_bytes(b"a mug")

    answer = client.get("/media/mug.jpg")

    assert b"".join(answer) == b"a mug"  # type: ignore[arg-type]
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
