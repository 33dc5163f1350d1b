"""
A photo as a page needs it: every rendition's address, its shape, its focal point and a tiny likeness to start with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from drops.catalog.models import Photo

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
    widths = sorted(photo.rendition_widths)
    middle = next((width for width in widths if width >= 640), widths[-1] if widths else 0)
    return Picture(
        key=f"p{photo.pk}",
        alt=photo.alt_text,
        width=photo.width or 4,
        height=photo.height or 5,
        src=photo.rendition_url(middle, "jpg") if widths else photo.original.url,
        src_width=middle or photo.width or 4,
        large=photo.rendition_url(widths[-1], "jpg") if widths else photo.original.url,
        avif=_srcset(photo, widths, "avif"),
        webp=_srcset(photo, widths, "webp"),
        jpeg=_srcset(photo, widths, "jpg"),
        placeholder=photo.placeholder if _PLACEHOLDER.fullmatch(photo.placeholder) else "",
        focal=f"{photo.focal_x:.0%} {photo.focal_y:.0%}",
    )


def _srcset(photo: Photo, widths: Sequence[int], extension: str) -> str:
    return ", ".join(f"{photo.rendition_url(width, extension)} {width}w" for width in widths)
