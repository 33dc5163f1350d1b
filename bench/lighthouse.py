"""
Lighthouse, as npm brings it, looking at one page as a phone on a slow network would.
"""

import json
import os
import shutil
import statistics
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from tests.chromium import find_chromium

VERSION = "13.5.0"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TAKES_AT_MOST_S = 300
TRIES = 3
# What Lighthouse loads while nobody scrolls or taps is the first view.
_FIGURES = {
    "FCP ms": "first-contentful-paint",
    "LCP ms": "largest-contentful-paint",
    "CLS": "cumulative-layout-shift",
    "blocked ms": "total-blocking-time",
    "first view KB": "total-byte-weight",
}


class LighthouseFailed(Exception):
    """It was started and measured nothing; the message says what it said."""


def is_here() -> bool:
    """Tell whether there is a Node.js to run it."""
    return shutil.which("npx") is not None


def median_of(url: str, *, runs: int) -> dict[str, Any]:
    """
    Return the median of each figure of so many looks at a page.

    :raises LighthouseFailed: if one of them measured nothing.
    """
    looks = [_figures(_look_until_seen(url)) for _ in range(runs)]
    return {name: statistics.median(look[name] for look in looks) for name in looks[0]}


def _look_until_seen(url: str) -> dict[str, Any]:
    """Look again where the browser's trace broke off, as it does once in a while on a busy machine."""
    for _ in range(TRIES - 1):
        try:
            return _look(url)
        except LighthouseFailed:
            continue
    return _look(url)


def _look(url: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        flags = "--headless=new --no-sandbox --disable-gpu"
        done = subprocess.run(
            ["npx", "--yes", f"lighthouse@{VERSION}", url, "--quiet", "--output=json", f"--output-path={report}",
             f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={flags}"],
            env=os.environ | {"CHROME_PATH": str(find_chromium())},
            capture_output=True, text=True, timeout=TAKES_AT_MOST_S, check=False,
        )  # fmt: skip
        if not report.is_file():
            raise LighthouseFailed(f"Lighthouse measured nothing at {url}: {done.stderr.strip()[-800:]}")
        found: dict[str, Any] = json.loads(report.read_text())
    if broke := found.get("runtimeError") or next(
        filter(None, (found["audits"][name].get("errorMessage") for name in _FIGURES.values())), None
    ):
        raise LighthouseFailed(f"Lighthouse at {url}: {broke}")
    return found


def _figures(found: dict[str, Any]) -> dict[str, float]:
    audits = found["audits"]
    scores = {name: round(found["categories"][name]["score"] * 100) for name in CATEGORIES}
    figures = {name: float(audits[audit]["numericValue"]) for name, audit in _FIGURES.items()}
    figures["CLS"] = round(figures["CLS"], 3)
    figures["first view KB"] = round(figures["first view KB"] / 1000, 1)
    for name in ("FCP ms", "LCP ms", "blocked ms"):
        figures[name] = round(figures[name])
    requests = audits["network-requests"]["details"]["items"]
    # The widget is a page of its own: its budget is apart, and the chat's embedders pay for it alone.
    scripts = [request for request in requests if request.get("resourceType") == "Script"]
    widget = [script for script in scripts if urlsplit(script["url"]).path == "/widget.js"]
    figures["page JS KB"] = round(sum(s["transferSize"] for s in scripts if s not in widget) / 1000, 1)
    figures["widget KB"] = round(sum(s["transferSize"] for s in widget) / 1000, 1)
    return scores | figures | {"requests": len([each for each in requests if each["url"].startswith("http")])}
