"""
How every failure inside an endpoint becomes {code, message, facts}.
"""

import logging
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from creatorshop import outages
from creatorshop.api.answers import no
from creatorshop.api.links import check_link
from drops.errors import Refused, ShopError

logger = logging.getLogger(__name__)

# Seconds after which asking again makes sense, where the refusal does not say it itself.
BUSY_RETRY_AFTER = 1


class OriginRefused(Refused):
    """The page that asks is not one of those that the creator lets embed the shop."""

    status: ClassVar[int] = 403
    code = "origin_refused"


class BadRequest(ShopError):
    """The request cannot be read, whatever it meant."""

    status = 400
    code = "bad_request"


# One status more than the four families have: the token is not "not found", it is missing or worn out.
_STATUS_BY_CODE = {"session_invalid": 401}
_CODE_BY_STATUS = {400: "bad_request", 401: "session_invalid", 403: "refused", 404: "not_found", 405: "wrong_method"}


def register(api: NinjaAPI) -> None:
    """Teach an API to answer every exception in the house's shape."""
    api.add_exception_handler(ShopError, _shop_error)
    api.add_exception_handler(ValidationError, _invalid_input)
    api.add_exception_handler(AuthenticationError, _no_session)
    api.add_exception_handler(Throttled, _too_fast)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(RequestDataTooBig, _too_large)
    for away in outages.DATABASE_AWAY:
        api.add_exception_handler(away, _database_away)
    api.add_exception_handler(Exception, _unexpected)


def shop_error_answer(refusal: ShopError) -> HttpResponse:
    """Return a service's refusal as it goes over the wire."""
    status = _STATUS_BY_CODE.get(refusal.code, refusal.status)
    answer = no(
        status=status,
        code=refusal.code,
        message=refusal.message,
        facts=_facts_of(refusal),
        retry_after=_retry_after(refusal, status),
    )
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="shop"'
    return answer


def _facts_of(refusal: ShopError) -> dict[str, object]:
    """Return a refusal's facts, with the address of the page that a shopper is asked to visit."""
    if refusal.code == "step_up_required":
        return {**refusal.facts, "check_url": check_link(token=str(refusal.facts["check"]))}
    return refusal.facts


def _retry_after(refusal: ShopError, status: int) -> int | None:
    said = refusal.facts.get("retry_after")
    if isinstance(said, int | float):
        return max(1, round(said))
    if refusal.code in {"busy", "idempotency_in_flight"}:
        return BUSY_RETRY_AFTER
    return outages.RETRY_AFTER_S if status == 503 else None


def _shop_error(request: HttpRequest, exc: ShopError | type[ShopError]) -> HttpResponse:
    assert isinstance(exc, ShopError)
    if exc.status >= 500:
        logger.warning("Something the shop needs does not answer: %s", exc.code)
    return shop_error_answer(exc)


def _invalid_input(request: HttpRequest, exc: Any) -> HttpResponse:
    fields = [
        {"field": ".".join(str(step) for step in error["loc"][1:] if step != "payload"), "problem": error["msg"]}
        for error in exc.errors
    ]
    return no(
        status=422, code="invalid", message="Something in the request is not as it should be.", facts={"fields": fields}
    )


def _no_session(request: HttpRequest, exc: Any) -> HttpResponse:
    answer = no(status=401, code="session_invalid", message="A session token is needed: ask POST sessions for one.")
    answer["WWW-Authenticate"] = 'Bearer realm="shop"'
    return answer


def _too_fast(request: HttpRequest, exc: Any) -> HttpResponse:
    wait = max(1, round(exc.wait or 1))
    return no(
        status=429,
        code="too_many_requests",
        message=f"That was a little fast. Try again in {wait} s.",
        facts={"retry_after": wait},
        retry_after=wait,
    )


def _http_error(request: HttpRequest, exc: Any) -> HttpResponse:
    # Ninja's own sentence may quote the parser's complaint under DEBUG; ours is the same everywhere.
    message = "The body is not valid JSON." if exc.status_code == 400 else exc.message
    code = "malformed_json" if exc.status_code == 400 else _CODE_BY_STATUS.get(exc.status_code, "refused")
    return no(status=exc.status_code, code=code, message=message)


def _not_found(request: HttpRequest, exc: Any) -> HttpResponse:
    return no(status=404, code="not_found", message="There is nothing here under that name.")


def _too_large(request: HttpRequest, exc: Any) -> HttpResponse:
    return no(status=413, code="too_large", message="The body is larger than the shop reads.")


def database_away_answer(error: Exception) -> HttpResponse:
    """Return what is said while the database does not answer."""
    outages.note(error)
    return no(
        status=503,
        code="unreachable",
        # Not "nothing was changed": a connection that breaks during a commit leaves that open. The key settles it.
        message="The shop cannot be reached right now. Ask again in a moment, with the same Idempotency-Key.",
        facts={"retry_after": outages.RETRY_AFTER_S},
        retry_after=outages.RETRY_AFTER_S,
    )


def _database_away(request: HttpRequest, exc: Any) -> HttpResponse:
    return database_away_answer(exc)


def _unexpected(request: HttpRequest, exc: Any) -> HttpResponse:
    logger.exception("Unable to answer %s %s", request.method, request.path)
    return no(status=500, code="error", message="Something broke on our side. It has been written down.")
