"""
The public API: one router per resource, one way to say no.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from ninja import NinjaAPI, Swagger

from creatorshop.api import (
    delivery,
    drops,
    errors,
    holds,
    orders,
    payments,
    quotes,
    sessions,
    stock,
    thread,
    waitlist,
    webhooks,
)
from creatorshop.api.answers import no

DESCRIPTION = """
What the chat widget, the shop's pages and anybody else's program use to see a drop, hold a unit and pay for it.

* Every refusal is `{code, message, facts}`: `code` for programs, `message` for people, `facts` with the numbers.
* `POST sessions` gives a token; send it as `Authorization: Bearer …`. A shopper sees only their own.
* A web page may call from an origin that the creator lists. Programs without an origin may call from anywhere.
* Money is in minor units. Times are ISO 8601 in UTC; the shop's clock decides, so each answer carries `server_time`.
* 429 and 503 carry `Retry-After`.
"""


def _docs_policy(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the documentation page set styles from its script, which Swagger UI cannot do without."""

    @wraps(view, assigned=())
    def with_policy(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        answer._csp_update = {"style-src": ["'unsafe-inline'"]}  # type: ignore[attr-defined]
        return answer

    return with_policy


api = NinjaAPI(
    title="Creatorshop",
    version="1",
    description=DESCRIPTION.strip(),
    urls_namespace="api",
    docs=Swagger(settings={"persistAuthorization": False, "tryItOutEnabled": False}),
    docs_decorator=_docs_policy,
)
errors.register(api)

api.add_router("sessions", sessions.router)
api.add_router("drops", drops.router)
api.add_router("drops", stock.router)
api.add_router("drops", delivery.router)
api.add_router("quotes", quotes.router)
api.add_router("holds", holds.router)
api.add_router("holds", payments.router)
api.add_router("waitlist", waitlist.router)
api.add_router("orders", orders.router)
api.add_router("thread", thread.router)
api.add_router("webhooks", webhooks.router)


def _nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer for every address of the API that does not exist, in the API's words."""
    return no(status=404, code="not_found", message="There is nothing here under that name.")


_nothing_here.csrf_exempt = True  # type: ignore[attr-defined]

# Ninja's own root answers in HTML, so ours comes before it.
nothing_at_the_root: URLPattern = path("", _nothing_here)
api_root = path("", api.urls)
nothing_here: URLPattern = path("<path:rest>", _nothing_here)
