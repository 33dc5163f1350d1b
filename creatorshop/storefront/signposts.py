"""
What programs look for at fixed addresses: where they may go (RFC 9309), what there is (sitemaps.org), and what this is (llms.txt).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from creatorshop.storefront import queries, wording
from creatorshop.storefront.references import absolute
from creatorshop.storefront.states import notice_of
from drops.catalog.models import Capsule, Creator, Product, ProductState, Story
from drops.catalog.queries import creators_with_products
from drops.clock import database_now

FRESH_S = 3600
# What is somebody's own, or no page. Everything that is not listed may be read.
CLOSED = ("/admin/", "/api/", "/check/", "/checkout/", "/gift/", "/orders/", "/pay/", "/roster/", "/w/", "/withdraw/")


class _Pages(Sitemap):
    limit = 5000

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SHOP_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SHOP_URL).netloc


class Home(_Pages):
    def items(self) -> list[str]:
        return ["home"]

    def location(self, item: str) -> str:
        return reverse(item)


class Shops(_Pages):
    def items(self) -> list[Creator]:
        return creators_with_products()

    def location(self, item: Creator) -> str:
        return reverse("shop", args=[item.slug])


class Stories(_Pages):
    def items(self) -> Any:
        return Story.objects.select_related("creator").order_by("pk")

    def location(self, item: Story) -> str:
        return reverse("story", args=[item.creator.slug])

    def lastmod(self, item: Story) -> datetime:
        return item.updated_at


class Capsules(_Pages):
    def items(self) -> Any:
        shown = Capsule.objects.filter(products__state=ProductState.ACTIVE).distinct()
        return shown.select_related("creator").order_by("pk")

    def location(self, item: Capsule) -> str:
        return reverse("capsule", args=[item.creator.slug, item.slug])


class Products(_Pages):
    def items(self) -> Any:
        return Product.objects.filter(state=ProductState.ACTIVE).select_related("creator").order_by("pk")

    def location(self, item: Product) -> str:
        return reverse("product", args=[item.creator.slug, item.handle])

    def lastmod(self, item: Product) -> datetime:
        return item.updated_at


SECTIONS: dict[str, Any] = {
    "home": Home,
    "shops": Shops,
    "stories": Stories,
    "capsules": Capsules,
    "products": Products,
}


@require_safe
def pages(request: HttpRequest) -> HttpResponse:
    """List every public page."""
    return _fresh(sitemap(request, sitemaps=SECTIONS).render())


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Say where programs have nothing to look for, and where the list of pages is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED), "", f"Sitemap: {absolute('/sitemap.xml')}", ""]
    return _fresh(HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8"))


@require_safe
def llms(request: HttpRequest) -> HttpResponse:
    """Tell language models what this place is, who sells here, and by what rules (llmstxt.org)."""
    now = database_now()
    creators = creators_with_products()
    drops = queries.leading_drops(creators=creators, now=now)
    shops = [
        {
            "name": creator.name,
            "url": absolute(reverse("shop", args=[creator.slug])),
            "tagline": creator.tagline.rstrip("."),
            "notice": notice_of(drop=drops.get(creator.pk), now=now).line,
        }
        for creator in creators
    ]
    answer = render(
        request,
        "storefront/llms.txt",
        {
            "shops": shops,
            "now": wording.iso(now),
            "api": absolute("/api/v1/"),
            "withdraw": absolute(reverse("withdraw")),
        },
        content_type="text/plain; charset=utf-8",
    )
    return _fresh(answer, seconds=300)


def _fresh(answer: Any, seconds: int = FRESH_S) -> HttpResponse:
    patch_cache_control(answer, public=True, max_age=seconds)
    return answer  # type: ignore[no-any-return]
