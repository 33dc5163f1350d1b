"""
Which pages may be shown inside somebody else's, and which files they may load.
"""

from __future__ import annotations

from typing import TypeVar

from django.http.response import HttpResponseBase

from drops.audience.origins import normalise_origin
from drops.catalog.models import Creator

Answer = TypeVar("Answer", bound=HttpResponseBase)


def allow_frames(response: Answer, creator: Creator) -> Answer:
    """
    Let a creator's own pages show this one in a frame, and nobody else's.

    Django's X-Frame-Options knows no list, so it is left out where frame-ancestors says it better.
    """
    origins = [origin for origin in map(normalise_origin, creator.allowed_origins) if origin]
    response._csp_replace = {"frame-ancestors": ["'self'", *origins]}  # type: ignore[attr-defined]
    response.xframe_options_exempt = True  # type: ignore[attr-defined]
    return response


def lend(response: Answer) -> Answer:
    """Let any page load this file: one under Cross-Origin-Embedder-Policy loads only what says that it may be loaded."""
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def keep_private(response: Answer) -> Answer:
    """Keep a page whose address is a capability out of caches, search engines and referrers."""
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    return response
