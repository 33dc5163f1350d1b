"""
Joins the widget's modules into the one file that a page loads.

The modules under static/widget are plain ES modules, small enough to read. A page should wait for one request, so they are
put one after the other inside a function, without their imports, exports and comments. That is all that happens to them: no
tool, no minifier, and nothing to run before a change is seen.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MODULES = Path(__file__).resolve().parent.parent.parent / "static" / "widget"
FIRST = "loader.js"

_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"\./([\w-]+\.js)";$', re.MULTILINE)
# A type stands before what it types, also within a line; a remark has its own line, because `//` is in addresses, too.
_COMMENT = re.compile(r"/\*\*(?:(?!\*/)[\s\S])*\*/ ?|^\s*//.*\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const)\b)", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+|^\n", re.MULTILINE)


@dataclass(frozen=True)
class Bundle:
    script: bytes
    etag: str


def bundle() -> Bundle:
    """Return the widget as one script with its ETag; joined again when a module changed."""
    return _join(tuple(sorted((path.name, path.stat().st_mtime_ns) for path in MODULES.glob("*.js"))))


@lru_cache(maxsize=1)
def _join(_versions: tuple[tuple[str, int], ...]) -> Bundle:
    parts = [_bare((MODULES / name).read_text()) for name in _in_order(FIRST, [])]
    script = "(()=>{'use strict';\n" + "".join(parts) + "})();\n"
    return Bundle(script=script.encode(), etag=f'"{hashlib.sha256(script.encode()).hexdigest()[:20]}"')


def _in_order(name: str, done: list[str]) -> list[str]:
    """Return the modules so that each comes after those it imports."""
    for needed in _IMPORT.findall((MODULES / name).read_text()):
        if needed not in done:
            _in_order(needed, done)
    done.append(name)
    return done


def _bare(source: str) -> str:
    for what in (_IMPORT, _COMMENT, _EXPORT, _INDENT):
        source = what.sub("", source)
    return source.rstrip("\n") + "\n"
