from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Q

from drops.catalog.models import Capsule, Product


class Poster(models.Model):
    """The composed picture of a product's or a capsule's preview, as it was last drawn; its digest names what is on it."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, null=True, related_name="poster")
    capsule = models.OneToOneField(Capsule, on_delete=models.CASCADE, null=True, related_name="poster")
    digest = models.CharField(max_length=32)
    drawn_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="poster_of_one_thing", condition=Q(product__isnull=False) ^ Q(capsule__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"Poster of {self.product or self.capsule}"

    @property
    def name(self) -> str:
        """Where it is kept: another picture has another address, so that no cache shows an old price."""
        return poster_name(self.digest)

    @property
    def url(self) -> str:
        return default_storage.url(self.name)


def poster_name(digest: str) -> str:
    return f"posters/{digest}.jpg"
