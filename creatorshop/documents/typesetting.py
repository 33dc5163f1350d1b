"""
From data and the one template to a tagged PDF. Data travels as JSON and never becomes part of the template's source.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

FONTS = Path(__file__).parent / "fonts"
# What every font of ours has; other letters are tried, once each.
_ALWAYS = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x180)])) - set("ſ")


def typeset(*, template: str, data: dict[str, Any], at: datetime) -> bytes:
    """
    Return a template filled with data, as PDF/UA-1: tagged, titled, in a stated language.

    The same bytes for the same data and time, on whichever machine: only our own fonts are looked at.
    """
    folder = _templates()
    made: bytes = typst.compile(
        str(folder / template),
        root=str(folder),
        format="pdf",
        font_paths=_fonts(settings.DOCUMENT_FONTS),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=at.astimezone(UTC).replace(microsecond=0),
    )
    return made


def printable(text: str) -> str:
    """
    Return a text as it can be set: PDF/UA refuses a page with a single letter that no font has, so such a one is a box.

    What is not seen (controls, marks that turn the direction of what follows) is left out: it could make a page lie.
    """
    # Composed, since our fonts have no accents by themselves (see fonts/README.md).
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    seen = [letter for letter in flat if not _is_unseen(letter)]
    text = "".join(letter if letter in _ALWAYS or _has_glyph(letter) else "\N{WHITE SQUARE}" for letter in seen)
    # In a frame of its own, so that neither its direction nor that of the words around it reaches the other's.
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if text else ""


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") or "\ufe00" <= letter <= "\ufe0f"


@cache
def _has_glyph(letter: str) -> bool:
    try:
        typeset(template="glyph.typ", data={"text": letter}, at=datetime(2026, 1, 1, tzinfo=UTC))
    except typst.TypstError:
        return False
    return True


@cache
def _fonts(more: str) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[FONTS, *([Path(more)] if more else [])])


def _templates() -> Path:
    return Path(settings.BASE_DIR) / "templates" / "documents"
