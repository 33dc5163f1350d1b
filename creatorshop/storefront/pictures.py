"""
A photo as a page needs it: every rendition's address, its shape, its focal point and a tiny likeness to start with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models.fields.files import ImageFieldFile

from drops.catalog.head_pictures import HeadPicture
from drops.catalog.models import Photo

MIDDLE = 640  # the width for browsers that know no srcset, and for chats
# Only what our own renderer writes is let into a style block.
_PLACEHOLDER = re.compile(r"data:image/(webp|jpeg|png|avif);base64,[A-Za-z0-9+/=]+")


@dataclass(frozen=True)
class Picture:
    key: str  # names the picture's rule in the page's style block
    alt: str
    width: int
    height: int
    src: str
    src_width: int
    large: str
    smallest: str  # for a thumbnail
    avif: str
    webp: str
    jpeg: str
    placeholder: str
    focal: str  # object-position

    @property
    def ratio(self) -> str:
        return f"{self.width} / {self.height}"


def picture_of(photo: Photo) -> Picture:
    """Return a photo for a page; before its renditions exist the cleaned original stands in."""
    return _picture(
        key=f"p{photo.pk}",
        alt=photo.alt_text,
        size=(photo.width or 4, photo.height or 5),
        widths=sorted(photo.rendition_widths),
        url_of=photo.rendition_url,
        original=photo.original.url,
        placeholder=photo.placeholder,
        focal=f"{photo.focal_x:.0%} {photo.focal_y:.0%}",
    )


def picture_of_file(
    file: ImageFieldFile, *, known: Mapping[str, HeadPicture], alt: str = "", focal: str = "50% 50%"
) -> Picture | None:
    """Return a creator's own picture for a page, None without one; before anybody looked at it the file stands in."""
    if not file:
        return None
    found = known.get(str(file.name))
    storage = file.storage
    return _picture(
        key=f"head{found.pk}" if found else "",
        alt=alt,
        # Without looking, as wide as most banners are; the page gives the frame its shape.
        size=(found.width, found.height) if found else (16, 9),
        widths=sorted(found.rendition_widths) if found else [],
        url_of=lambda width, kind: str(storage.url(found.rendition_name(width, kind))) if found else "",
        original=file.url,
        placeholder=found.placeholder if found else "",
        focal=focal,
    )


def _picture(
    *,
    key: str,
    alt: str,
    size: tuple[int, int],
    widths: Sequence[int],
    url_of: Callable[[int, str], str],
    original: str,
    placeholder: str,
    focal: str,
) -> Picture:
    middle = next((width for width in widths if width >= MIDDLE), widths[-1] if widths else 0)

    def srcset(extension: str) -> str:
        return ", ".join(f"{url_of(width, extension)} {width}w" for width in widths)

    return Picture(
        key=key,
        alt=alt,
        width=size[0],
        height=size[1],
        src=url_of(middle, "jpg") if widths else original,
        src_width=middle or size[0],
        large=url_of(widths[-1], "jpg") if widths else original,
        smallest=url_of(widths[0], "webp") if widths else original,
        avif=srcset("avif"),
        webp=srcset("webp"),
        jpeg=srcset("jpg"),
        placeholder=placeholder if _PLACEHOLDER.fullmatch(placeholder) else "",
        focal=focal,
    )
