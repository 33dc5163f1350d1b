from django.urls import path

from creatorshop.storefront import (
    checkout,
    checks,
    feeds,
    lookup,
    oembed,
    openings,
    orders,
    pages,
    product,
    push_worker,
    reminding,
    signposts,
    story,
)

urlpatterns = [
    path("", pages.home, name="home"),
    path("robots.txt", signposts.robots, name="robots"),
    path("sitemap.xml", signposts.pages, name="sitemap"),
    path("llms.txt", signposts.llms, name="llms"),
    path("oembed.json", oembed.oembed, name="oembed"),
    path("openings/<str:ref>.ics", openings.opening, name="opening"),
    path("openings/<str:ref>/remind/", reminding.remind, name="remind"),
    path("openings/<str:ref>/remind/push/", reminding.subscribe, name="remind-push"),
    path("reminders/yes/<str:token>/", reminding.confirm, name="reminder-confirm"),
    path("reminders/stop/<str:token>/", reminding.stop, name="reminder-stop"),
    path("push.js", push_worker.push_worker, name="push-worker"),
    path("checkout/<str:hold_ref>/", checkout.checkout, name="checkout"),
    path("check/<str:token>/", checks.check, name="check"),
    path("orders/", lookup.lookup, name="order-lookup"),
    path("orders/<str:ref>/<str:access>/", orders.order, name="order"),
    path("orders/<str:ref>/<str:access>/qr.svg", orders.order_qr, name="order-qr"),
    path("orders/<str:ref>/<str:access>/pickup.ics", orders.order_calendar, name="order-calendar"),
    # A creator's slug may be any word, so these come last.
    path("<slug:creator>/", pages.shop, name="shop"),
    path("<slug:creator>/feed.xml", feeds.feed, name="feed"),
    path("<slug:creator>/story/", story.story, name="story"),
    path("<slug:creator>/c/<slug:capsule>/", pages.capsule, name="capsule"),
    path("<slug:creator>/p/<slug:handle>/", product.product, name="product"),
    path("<slug:creator>/p/<slug:handle>/line/", product.line, name="product-line"),
]
