"""
"Put it on your site": the snippet, the pages that may carry it, and what their policies have to allow.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from creatorshop.office.fields import LinesField
from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.audience.hosts import make_identity_secret
from drops.audience.origins import normalise_origin
from drops.catalog.creators import Work
from drops.catalog.models import Creator, ProductState, Sku


class OriginsForm(forms.Form):
    origins = LinesField(label="Allowed origins", help_text="One a line, like https://kilnandtide.example.")

    def clean_origins(self) -> list[str]:
        written = self.cleaned_data["origins"]
        wrong = [line for line in written if not normalise_origin(line) or urlsplit(line).path not in ("", "/")]
        if wrong:
            raise forms.ValidationError(f"No origin of a web page: {', '.join(wrong)}. Write https:// and the host.")
        return list(dict.fromkeys(normalise_origin(line) for line in written))


def embed_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    creator: Creator = row_or_404(admin, request, object_id)
    may_change = scope_of(request).may(Work.MEMBERS, creator.pk)
    if "secret" in request.POST:
        return _new_secret(request, admin, creator)
    form = OriginsForm(request.POST or None, initial={"origins": creator.allowed_origins})
    if request.method == "POST" and not refuse_unless_may(request, Work.MEMBERS, creator.pk) and form.is_valid():
        creator.allowed_origins = form.cleaned_data["origins"]
        creator.save(update_fields=["allowed_origins"])
        messages.success(request, "These pages may carry your chat now.")
        return HttpResponseRedirect(request.path)
    return _page(request, admin, creator, form=form, may_change=may_change)


def _new_secret(request: HttpRequest, admin: ScopedAdmin, creator: Creator) -> HttpResponse:
    """Make a secret and show it in this one answer, which no cache keeps; later pages only say that there is one."""
    if refuse_unless_may(request, Work.MEMBERS, creator.pk):
        return HttpResponseRedirect(request.path)
    secret = make_identity_secret(creator=creator)
    form = OriginsForm(initial={"origins": creator.allowed_origins})
    return _page(request, admin, creator, form=form, may_change=True, secret=secret)


def _page(request: HttpRequest, admin: ScopedAdmin, creator: Creator, **context: Any) -> HttpResponse:
    return office_page(
        request,
        admin,
        "admin/office/embed.html",
        title="Put it on your site",
        creator=creator,
        has_secret=bool(creator.identity_secret),
        **snippets_of(creator),
        **context,
    )


SIGN = """import jwt, time
token = jwt.encode({"sub": str(user.id), "exp": int(time.time()) + 3600}, SECRET, algorithm="HS256")"""


def snippets_of(creator: Creator) -> dict[str, Any]:
    """Return what a page has to carry, and what its Content-Security-Policy has to allow."""
    shop = settings.SHOP_URL.rstrip("/")
    on_sale = Sku.objects.filter(product__creator=creator, product__state=ProductState.ACTIVE).order_by("-pk").first()
    return {
        "sku": on_sale.code if on_sale else "SKU",
        "snippet": f'<script async src="{shop}/widget.js" data-key="{creator.embed_key}"></script>',
        "sign": SIGN,
        "identify": "creatorshop('identify', token)",
        "link": f"{shop}/w/{creator.embed_key}/",
        # The frame is the checkout.
        "policy": f"script-src {shop}; connect-src {shop} {settings.SOCKETS_URL}; img-src {shop} data:; frame-src {shop}",
    }
