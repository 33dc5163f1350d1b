"""
A creator's avatar, banner and portrait: cleaned like photos, and as small as the largest place where they are shown.

Their renditions are made afterwards, see head_pictures.py.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from drops.catalog.pictures import clean_picture

AVATAR_SIDE = 320
BANNER_SIDE = 1920
PORTRAIT_SIDE = 1600
EXTRA_SIDE = 640


def avatar_picture(data: bytes) -> bytes:
    """
    Return an upload as a small JPEG that stands upright and says nothing of where it was taken.

    :raises NotAPicture: if it is too large, damaged, or none of JPEG, PNG, WebP and AVIF.
    """
    return _within(data, AVATAR_SIDE)


def banner_picture(data: bytes) -> bytes:
    """
    Return an upload as a JPEG for the width of a page.

    :raises NotAPicture: if it is too large, damaged, or none of JPEG, PNG, WebP and AVIF.
    """
    return _within(data, BANNER_SIDE)


def portrait_picture(data: bytes) -> bytes:
    """
    Return an upload as a JPEG for half of a page.

    :raises NotAPicture: if it is too large, damaged, or none of JPEG, PNG, WebP and AVIF.
    """
    return _within(data, PORTRAIT_SIDE)


def extra_picture(data: bytes) -> bytes:
    """
    Return an upload as a small JPEG beside what it shows.

    :raises NotAPicture: if it is too large, damaged, or none of JPEG, PNG, WebP and AVIF.
    """
    return _within(data, EXTRA_SIDE)


def _within(data: bytes, side: int) -> bytes:
    image = Image.open(BytesIO(clean_picture(data).data), formats=("JPEG",))
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    written = BytesIO()
    image.save(written, "JPEG", quality=80, progressive=True, optimize=True)
    return written.getvalue()
