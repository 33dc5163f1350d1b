from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from creatorshop.storefront.bundle import bundle
from drops.audience.origins import normalise_origin
from drops.catalog.queries import creator_of_embed_key

FRESH_S = 300
STALE_S = 24 * 3600


@require_safe
def widget_script(request: HttpRequest) -> HttpResponse:
    """Hand out the widget to any page; which pages it may talk from is asked when it talks."""
    made = bundle()
    if made.etag in {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}:
        answer = HttpResponse(status=304)
    else:
        answer = HttpResponse(made.script, content_type="text/javascript; charset=utf-8")
    answer["ETag"] = made.etag
    answer["Access-Control-Allow-Origin"] = "*"
    # Pages under Cross-Origin-Embedder-Policy load only what says that it may be loaded.
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(answer, public=True, max_age=FRESH_S, stale_while_revalidate=STALE_S)
    return answer


@require_safe
def widget_page(request: HttpRequest, key: str) -> HttpResponse:
    """
    Show the widget alone on a page of our own: a link to share, a web view, or a frame for hosts that insist on one.

    :raises NoSuchCreator: if no creator has this key.
    """
    creator = creator_of_embed_key(key)
    origins = [origin for origin in map(normalise_origin, creator.allowed_origins) if origin]
    answer = render(request, "widget/page.html", {"creator": creator, "key": key, "shop_url": settings.SHOP_URL})
    # X-Frame-Options knows no list, so it is left out where frame-ancestors says it better.
    answer._csp_replace = {"frame-ancestors": ["'self'", *origins]}  # type: ignore[attr-defined]
    answer.xframe_options_exempt = True  # type: ignore[attr-defined]
    answer["X-Robots-Tag"] = "noindex"
    return answer
