"""
Finds a Chromium for the browser tests, or installs one: `python -m tests.chromium`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "The browser tests need Chromium, and none was found. Install one (on Debian: apt-get install chromium), "
    "or run .venv/bin/playwright install --with-deps chromium, or let CHROMIUM point to it."
)


class NoChromium(Exception):
    """There is no browser to test with. Never a reason to skip: a test that did not run has not passed."""


def find_chromium() -> Path:
    """
    Return the browser that $CHROMIUM names, else one of this system, else Playwright's own.

    :raises NoChromium: if there is none, or $CHROMIUM names none.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoChromium(f"CHROMIUM is {named!r}, which is no program.")
        return Path(found)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if own.is_file():
        return own
    raise NoChromium(ADVICE)


def install_chromium() -> None:
    """Try what this machine allows, and leave the verdict to a second look."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        # The system's package first: it brings its libraries along, Playwright's needs them on top.
        ways = [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"], *ways]
    for way in ways:
        print("Looking for a browser:", *way, flush=True)
        subprocess.run(way, check=False, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        if way[-1] == "chromium" and _is_found():
            return


def _is_found() -> bool:
    try:
        find_chromium()
    except NoChromium:
        return False
    return True


def main() -> None:
    if not os.environ.get("CHROMIUM") and not _is_found():
        install_chromium()
    try:
        find_chromium()
    except NoChromium as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
