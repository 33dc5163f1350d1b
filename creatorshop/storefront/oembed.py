"""
oEmbed (https://oembed.com): what a program may ask about the address of one of our pages. Chats that know it prefer it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from creatorshop.storefront.previews import HOME_TITLE, title_of
from creatorshop.storefront.references import absolute
from creatorshop.storefront.refusals import found_or_404
from drops.catalog.models import Creator, Photo
from drops.catalog.queries import capsule_of_slug, cover_of, creator_of_slug, product_of_handle, story_of

FRESH_S = 300
LARGEST = 640  # pixels in width, unless somebody asks for less


@dataclass(frozen=True)
class Meant:
    """What an address is about: its title, who sells there, and the photo that shows it best."""

    title: str
    creator: Creator | None = None
    cover: Photo | None = None


@require_safe
@found_or_404
def oembed(request: HttpRequest) -> HttpResponse:
    """Describe one of the pages that show something; any other address is not found. JSON is the only format."""
    if request.GET.get("format", "json") != "json":
        return HttpResponse(status=501)
    meant = _meant(request.GET.get("url", ""))
    found: dict[str, Any] = {
        "version": "1.0",
        "type": "link",
        "title": meant.title,
        "provider_name": "Creatorshop",
        "provider_url": settings.SHOP_URL,
        "cache_age": FRESH_S,
    }
    if meant.creator is not None:
        author_url = absolute(reverse("shop", args=[meant.creator.slug]))
        found |= {"author_name": meant.creator.name, "author_url": author_url}
    if meant.cover is not None:
        found |= _thumbnail(meant.cover, _most(request, "maxwidth"), _most(request, "maxheight"))
    answer = JsonResponse(found)
    answer["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(answer, public=True, max_age=FRESH_S)
    return answer


def _meant(address: str) -> Meant:
    """
    Return what an address is about.

    :raises Http404: if it is none of ours that may be shown.
    :raises NotFound: if it is of a page that we could have, but have not.
    """
    try:
        asked, own = urlsplit(address), urlsplit(settings.SHOP_URL)
        match = resolve(asked.path)
    except (Resolver404, ValueError):
        raise Http404 from None
    if (asked.scheme, asked.netloc) != (own.scheme, own.netloc):
        raise Http404
    if match.url_name == "home":
        return Meant(HOME_TITLE)
    if match.url_name not in ("shop", "story", "capsule", "product"):
        raise Http404
    creator = creator_of_slug(match.kwargs["creator"])
    if match.url_name == "shop":
        return Meant(creator.name, creator)
    if match.url_name == "story":
        return Meant(title_of(story_of(creator=creator).title, creator.name), creator)
    if match.url_name == "capsule":
        capsule = capsule_of_slug(creator=creator, slug=match.kwargs["capsule"])
        covers = (cover_of(product) for product in capsule.products.all())
        return Meant(title_of(capsule.title, creator.name), creator, next(filter(None, covers), None))
    product = product_of_handle(creator=creator, handle=match.kwargs["handle"])
    return Meant(title_of(product.title, creator.name), creator, cover_of(product))


def _most(request: HttpRequest, name: str) -> int | None:
    """Return a number of pixels that whoever asks has room for; nonsense is no limit."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else None


def _thumbnail(photo: Photo, most_wide: int | None, most_high: int | None) -> dict[str, Any]:
    """Return the largest rendition that there is room for; without one, no picture is told (oEmbed, 2.3.4)."""
    for width in sorted(photo.rendition_widths, reverse=True):
        height = round(photo.height * width / photo.width)
        if width <= (LARGEST if most_wide is None else most_wide) and (most_high is None or height <= most_high):
            url = absolute(photo.rendition_url(width, "jpg"))
            return {"thumbnail_url": url, "thumbnail_width": width, "thumbnail_height": height}
    return {}
