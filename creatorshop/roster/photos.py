"""
Reading a QR code from a photograph, for telephones whose browser cannot.
"""

from __future__ import annotations

import warnings
from typing import BinaryIO

import zxingcpp
from PIL import Image, ImageOps

from drops.errors import Invalid

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 60_000_000
_LONGEST_SIDE = 1600


class NoCodeSeen(Invalid):
    code = "no_code_seen"


def code_in_photo(*, photo: BinaryIO, size: int) -> str:
    """
    Return what the QR code in a photograph says. The picture is kept nowhere.

    :raises NoCodeSeen: if it is no picture, too large, or shows no code.
    """
    if size > MOST_BYTES:
        raise NoCodeSeen("This picture is too large. Please type the code instead.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(photo, formats=("JPEG", "PNG", "WEBP"))
            if picture.width * picture.height > MOST_PIXELS:
                raise NoCodeSeen("This picture is too large. Please type the code instead.")
            picture.draft("L", (_LONGEST_SIDE, _LONGEST_SIDE))  # a JPEG is decoded small at once
            upright = ImageOps.exif_transpose(picture).convert("L")
            upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NoCodeSeen("This is no picture that can be read. Please type the code instead.") from error
    found = zxingcpp.read_barcodes(upright, formats=zxingcpp.barcode_formats_from_str("QRCode"))
    if not found:
        raise NoCodeSeen("No code was found in the picture. Please go nearer, or type it.")
    return str(found[0].text)
