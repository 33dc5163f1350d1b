"""
Which web page may read the API's answers: only one whose origin the creator lists (interface.md).

A request with a token or a drop belongs to a creator, and that creator's list decides. A preflight and a refusal have
no creator yet; there it is enough that anybody lists the origin, since they carry nothing of anybody's.
"""

import time
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from creatorshop.api.errors import OriginRefused
from drops.audience.origins import is_origin_allowed
from drops.catalog.models import Creator

PREFLIGHT_KEPT_S = 7200
LIST_KEPT_S = 5.0  # for which a page that was just taken off the list may still hold
_lists: dict[int, tuple[Creator, float]] = {}
METHODS = "GET, POST, DELETE"
HEADERS = "authorization, content-type, idempotency-key, if-none-match"
EXPOSED = "etag, retry-after, idempotent-replayed"


def own_origin() -> str:
    """Return the shop's own origin, as browsers write it."""
    address = urlsplit(settings.SHOP_URL)
    return f"{address.scheme}://{address.netloc}"


def admit(*, request: HttpRequest, creator: Creator) -> None:
    """
    Remember whose request this is, and let the page that made it read the answer.

    :raises OriginRefused: if a page asks that the creator does not list.
    """
    origin = request.headers.get("Origin", "")
    if origin and not is_origin_allowed(creator=creator, origin=origin, own=own_origin()):
        request.admitted_origin = ""  # type: ignore[attr-defined]
        raise _refused(origin)
    request.admitted_origin = origin  # type: ignore[attr-defined]


def admit_from(*, request: HttpRequest, creator_id: int) -> None:
    """
    Do the same for a creator known by number only.

    :raises OriginRefused: if a page asks that the creator does not list.
    """
    origin = request.headers.get("Origin", "")
    if not is_listed(origin=origin, creator_id=creator_id):
        request.admitted_origin = ""  # type: ignore[attr-defined]
        raise _refused(origin)
    request.admitted_origin = origin  # type: ignore[attr-defined]


def is_listed(*, origin: str, creator_id: int) -> bool:
    """Tell whether a creator lists an origin; their list is looked up at most every few seconds. No origin is no page."""
    if not origin or origin == own_origin():
        return True
    now = time.monotonic()
    creator, known_until = _lists.get(creator_id, (None, 0.0))
    if creator is None or now >= known_until:
        creator = Creator.objects.only("allowed_origins").filter(pk=creator_id).first() or Creator()
        _lists[creator_id] = (creator, now + LIST_KEPT_S)
    return is_origin_allowed(creator=creator, origin=origin, own=own_origin())


def preflight_answer(*, request: HttpRequest) -> HttpResponse:
    """Return the answer to a browser's question whether it may ask."""
    answer = HttpResponse(status=204)
    if _is_listed_by_anybody(request.headers.get("Origin", "")):
        answer["Access-Control-Allow-Methods"] = METHODS
        answer["Access-Control-Allow-Headers"] = HEADERS
        answer["Access-Control-Max-Age"] = str(PREFLIGHT_KEPT_S)
    return answer


def mark(*, request: HttpRequest, answer: HttpResponseBase) -> None:
    """Write on an answer which origin may read it."""
    patch_vary_headers(answer, ["Origin"])
    origin = request.headers.get("Origin", "")
    if not origin:
        return
    admitted = getattr(request, "admitted_origin", None)
    # The refusal of an origin is the one refusal that the refused page cannot read: it learns nothing but "no".
    if admitted == origin or (admitted is None and _is_listed_by_anybody(origin)):
        answer["Access-Control-Allow-Origin"] = origin
        answer["Access-Control-Expose-Headers"] = EXPOSED


def _is_listed_by_anybody(origin: str) -> bool:
    if origin == own_origin():
        return True
    try:
        return Creator.objects.filter(allowed_origins__contains=[origin]).exists()
    except (Error, ValueError):
        # Without a database nobody can vouch for the origin; ValueError is PostgreSQL refusing a NUL in the header.
        return False


def _refused(origin: str) -> OriginRefused:
    return OriginRefused("This page may not use this shop.", origin=origin)
