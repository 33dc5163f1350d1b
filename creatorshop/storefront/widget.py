from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from creatorshop.storefront.bundle import Bundle, first_bundle, later_bundle
from creatorshop.storefront.framing import allow_frames, lend
from creatorshop.storefront.packing import codings_opened
from creatorshop.storefront.refusals import found_or_404
from drops.catalog.queries import creator_of_embed_key

FRESH_S = 300
STALE_S = 24 * 3600
SCRIPT = "text/javascript; charset=utf-8"


@require_safe
def widget_script(request: HttpRequest) -> HttpResponse:
    """Hand out the widget to any page; which pages it may talk from is asked when it talks."""
    return _script(request, first_bundle())


@require_safe
def widget_more(request: HttpRequest) -> HttpResponse:
    """Hand out what an open panel fetches; its address carries its version."""
    return _script(request, later_bundle())


@require_safe
@found_or_404
def widget_page(request: HttpRequest, key: str) -> HttpResponse:
    """Show the widget alone on a page of our own: a link to share, a web view, or a frame for hosts that insist on one."""
    creator = creator_of_embed_key(key)
    answer = render(request, "widget/page.html", {"creator": creator, "key": key, "shop_url": settings.SHOP_URL})
    answer["X-Robots-Tag"] = "noindex"
    return allow_frames(answer, creator)


def _script(request: HttpRequest, made: Bundle) -> HttpResponse:
    if made.etag in {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}:
        answer = HttpResponse(status=304)
    else:
        answer = _packed(codings_opened(request), made)
    # Weak: the packed and the plain file have the same words, not the same bytes.
    answer["ETag"] = f"W/{made.etag}"
    answer["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(answer, ["Accept-Encoding"])
    patch_cache_control(answer, public=True, max_age=FRESH_S, stale_while_revalidate=STALE_S)
    return lend(answer)


def _packed(codings: set[str], made: Bundle) -> HttpResponse:
    """Return the script in the smallest packing that the browser opens; both are made once."""
    for coding, data in (("br", made.brotli), ("gzip", made.gzipped)):
        if coding in codings:
            return HttpResponse(data, content_type=SCRIPT, headers={"Content-Encoding": coding})
    return HttpResponse(made.script, content_type=SCRIPT)
