"""
How a page says no.
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from creatorshop import outages
from creatorshop.storefront.framing import keep_private
from drops.errors import NotFound

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponse]
Page = Callable[[HttpRequest], HttpResponse]
# A form asks for what no page offers any more.
PAGE_TOO_OLD = "This page is too old. Please load it again."


class DatabaseAwayMiddleware:
    """Says "in a moment" for whatever page could not ask the database, at a desk too, where Django would show its trace."""

    def __init__(self, get_response: Page) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view; `broken` does for the other middleware, whose exceptions Django hands to nobody else."""
        return away(request, exception) if isinstance(exception, outages.DATABASE_AWAY) else None


def found_or_404(view: View[Rest]) -> View[Rest]:
    """Answer "there is no such thing" with the shop's own page, also where Django would show a developer's."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as refusal:
            return render(request, "errors/404.html", {"sentence": refusal.message, "refusal": refusal}, status=404)

    return answer


def too_often(request: HttpRequest, *, wait_s: int, sentence: str) -> HttpResponse:
    """Say that a door was knocked at often enough, and when it opens again."""
    page = keep_private(render(request, "storefront/later.html", {"sentence": sentence}, status=429))
    page["Retry-After"] = str(wait_s)
    return page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/403.html", {"is_stale_form": True}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Say sorry without asking the database or a template that asks it."""
    error = sys.exc_info()[1]
    if isinstance(error, outages.DATABASE_AWAY):
        return away(request, error)
    return render(None, "errors/500.html", status=500)


def away(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say that the shop is back in a moment, and when to look again; this asks no database either."""
    outages.note(error)
    page = render(None, "errors/503.html", {"again": request.get_full_path()}, status=503)
    page["Retry-After"] = str(outages.RETRY_AFTER_S)
    page["Cache-Control"] = "no-store"
    return page
