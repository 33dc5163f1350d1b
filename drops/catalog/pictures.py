"""
Pictures as bytes: judged by what is in them, never by their name, and cleaned before anybody else sees them.
"""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from drops.errors import Invalid

LARGEST_BYTES = 25 * 1024 * 1024
LARGEST_PIXELS = 50_000_000
LONGEST_SIDE = 16_000  # JPEG and WebP end at 65,535 and 16,383; a strip that long is no photograph
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")

PLACEHOLDER_SIDE = 24
PLACEHOLDER_BYTES = 700

# What decoders raise when they are fed damaged or hostile bytes: each plugin has its own way to fall over.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError, ArithmeticError, struct.error)


class NotAPicture(Invalid):
    """What was uploaded cannot be taken as a photo, for a reason that is said."""

    code = "not_a_picture"


@dataclass(frozen=True)
class CleanPicture:
    """A JPEG that stands upright, in sRGB, without a trace of metadata."""

    data: bytes
    width: int
    height: int
    placeholder: str


def clean_picture(data: bytes) -> CleanPicture:
    """
    Decode an upload within bounds and write it anew.

    :raises NotAPicture: if it is too large, damaged, or none of JPEG, PNG, WebP and AVIF.
    """
    if len(data) > LARGEST_BYTES:
        raise NotAPicture(f"The file has {len(data) / 1024 / 1024:.0f} MB; 25 MB is the most.", bytes=len(data))
    image = _in_srgb(_decoded(data))
    written = BytesIO()
    # 4:4:4, because every rendition is made from this one and colour that is lost here is lost in all of them.
    image.save(written, "JPEG", quality=92, subsampling=0, optimize=True)
    return CleanPicture(
        data=written.getvalue(),
        width=image.width,
        height=image.height,
        placeholder=placeholder_of(image),
    )


def placeholder_of(image: Image.Image) -> str:
    """Return a picture of a few hundred bytes as a data: address, to stand in until the real one is there."""
    small = image.copy()
    small.thumbnail((PLACEHOLDER_SIDE, PLACEHOLDER_SIDE), Image.Resampling.BOX)
    for quality in (60, 30, 10, 0):
        written = BytesIO()
        small.save(written, "WEBP", quality=quality, method=6)
        address = "data:image/webp;base64," + base64.b64encode(written.getvalue()).decode("ascii")
        if len(address) <= PLACEHOLDER_BYTES:
            return address
    return ""


def _decoded(data: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
        # The header alone tells the size: nothing has been unpacked so far.
        if image.width * image.height > LARGEST_PIXELS or max(image.size) > LONGEST_SIDE:
            raise NotAPicture(
                f"The picture has {image.width} × {image.height} pixels; 50 million are the most.",
                width=image.width,
                height=image.height,
            )
        image.load()
        return ImageOps.exif_transpose(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture("The picture has far more than 50 million pixels.") from None
    except _BROKEN:
        raise NotAPicture("The file is damaged, or it is none of JPEG, PNG, WebP and AVIF.") from None


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        # 16 bits a pixel; convert() would cut off everything above 255 instead of scaling it down.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        # A JPEG has no holes. White is what shops show cut-outs on.
        cut_out = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(cut_out, mask=cut_out.getchannel("A"))
    if profile and image.mode in ("RGB", "CMYK", "L"):
        image = _through_profile(image, profile)
    plain = image.convert("RGB")
    plain.info.clear()
    return plain


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a profile that nobody can read, or of another kind of colour: as if there were none
    return turned or image
