"""
What has to be said before and after an endpoint: sizes, content types, origins, and answers that are not ours.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from creatorshop.api import cors
from creatorshop.api.answers import no

PREFIX = "/api/v1/"
# Far more than any honest request needs: the longest is a page of chat events.
BODY_LIMIT = 64 * 1024
_WITH_BODY = {"POST", "PUT", "PATCH"}

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def api_rim(get_response: GetResponse) -> GetResponse:
    """Return middleware that keeps the API's promises around its endpoints; other paths pass untouched."""

    def rim(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            answer: HttpResponseBase = cors.preflight_answer(request=request)
        else:
            answer = _objection(request) or _in_our_words(get_response(request))
        cors.mark(request=request, answer=answer)
        return answer

    return rim


def _objection(request: HttpRequest) -> HttpResponseBase | None:
    """Return why a request is not even looked at, or None."""
    if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        # PostgreSQL stores no NUL, so nothing can have such a name.
        return no(status=400, code="bad_request", message="The address contains a NUL character.")
    if request.method not in _WITH_BODY:
        return None
    length = _content_length(request)
    if length > min(BODY_LIMIT, settings.DATA_UPLOAD_MAX_MEMORY_SIZE or BODY_LIMIT):
        return no(
            status=413, code="too_large", message="The body is larger than the shop reads.", facts={"limit": BODY_LIMIT}
        )
    # A webhook's body belongs to its provider: whatever type it claims, its signature decides.
    if length and request.content_type != "application/json" and not _is_webhook(request):
        return no(
            status=415,
            code="unsupported_media_type",
            message="Send application/json.",
            facts={"content_type": request.content_type or ""},
        )
    return None


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _is_webhook(request: HttpRequest) -> bool:
    return request.path_info.startswith(f"{PREFIX}webhooks/")


def _in_our_words(answer: HttpResponseBase) -> HttpResponseBase:
    """Return a refusal that Django or ninja worded themselves in the API's shape."""
    if answer.status_code == 405 and "json" not in answer.get("Content-Type", ""):
        allowed = answer.get("Allow", "")
        said = no(status=405, code="wrong_method", message="This address does not do that.", facts={"allowed": allowed})
        said["Allow"] = allowed
        return said
    return answer
