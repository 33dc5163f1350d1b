"""
oEmbed (https://oembed.com): what a program may ask about the address of one of our pages. Chats that know it prefer it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from creatorshop.storefront.pictures import picture_of
from creatorshop.storefront.previews import Image, absolute, image_of
from creatorshop.storefront.refusals import found_or_404
from drops.catalog.models import Creator, Product
from drops.catalog.queries import capsule_of_slug, cover_of, creator_of_slug, product_of_handle

FRESH_S = 300


@require_safe
@found_or_404
def oembed(request: HttpRequest) -> HttpResponse:
    """Describe a shop, a capsule or a product by its address; any other is not found. JSON is the only format."""
    if request.GET.get("format", "json") != "json":
        return HttpResponse(status=501)
    creator, title, product = _meant(request.GET.get("url", ""))
    found = {
        "version": "1.0",
        "type": "link",
        "title": title,
        "author_name": creator.name,
        "author_url": absolute(f"/{creator.slug}/"),
        "provider_name": "Creatorshop",
        "provider_url": settings.SHOP_URL,
        "cache_age": FRESH_S,
    }
    if (picture := _picture(product)) is not None:
        found |= {"thumbnail_url": picture.url, "thumbnail_width": picture.width, "thumbnail_height": picture.height}
    answer = JsonResponse(found)
    answer["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(answer, public=True, max_age=FRESH_S)
    return answer


def _meant(address: str) -> tuple[Creator, str, Product | None]:
    """
    Return whose page an address is, its title, and the product that shows it best.

    :raises Http404: if it is none of ours that may be shown.
    """
    asked, own = urlsplit(address), urlsplit(settings.SHOP_URL)
    if (asked.scheme, asked.netloc) != (own.scheme, own.netloc):
        raise Http404
    try:
        match = resolve(asked.path)
    except Resolver404:
        raise Http404 from None
    if match.url_name not in ("shop", "capsule", "product"):
        raise Http404
    creator = creator_of_slug(match.kwargs["creator"])
    if match.url_name == "shop":
        return creator, creator.name, None
    if match.url_name == "capsule":
        capsule = capsule_of_slug(creator=creator, slug=match.kwargs["capsule"])
        return creator, f"{capsule.title} · {creator.name}", next(iter(capsule.products.all()), None)
    product = product_of_handle(creator=creator, handle=match.kwargs["handle"])
    return creator, f"{product.title} · {creator.name}", product


def _picture(product: Product | None) -> Image | None:
    cover = cover_of(product) if product is not None else None
    return image_of(picture_of(cover)) if cover is not None else None
