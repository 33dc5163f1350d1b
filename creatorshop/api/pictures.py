from ninja import Schema
from pydantic import Field

from creatorshop.api.links import absolute
from drops.catalog.models import Photo

SHOWN_WIDTH = 960


class ImageOut(Schema):
    url: str
    srcset_avif: str
    srcset_webp: str
    alt: str
    w: int
    h: int
    placeholder: str = Field(description="a tiny picture as a data: address")
    focal: tuple[float, float]


def image_of(photo: Photo | None) -> ImageOut | None:
    """Return a photo as pages show it; before its renditions exist, the original alone."""
    if photo is None:
        return None
    widths = photo.rendition_widths
    fitting = max((width for width in widths if width <= SHOWN_WIDTH), default=None)
    return ImageOut(
        url=absolute(photo.rendition_url(fitting, "jpg") if fitting else photo.original.url),
        srcset_avif=_srcset(photo, "avif"),
        srcset_webp=_srcset(photo, "webp"),
        alt=photo.alt_text,
        w=photo.width,
        h=photo.height,
        placeholder=photo.placeholder,
        focal=(photo.focal_x, photo.focal_y),
    )


def _srcset(photo: Photo, extension: str) -> str:
    return ", ".join(f"{absolute(photo.rendition_url(width, extension))} {width}w" for width in photo.rendition_widths)
