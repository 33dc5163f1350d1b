"""
Joins the widget's modules into the file that a page loads, and a second one for what is fetched when the panel opens.

The modules under static/widget are plain ES modules, small enough to read. A page should wait for one request, so they are
put one after the other inside a function, without their imports and exports; rjsmin takes out comments, and names of ours
become short. That happens when they are first asked for: there is nothing to build before a change is seen.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import brotli
from rjsmin import jsmin

from creatorshop.storefront.shortening import shorten

MODULES = Path(__file__).resolve().parent.parent.parent / "static" / "widget"
FIRST = "loader.js"
LATER = "more.js"

_IMPORT = re.compile(r'^import (?:\{ ([^}]*) \} from )?"\./([\w-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const)\b)", re.MULTILINE)


@dataclass(frozen=True)
class Bundle:
    script: bytes
    gzipped: bytes
    brotli: bytes
    etag: str


def first_bundle() -> Bundle:
    """Return what a page loads, as one script; joined again when a module changed."""
    return _join(_versions())[0]


def later_bundle() -> Bundle:
    """Return what an open panel fetches, as one module."""
    return _join(_versions())[1]


def _versions() -> tuple[tuple[str, int], ...]:
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in MODULES.glob("*.js")))


@lru_cache(maxsize=1)
def _join(_versions: tuple[tuple[str, int], ...]) -> tuple[Bundle, Bundle]:
    first = _in_order(FIRST, [])
    later = _in_order(LATER, list(first))[len(first) :]
    # What the later part imports from the first is handed to it: a second copy would be a second class.
    shared = ", ".join(sorted(_names_shared(first=first, later=later)))
    more = _bundle(f"export default ([{shared}]) => {{\n{_bare(later)}return {{ more }};\n}};\n")
    fetch = f"import(`${{BASE}}/widget-more.js?{more.etag[1:-1]}`).then((later) => later.default([{shared}]))"
    return _bundle(f"(()=>{{'use strict';\n{_bare(first)}}})();\n".replace(f'import("./{LATER}")', fetch)), more


def _in_order(name: str, done: list[str]) -> list[str]:
    """Return the modules so that each comes after those it imports."""
    for _, needed in _IMPORT.findall((MODULES / name).read_text()):
        if needed not in done:
            _in_order(needed, done)
    done.append(name)
    return done


def _names_shared(*, first: list[str], later: list[str]) -> set[str]:
    found = [_IMPORT.findall((MODULES / name).read_text()) for name in later]
    return {word for imports in found for words, module in imports if module in first for word in words.split(", ")}


def _bare(names: list[str]) -> str:
    source = "".join((MODULES / name).read_text() for name in names)
    return _EXPORT.sub("", _IMPORT.sub("", source))


def _bundle(script: str) -> Bundle:
    data = shorten(jsmin(script)).encode()
    return Bundle(
        script=data,
        gzipped=gzip.compress(data, 9, mtime=0),
        brotli=brotli.compress(data),
        etag=f'"{hashlib.sha256(data).hexdigest()[:16]}"',
    )
