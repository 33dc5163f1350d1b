"""
Which web page may read the API's answers: only one whose origin the creator lists (interface.md).

A request with a token or a drop belongs to a creator, and that creator's list decides. A preflight and a refusal have
no creator yet; there it is enough that anybody lists the origin, since they carry nothing of anybody's.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from creatorshop.api.errors import OriginRefused
from drops.audience.origins import is_origin_allowed
from drops.catalog.models import Creator

PREFLIGHT_KEPT_S = 7200
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
        raise OriginRefused("This page may not use this shop.", origin=origin)
    request.admitted_origin = origin  # type: ignore[attr-defined]


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
    except (DatabaseError, ValueError):
        # Without a database nobody can vouch for the origin; ValueError is PostgreSQL refusing a NUL in the header.
        return False
