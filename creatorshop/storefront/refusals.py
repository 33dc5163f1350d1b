"""
How a page says no.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from drops.errors import NotFound

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponse]


def found_or_404(view: View[Rest]) -> View[Rest]:
    """Answer "there is no such thing" with the shop's own page, also where Django would show a developer's."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as refusal:
            return render(request, "errors/404.html", {"sentence": refusal.message}, status=404)

    return answer


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
    return render(None, "errors/500.html", status=500)
