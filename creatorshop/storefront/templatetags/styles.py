"""
Puts a page's style sheets into the page itself: what is drawn first waits for one answer and not for six.

A phone on a slow network pays a round trip for every file that it hears of late. All sheets of a page are some 6 KB packed.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

SHEETS = Path(settings.BASE_DIR) / "static"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLANKS = re.compile(r"\s+")
_AROUND = re.compile(r" ?([{};,]) ?|(?<=:) ")  # not around +, nor before a colon: there a blank means something
_ADDRESS = re.compile(r'url\("(\.\.?/[^"]+)"\)')


@register.simple_tag(takes_context=True)
def styles(context: template.Context, *names: str) -> SafeString:
    """Return one style block with these sheets, under the nonce of the page's policy."""
    nonce = getattr(context.get("request"), "csp_nonce", None)
    if nonce is None:
        # A page that is drawn without a request, to say sorry: no block would be let in.
        return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(name),) for name in names))
    sheets = "".join(_sheet(name, (SHEETS / name).stat().st_mtime_ns) for name in names)
    # Our own files, and nothing that anybody typed.
    return format_html('<style nonce="{}">{}</style>', nonce, mark_safe(sheets))


@lru_cache(maxsize=64)
def _sheet(name: str, _changed_at: int) -> str:
    """Return a sheet without what only people read, its addresses made good from any page."""
    words = _BLANKS.sub(" ", _COMMENT.sub("", (SHEETS / name).read_text()))
    words = _AROUND.sub(r"\1", words).replace(";}", "}")
    return _ADDRESS.sub(lambda found: _address(name, found), words).strip()


def _address(name: str, found: re.Match[str]) -> Any:
    return f'url("{static(posixpath.normpath(posixpath.join(posixpath.dirname(name), found[1])))}")'
