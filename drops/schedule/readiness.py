"""
What has to be true before a drop may open. The model's rule, not the page's: nothing opens around it.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from drops.catalog.models import Product, ProductState
from drops.catalog.readiness import photo_problems
from drops.ports import implementations
from drops.schedule.models import Drop


@dataclass(frozen=True)
class Check:
    """One line of the checklist."""

    code: str
    ok: bool
    text: str


class ReadinessCheck(ABC):
    """One question that a drop has to pass. Floors above add theirs in settings.READINESS_CHECKS."""

    name: ClassVar[str]

    @abstractmethod
    def checks(self, *, drop: Drop) -> list[Check]:
        """Return the lines of the checklist that this question gives, passed or not."""


def readiness_of(*, drop: Drop) -> list[Check]:
    """Return the whole checklist of a drop, in the order in which settings name the questions."""
    questions = implementations("READINESS_CHECKS", ReadinessCheck)  # type: ignore[type-abstract]
    return [check for question in questions.values() for check in question.checks(drop=drop)]


class CapsuleReady(ReadinessCheck):
    """Products with photos, alt texts and benefits, and not more SKUs than the creator's limit."""

    name = "capsule"

    def checks(self, *, drop: Drop) -> list[Check]:
        products = list(
            Product.objects.filter(capsule=drop.capsule, state=ProductState.ACTIVE)
            .prefetch_related("photos", "skus")
            .order_by("position", "pk")
        )
        if not products:
            return [Check("products", False, f"{drop.capsule.title} has no active product.")]
        problems = photo_problems(products)
        sku_count = sum(len(product.skus.all()) for product in products)
        limit = drop.creator.sku_limit
        return [
            Check("products", True, f"{len(products)} products in {drop.capsule.title}."),
            *(Check("photos", False, problem) for problem in problems),
            *([] if problems else [Check("photos", True, "Every product has photos with alt text.")]),
            *_members_first(drop),
            Check("sku_limit", sku_count <= limit, f"{sku_count} of at most {limit} SKUs."),
        ]


def _members_first(drop: Drop) -> list[Check]:
    """A time for members that leaves none for everybody else would be a closed sale."""
    if not drop.members_first_minutes:
        return []
    if drop.open_to_all_at >= drop.closes_at:
        return [Check("members_first", False, "The time for members first is as long as the drop.")]
    at = drop.open_to_all_at.astimezone(drop.zone)
    return [Check("members_first", True, f"Members first; for everybody from {at:%d %b at %H:%M} ({drop.time_zone}).")]
