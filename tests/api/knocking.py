"""
Knocking at the API's public door as programs and pages do.
"""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from drops.audience.models import Shopper
from drops.audience.sessions import token_of

HOME = "https://kilnandtide.example"  # the origin that make_creator allows
STRANGER = "https://stranger.example"


def knock(
    method: str,
    path: str,
    body: Any = None,
    *,
    shopper: Shopper | None = None,
    token: str | None = None,
    origin: str = "",
    headers: dict[str, str] | None = None,
    raw: bytes | None = None,
    content_type: str = "application/json",
) -> HttpResponse:
    """Send a request below /api/v1/ and return the answer."""
    given = dict(headers or {})
    if shopper is not None:
        token = token_of(shopper=shopper)
    if token is not None:
        given["Authorization"] = f"Bearer {token}"
    if origin:
        given["Origin"] = origin
    data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
    # An exception must become an answer here, as it does outside.
    client = Client(raise_request_exception=False)
    return client.generic(method, f"/api/v1/{path}", data, content_type=content_type, headers=given)


def refusal(answer: HttpResponse) -> tuple[int, str]:
    """Return a refusal's status and code, after making sure that it has the one shape."""
    said = answer.json()
    assert sorted(said) == ["code", "facts", "message"], said
    assert said["message"]
    return answer.status_code, said["code"]
