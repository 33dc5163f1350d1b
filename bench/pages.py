"""
How fast pages are on a phone, by Lighthouse, and what the widget costs a page that embeds it.

    python -m bench.pages --runs 3
    python -m bench.pages --shop http://127.0.0.1:8000 --foreign http://localhost:8002

Without addresses it serves the demo shops itself, as production does. It needs Node.js, which brings Lighthouse along, and
Chromium; without Node.js it says so and measures nothing.
"""

import argparse
import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from bench import demo, lighthouse, report
from tests.chromium import find_chromium

NO_NODE = "bench-pages measures with Lighthouse, which needs Node.js 22 or newer with npx. There is none here, so nothing was measured."
STAYS_S = 6.0  # for which a page is left alone, to see what the widget does before anybody opens it
GOALS = {
    **dict.fromkeys(lighthouse.CATEGORIES, (100, "least")),
    "LCP ms": (1500, "most"),
    "CLS": (0.004, "most"),  # 0.00 as it is written
    "first view KB": (200, "most"),
    "page JS KB": (15, "most"),
}
_WIDGET = re.compile(rb"<script[^>]*/widget\.js[^>]*></script>")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="looks at each page; the median counts")
    parser.add_argument("--shop", help="the address of a shop that runs already, with demo data")
    parser.add_argument("--foreign", help="the address of its stranger's page")
    asked = parser.parse_args()
    if not lighthouse.is_here():
        print(NO_NODE)
        return
    if asked.shop and asked.foreign:
        measure(demo.Demo(asked.shop.rstrip("/"), asked.foreign.rstrip("/")), runs=asked.runs)
        return
    with demo.demo_shops() as there:
        measure(there, runs=asked.runs)


def measure(there: demo.Demo, *, runs: int) -> None:
    """Measure both pages and the widget, and print and keep what was found."""
    for name, path in (("product", f"/{demo.SHOP}/p/{demo.PRODUCT}/"), ("shop", f"/{demo.SHOP}/")):
        figures = lighthouse.median_of(f"{there.shop_url}{path}", runs=runs)
        report.show(f"pages {name}: median of {runs}", figures | {"missed": ", ".join(missed(figures)) or "none"})
    with without_widget(f"{there.foreign_url}/") as bare_url:
        bare = lighthouse.median_of(bare_url, runs=runs)
    with_it = lighthouse.median_of(f"{there.foreign_url}/", runs=runs)
    report.show(f"pages widget: median of {runs}, added to a page", added(bare, with_it) | calls_of_widget(there))


def missed(figures: dict[str, Any]) -> list[str]:
    """Return which figures are not where they should be."""
    return [
        name
        for name, (goal, way) in GOALS.items()
        if (figures[name] < goal if way == "least" else figures[name] > goal)
    ]


def added(bare: dict[str, Any], with_it: dict[str, Any]) -> dict[str, Any]:
    """Return what a page pays for the widget."""
    points = {f"{name} points lost": bare[name] - with_it[name] for name in lighthouse.CATEGORIES}
    return points | {
        "LCP ms without": bare["LCP ms"],
        "LCP ms with": with_it["LCP ms"],
        "added LCP ms": with_it["LCP ms"] - bare["LCP ms"],
        "added blocked ms": with_it["blocked ms"] - bare["blocked ms"],
        "added KB": round(with_it["first view KB"] - bare["first view KB"], 1),
    }


def calls_of_widget(there: demo.Demo) -> dict[str, int]:
    """Return what the widget asks for on a page that nobody touches, by its requests to the shop and its sockets."""
    calls: list[str] = []
    sockets: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: calls.append(request.url))
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.goto(f"{there.foreign_url}/")
        page.wait_for_timeout(STAYS_S * 1000)
        browser.close()
    home = urlsplit(there.shop_url).netloc
    own = [url for url in calls if urlsplit(url).netloc == home and not urlsplit(url).path.startswith("/media/")]
    return {"requests before open": len(own), "sockets before open": len(sockets)}


@contextmanager
def without_widget(url: str) -> Iterator[str]:
    """Serve a page once more, with the widget's line taken out."""
    with urllib.request.urlopen(url) as answer:
        whole = answer.read()
    body, lines = _WIDGET.subn(b"", whole)
    if lines != 1:
        raise SystemExit(f"{url} should embed the widget once, and does {lines} times.")

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                # As the stranger's server does: a page in place of robots.txt would cost points.
                return self.send_error(404)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: object) -> None:
            """Say nothing: the table is what is read."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()


if __name__ == "__main__":
    main()
