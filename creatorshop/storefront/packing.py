"""
Packs pages: by brotli for browsers that open it, a tenth smaller than by Django's gzip, and by that for the others.

A tenth decides whether a product page fits into the ten packets with which a connection begins, or takes a round trip more.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import brotli
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.gzip import gzip_page

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponse]

QUALITY = 5  # 2 ms for a product page; 6 takes three times as long for a hundredth
LEAST = 200  # bytes; less is not worth it, as with Django's
_PADDING = 64  # hexadecimal digits at most


def packed_page(view: View[Rest]) -> View[Rest]:
    """
    Pack what a view answers, whichever way the browser opens.

    Safe with a form inside: Django masks its token anew for each answer, and a random number of bytes goes along, so that
    the length says nothing of what the page shares with its address (https://www.breachattack.com).
    """
    with_gzip = gzip_page(view)

    @wraps(view)
    def packed(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if "br" not in codings_opened(request):
            return with_gzip(request, *args, **kwargs)
        answer = view(request, *args, **kwargs)
        if len(answer.content) < LEAST or "Content-Encoding" in answer:
            return answer
        padding = f"<!--{secrets.token_hex(_PADDING // 2)[: secrets.randbelow(_PADDING)]}-->".encode()
        answer.content = brotli.compress(bytes(answer.content) + padding, mode=brotli.MODE_TEXT, quality=QUALITY)
        answer["Content-Encoding"] = "br"
        answer["Content-Length"] = str(len(answer.content))
        patch_vary_headers(answer, ["Accept-Encoding"])
        return answer

    return packed


def codings_opened(request: HttpRequest) -> set[str]:
    """Return by which packings a browser says it opens an answer."""
    said = [coding.replace(" ", "") for coding in request.headers.get("Accept-Encoding", "").split(",")]
    return {coding.partition(";")[0] for coding in said if not coding.endswith(";q=0")}
