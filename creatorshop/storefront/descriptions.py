"""
What a product is, in plain sentences: its benefits and its story without markup, for programs that read no HTML.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from drops.catalog.models import Product

LONGEST = 5000  # characters that Google's product data specification takes
_BLOCKS = {"p", "li", "ul", "ol", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "blockquote"}
_UNREAD = {"script", "style"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # which XML has no way to write


def description_of(product: Product) -> str:
    """Return a product's benefits and story as one paragraph, or its title where nothing is said of it."""
    parts = [*product.benefits, *_blocks(product.body_html)]
    return " ".join(map(_sentence, filter(None, map(plain, parts))))[:LONGEST].rstrip() or plain(product.title)


def sentences_of(html: str) -> str:
    """Return sanitised HTML as one paragraph of plain sentences."""
    return " ".join(map(_sentence, filter(None, map(plain, _blocks(html)))))


def plain(text: str) -> str:
    """Return a text on one line and without control characters."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def _sentence(text: str) -> str:
    return text if text[-1] in ".!?…:;" else f"{text}."


def _blocks(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.blocks


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = [""]
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in _UNREAD
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.blocks[-1] += data

    def _part(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.blocks.append("")
