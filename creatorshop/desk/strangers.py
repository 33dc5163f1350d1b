"""
A page of somebody else, on an origin of its own, that embeds the widget with the snippet of the README.

A server apart from the shop's: what works here works on a page that shares nothing with us, neither origin nor cookies.
"""

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.template.loader import select_template

from drops.catalog.models import Creator


def make_server(*, host: str, port: int, say: Callable[[str], None]) -> ThreadingHTTPServer:
    """Return a server of the demo page, ready to serve; `/` embeds the first creator and `/<slug>/` another one."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = page_at(path=urlsplit(self.path).path)
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: object) -> None:
            say(format % values)

    return ThreadingHTTPServer((host, port), Page)


def page_at(*, path: str) -> tuple[HTTPStatus, bytes]:
    """Return the page at this path."""
    slug = path.strip("/")
    try:
        creators = Creator.objects.order_by("pk")
        creator = creators.filter(slug=slug).first() if slug else creators.first()
    finally:
        connection.close()  # Each request has a thread of its own, and the thread ends with it.
    if creator is None:
        return HTTPStatus.NOT_FOUND, b"<!doctype html><title>Not here</title><p>There is no such page."
    facts = {"shop_url": settings.SHOP_URL, "embed_key": creator.embed_key, "creator": creator}
    # Without a request: nothing of a shop's page, no session and no token, may leak into a stranger's.
    page = select_template(["demo/foreign.html", "demo/plain.html"]).render(facts)
    return HTTPStatus.OK, page.encode()
