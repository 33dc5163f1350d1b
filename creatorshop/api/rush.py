"""
The door of a rush: POST /api/v1/holds without Django's middleware around it.

Django and ninja cost a request three times what the rest of a hold costs, and at an opening everybody comes through this one
door. So it takes in what is in order (a signed token, JSON with a quote and its hash, a key, an origin that is listed) and
answers as the endpoint in holds.py does. Whatever is not in order goes on to that endpoint, which says what is wrong:
nothing is refused here but by the shop itself. tests/api/test_rush.py holds both doors to the same answers.
"""

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host
from pydantic import ValidationError

from creatorshop import outages
from creatorshop.api import cors, holds
from creatorshop.api.errors import BadRequest, database_away_answer, shop_error_answer
from creatorshop.api.middleware import BODY_LIMIT, PREFIX
from drops.audience.sessions import Bearer, SessionInvalid, bearer_of_token
from drops.errors import ShopError

PATH = f"{PREFIX}holds"

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


@dataclass(frozen=True)
class Asked:
    """A request to hold that is in order."""

    bearer: Bearer
    origin: str
    payload: holds.HoldIn
    key: str


def rush_door(django: Application) -> Application:
    """Return an application that answers holds at once, and has Django answer everything else."""

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
            return django(environ, start_response)
        close_old_connections()  # as Django does around each request
        try:
            asked = _read(environ)
            if asked is None:
                return django(environ, start_response)
            answer = _answer(asked)
        finally:
            close_old_connections()
        start_response(f"{answer.status_code} {answer.reason_phrase}", _headers(answer, asked.origin))
        return [answer.content]

    return application


def _read(environ: Environ) -> Asked | None:
    """Return what is asked for, or None if anything about it is unusual."""
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or environ.get("CONTENT_TYPE") != "application/json" or not _is_at_home(environ):
        return None
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or int(length) > BODY_LIMIT:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)  # for whoever reads it again
    origin = environ.get("HTTP_ORIGIN", "")
    try:
        bearer = bearer_of_token(token)
        payload = holds.HoldIn.model_validate(json.loads(body))
        key = holds.checked_key(environ.get("HTTP_IDEMPOTENCY_KEY", ""))
        is_listed = cors.is_listed(origin=origin, creator_id=bearer.creator_id)
    except (SessionInvalid, BadRequest, ValidationError, ValueError, RecursionError, Error):
        return None
    if not is_listed or not holds.door.lets_pass(f"shopper {bearer.shopper_ref}"):
        return None
    return Asked(bearer=bearer, origin=origin, payload=payload, key=key)


def _is_at_home(environ: Environ) -> bool:
    """Tell whether the request came to a name of ours, and safely if it has to."""
    if settings.SECURE_SSL_REDIRECT and environ["wsgi.url_scheme"] != "https" and not _came_by_https(environ):
        return False
    host, _ = split_domain_port(environ.get("HTTP_HOST", ""))
    return bool(host) and validate_host(host, settings.ALLOWED_HOSTS)


def _came_by_https(environ: Environ) -> bool:
    if settings.SECURE_PROXY_SSL_HEADER is None:
        return False
    name, value = settings.SECURE_PROXY_SSL_HEADER
    return bool(environ.get(name, "").split(",")[0].strip() == value)


def _answer(asked: Asked) -> HttpResponse:
    try:
        return holds.placed_answer(
            shopper_ref=asked.bearer.shopper_ref, quote=asked.payload.quote, hash_seen=asked.payload.hash, key=asked.key
        )
    except ShopError as refusal:
        return shop_error_answer(refusal)
    except outages.DATABASE_AWAY as error:
        return database_away_answer(error)


def _headers(answer: HttpResponse, origin: str) -> list[tuple[str, str]]:
    """Return the headers that an answer has after Django's middleware, for one that nobody renders or frames."""
    headers = dict(answer.items()) | {
        "Content-Length": str(len(answer.content)),
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Vary": "Origin",
        "X-Content-Type-Options": "nosniff",
    }
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    if origin:
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": cors.EXPOSED}
    return list(headers.items())
