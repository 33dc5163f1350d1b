from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from creatorshop.storefront import photos, widget

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("widget.js", widget.widget_script, name="widget-script"),
    path("widget-more.js", widget.widget_more, name="widget-more"),
    path("w/<str:key>/", widget.widget_page, name="widget-page"),
    path("api/v1/", include("creatorshop.api.urls")),
    path("pay/test/", include("creatorshop.adapters.testpay.urls")),
    path("pay/stripe/", include("creatorshop.adapters.stripe.urls")),
    path("roster/", include("creatorshop.roster.urls")),
]
# /healthz and /readyz are answered by creatorshop.health before any address is looked up.

if settings.IS_MEDIA_LOCAL:
    urlpatterns.append(re_path(r"^media/(?P<path>.+)$", photos.photo))

# Last, because a creator's slug may be any word.
urlpatterns.append(path("", include("creatorshop.storefront.urls")))

handler400 = "creatorshop.storefront.refusals.bad_request"
handler403 = "creatorshop.storefront.refusals.forbidden"
handler404 = "creatorshop.storefront.refusals.not_found"
handler500 = "creatorshop.storefront.refusals.broken"
