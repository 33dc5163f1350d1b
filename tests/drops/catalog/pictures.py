"""Small pictures made on the spot, good ones and bad ones."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image


def picture_of(kind: str = "JPEG", *, size: tuple[int, int] = (400, 500), colour: Any = "#95a683", **how: Any) -> bytes:
    mode = "RGBA" if isinstance(colour, tuple) and len(colour) == 4 else "RGB"
    written = BytesIO()
    Image.new(mode, size, colour).save(written, kind, **how)
    return written.getvalue()


def left_red_right_blue(*, turned: int, size: tuple[int, int] = (60, 40)) -> bytes:
    """Make a JPEG of two halves whose EXIF data say how it was held."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010E] = "Taken at home, Rua do Sol 21"
    written = BytesIO()
    image.save(written, "JPEG", exif=exif, comment=b"secret", quality=95)
    return written.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """Make a PNG of a hundred bytes that says it has that many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    written = b"\x89PNG\r\n\x1a\n"
    for kind, content in chunks:
        written += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return written
