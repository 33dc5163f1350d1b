"""
What every page of a shop carries: who sells, in which colours, and how the drop stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from creatorshop.storefront.accents import Accent, accent_of
from drops.catalog.models import Creator


@dataclass(frozen=True)
class Head:
    slug: str
    name: str
    tagline: str
    avatar: str
    banner: str
    banner_alt: str
    paragraphs: list[str]
    accent: Accent
    embed_key: str


def head_of(creator: Creator) -> Head:
    """Return a creator as the top of their pages shows them."""
    return Head(
        slug=creator.slug,
        name=creator.name,
        tagline=creator.tagline,
        avatar=creator.avatar.url if creator.avatar else "",
        banner=creator.banner.url if creator.banner else "",
        banner_alt=creator.banner_alt,
        paragraphs=[part.strip() for part in creator.story.splitlines() if part.strip()],
        accent=accent_of(creator.accent),
        embed_key=creator.embed_key,
    )
