"""
What may be chosen beside the goods, as choices of the form that asks for the price. Nothing of it is chosen for anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creatorshop.storefront.pictures import Picture, picture_of_file
from drops.catalog.extras import ExtraKind
from drops.catalog.head_pictures import head_pictures
from drops.money import format_minor
from drops.sales.extras import ExtraOffer


@dataclass(frozen=True)
class BesideChoice:
    ref: str
    title: str
    blurb: str
    rise: str  # "+ €4.12": what the total rises by
    is_chosen: bool
    picture: Picture | None


@dataclass(frozen=True)
class BesideForm:
    packaging: list[BesideChoice]
    extras: list[BesideChoice]

    @property
    def is_as_it_is(self) -> bool:
        """Tell whether the goods are packed as they always are, which costs nothing."""
        return not any(choice.is_chosen for choice in self.packaging)

    @property
    def chosen(self) -> list[str]:
        return [choice.ref for choice in [*self.packaging, *self.extras] if choice.is_chosen]


def beside_form(*, offers: Sequence[ExtraOffer], currency: str) -> BesideForm | None:
    """Return the choices, or None where nothing is offered."""
    if not offers:
        return None
    known = head_pictures([str(offer.extra.photo.name or "") for offer in offers])
    found: dict[str, list[BesideChoice]] = {kind: [] for kind in ExtraKind.values}
    for offer in offers:
        extra = offer.extra
        found[extra.kind].append(
            BesideChoice(
                ref=extra.ref,
                title=extra.title if offer.quantity == 1 else f"{offer.quantity} × {extra.title}",
                blurb=extra.blurb,
                rise=f"+ {format_minor(offer.rise_minor, currency)}" if offer.rise_minor else "free",
                is_chosen=offer.is_chosen,
                picture=picture_of_file(extra.photo, known=known, alt=extra.photo_alt),
            )
        )
    return BesideForm(packaging=found[ExtraKind.PACKAGING], extras=found[ExtraKind.EXTRA])
