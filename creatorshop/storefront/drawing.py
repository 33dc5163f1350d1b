"""
The poster of a preview: photo, title, price and creator on 1200 × 630 pixels, as a JPEG that every chat takes.

Contact sheet and ticket, like the pages. It never carries a count or a clock, since chats keep it.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont, ImageOps

SIZE = (1200, 630)
PHOTO_WIDTH = 600
LARGEST_BYTES = 280 * 1024  # what WhatsApp still shows, with something to spare
PAPER, INK, SOFT, LINE, BOTTLE = "#f7f6f1", "#14201b", "#47534d", "#d6d4cc", "#0e5b3f"
_EDGE = 60
_TITLE_SIZES = (76, 66, 58, 50, 44)
_MOST_LINES = 4
_QUALITIES = (86, 80, 72, 64, 54, 44, 30)
# What the fonts of static/fonts were narrowed to.
_DRAWN = {*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA0, 0x100)), *"–—‘’‚“”„•…€"}


@dataclass(frozen=True)
class Words:
    """What is written on a poster."""

    title: str
    price: str  # "€39.14" or "from €39.14"; "" where nothing is priced
    creator: str


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
    width = SIZE[0] - PHOTO_WIDTH - 2 * _EDGE
    if _is_drawn(words.creator):
        pen.text((_EDGE, _EDGE), _cut(words.creator, _text(30), width), font=_text(30), fill=SOFT)
    if _is_drawn(words.title):
        font, lines = _fitted(words.title, width)
        pen.multiline_text((_EDGE, 128), "\n".join(lines), font=font, fill=INK, spacing=font.size * 0.12)
    if words.price and _is_drawn(words.price):
        pen.line((_EDGE, 492, _EDGE + width, 492), fill=LINE, width=2)
        pen.text((_EDGE, 508), words.price, font=_display(52), fill=accent or BOTTLE)
        pen.text((_EDGE, 574), "with all fees, before delivery", font=_text(22), fill=SOFT)
    return _as_jpeg(poster)


def _as_jpeg(poster: Image.Image) -> bytes:
    for quality in _QUALITIES:
        written = BytesIO()
        poster.save(written, "JPEG", quality=quality, progressive=True, optimize=True)
        if written.tell() <= LARGEST_BYTES:
            break
    return written.getvalue()


def _fitted(title: str, width: int) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """Return the largest font in which a title has room, and its lines; what has none even in the smallest is cut."""
    for size in _TITLE_SIZES:
        font = _display(size)
        lines = _wrapped(title, font, width)
        if len(lines) <= _MOST_LINES and all(font.getlength(line) <= width for line in lines):
            return font, lines
    kept = lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        kept[-1] = f"{kept[-1]} …"
    return font, [_cut(line, font, width) for line in kept]


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _cut(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    text = text.removesuffix(" …")
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _is_drawn(text: str) -> bool:
    return set(text) <= _DRAWN


def _display(size: int) -> ImageFont.FreeTypeFont:
    return _font("bricolage-grotesque.woff2", size, 700)


def _text(size: int) -> ImageFont.FreeTypeFont:
    return _font("instrument-sans.woff2", size, 550)


def _font(name: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    # The plain layout: the other one sets a variable font by the widths of its default weight.
    font = ImageFont.truetype(settings.BASE_DIR / "static" / "fonts" / name, size, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([weight])
    return font
