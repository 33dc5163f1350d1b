"""
The poster of a preview: a photo and a few words on 1200 × 630 pixels, as a JPEG that every chat takes.

Contact sheet and ticket, like the pages. It never carries a count or a clock, since chats keep it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont, ImageOps

SIZE = (1200, 630)
PHOTO_WIDTH = 600
LARGEST_BYTES = 280 * 1024  # what WhatsApp still shows, with something to spare
PAPER, INK, SOFT, LINE, BOTTLE = "#f7f6f1", "#14201b", "#47534d", "#d6d4cc", "#0e5b3f"
_EDGE = 60
_WIDTH = SIZE[0] - PHOTO_WIDTH - 2 * _EDGE
_TITLE_SIZES = (76, 66, 58, 50, 44)
_TITLE_LINES, _BELOW_LINES = 4, 3
_QUALITIES = (86, 80, 72, 64, 54, 44, 30)
# What the fonts of static/fonts have of what they were narrowed to. What a font lacks it draws as nothing at all.
_LATIN = frozenset({*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA1, 0x100)), *"–—‘’‚“”„•…€"})
DISPLAY_HAS = _LATIN - set("\xa4\xad")
TEXT_HAS = DISPLAY_HAS - set("¦¬±²³µ¹¼½¾")
_SOFT_HYPHEN = "\xad"  # says where a word may be parted, and is not seen


@dataclass(frozen=True)
class Words:
    """What is written on a poster."""

    above: str  # whose it is
    title: str
    price: str = ""  # "€39.14" or "from €39.14"; "" where nothing is priced
    below: str = ""  # what the price includes, or a sentence


def draw_poster(*, photo: Image.Image, focal: tuple[float, float], words: Words, accent: str = "") -> bytes:
    """
    Return a poster as a JPEG of at most 280 KB.

    Letters that the fonts lack are not drawn as boxes: such a line is left out, and the page's own title says it. `focal` is
    the point of the photo that has to stay in the picture, as fractions from its left and top; `accent` is a colour that is
    legible on paper, or "".
    """
    poster = Image.new("RGB", SIZE, PAPER)
    well = ImageOps.fit(photo.convert("RGB"), (PHOTO_WIDTH, SIZE[1]), Image.Resampling.LANCZOS, centering=focal)
    poster.paste(well, (SIZE[0] - PHOTO_WIDTH, 0))
    pen = ImageDraw.Draw(poster)
    if above := _drawn(words.above, TEXT_HAS):
        pen.text((_EDGE, _EDGE), _cut(above, _text(30)), font=_text(30), fill=SOFT)
    if title := _drawn(words.title, DISPLAY_HAS):
        font, lines = _fitted(title)
        pen.multiline_text((_EDGE, 128), "\n".join(lines), font=font, fill=INK, spacing=font.size * 0.12)
    if price := _drawn(words.price, DISPLAY_HAS):
        pen.line((_EDGE, 492, _EDGE + _WIDTH, 492), fill=LINE, width=2)
        pen.text((_EDGE, 508), _cut(price, _display(52)), font=_display(52), fill=accent or BOTTLE)
        pen.text((_EDGE, 574), _cut(_drawn(words.below, TEXT_HAS), _text(22)), font=_text(22), fill=SOFT)
    elif below := ("" if words.price else _drawn(words.below, TEXT_HAS)):
        lines = _held_to(_wrapped(below, _text(28)), _text(28), _BELOW_LINES)
        top = 574 - 36 * (len(lines) - 1)
        pen.line((_EDGE, top - 22, _EDGE + _WIDTH, top - 22), fill=accent or BOTTLE, width=2)
        pen.multiline_text((_EDGE, top - 8), "\n".join(lines), font=_text(28), fill=SOFT, spacing=8)
    return _as_jpeg(poster)


def _as_jpeg(poster: Image.Image) -> bytes:
    for quality in _QUALITIES:
        written = BytesIO()
        poster.save(written, "JPEG", quality=quality, progressive=True, optimize=True)
        if written.tell() <= LARGEST_BYTES:
            break
    return written.getvalue()


def _drawn(text: str, letters: frozenset[str]) -> str:
    """Return a text if every letter of it can be drawn, else "". An é may have come in two parts; it is drawn as one."""
    whole = " ".join(unicodedata.normalize("NFC", text).replace(_SOFT_HYPHEN, "").split())
    return whole if set(whole) <= letters else ""


def _fitted(title: str) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """Return the largest font in which a title has room, and its lines; what has none even in the smallest is cut."""
    for size in _TITLE_SIZES:
        font = _display(size)
        lines = _wrapped(title, font)
        if len(lines) <= _TITLE_LINES and all(font.getlength(line) <= _WIDTH for line in lines):
            return font, lines
    return font, _held_to(_wrapped(title, font, breaks_words=True), font, _TITLE_LINES)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, *, breaks_words: bool = False) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= _WIDTH:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
        while breaks_words and font.getlength(lines[-1]) > _WIDTH:
            whole = lines.pop()
            fits = next(n for n in range(len(whole) - 1, 0, -1) if font.getlength(f"{whole[:n]}-") <= _WIDTH)
            lines += [f"{whole[:fits]}-", whole[fits:]]
    return lines


def _held_to(lines: list[str], font: ImageFont.FreeTypeFont, most: int) -> list[str]:
    kept = [_cut(line, font) for line in lines[:most]]
    if len(lines) > most:
        kept[-1] = _cut(f"{kept[-1].rstrip('-')} …", font)
    return kept


def _cut(text: str, font: ImageFont.FreeTypeFont) -> str:
    if font.getlength(text) <= _WIDTH:
        return text
    text = text.removesuffix(" …")
    while text and font.getlength(f"{text}…") > _WIDTH:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _display(size: int) -> ImageFont.FreeTypeFont:
    return _font("bricolage-grotesque.woff2", size)  # it has one weight, the bold one


def _text(size: int) -> ImageFont.FreeTypeFont:
    font = _font("instrument-sans.woff2", size)
    font.set_variation_by_axes([550])
    return font


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    # The plain layout: the other one sets a variable font by the widths of its default weight.
    return ImageFont.truetype(settings.BASE_DIR / "static" / "fonts" / name, size, layout_engine=ImageFont.Layout.BASIC)
