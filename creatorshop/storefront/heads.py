"""
What every page of a shop carries: who sells, in which colours, and how the drop stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creatorshop.storefront.accents import Accent, accent_of
from creatorshop.storefront.pictures import Picture, picture_of_file
from drops.catalog.head_pictures import head_pictures
from drops.catalog.models import Creator

# Where a banner that is cut off stays in view: what stands on a shelf, not the wall above it.
BANNER_FOCAL = "55% 64%"


@dataclass(frozen=True)
class Head:
    slug: str
    name: str
    tagline: str
    avatar: str
    avatar_picture: Picture | None
    banner: str
    banner_picture: Picture | None
    banner_alt: str
    paragraphs: list[str]
    accent: Accent
    embed_key: str


def head_of(creator: Creator) -> Head:
    """Return a creator as the top of their pages shows them."""
    return heads_of([creator])[0]


def heads_of(creators: Sequence[Creator]) -> list[Head]:
    """Return several creators, their pictures found with one question."""
    known = head_pictures([str(file.name or "") for each in creators for file in (each.avatar, each.banner)])
    return [
        Head(
            slug=creator.slug,
            name=creator.name,
            tagline=creator.tagline,
            avatar=creator.avatar.url if creator.avatar else "",
            avatar_picture=picture_of_file(creator.avatar, known=known),
            banner=creator.banner.url if creator.banner else "",
            banner_picture=picture_of_file(creator.banner, known=known, alt=creator.banner_alt, focal=BANNER_FOCAL),
            banner_alt=creator.banner_alt,
            paragraphs=[part.strip() for part in creator.story.splitlines() if part.strip()],
            accent=accent_of(creator.accent),
            embed_key=creator.embed_key,
        )
        for creator in creators
    ]
