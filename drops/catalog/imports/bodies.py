from __future__ import annotations

import html
import re

import nh3

_TAGS = {
    *("p", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "h2", "h3", "h4"),
    *("strong", "b", "em", "i", "u", "s", "sub", "sup", "small", "a"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "th": {"scope"}}
_LOOKS_LIKE_HTML = re.compile(r"<[a-zA-Z/!]")


def clean_body(text: str) -> str:
    """
    Return a product's text as HTML that may be shown as it is: no scripts, styles, pictures or foreign frames.

    Plain text becomes paragraphs. Cleaning what is clean changes nothing.
    """
    if not _LOOKS_LIKE_HTML.search(text):
        paragraphs = re.split(r"\s*\n\s*", html.unescape(text).strip())
        return "".join(f"<p>{html.escape(each, quote=False)}</p>" for each in paragraphs if each)
    cleaned = nh3.clean(
        text,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )
    return cleaned.strip()
