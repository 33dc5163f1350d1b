from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Q

from drops.catalog.models import Capsule, Creator, Product


class Poster(models.Model):
    """
    The composed picture of a preview as it was drawn once; its digest names what it is of and all that is on it.

    It outlives what it is of: by this row its file is found again, a week after it was shown for the last time.
    """

    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, related_name="posters")
    capsule = models.ForeignKey(Capsule, on_delete=models.SET_NULL, null=True, related_name="posters")
    creator = models.ForeignKey(Creator, on_delete=models.SET_NULL, null=True, related_name="posters")
    digest = models.CharField(max_length=32, unique=True)
    drawn_at = models.DateTimeField(auto_now=True)
    retired_at = models.DateTimeField(null=True, blank=True)  # since then it is no longer true

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="poster_of_one_thing_at_most",
                condition=Q(product__isnull=True, capsule__isnull=True)
                | Q(product__isnull=True, creator__isnull=True)
                | Q(capsule__isnull=True, creator__isnull=True),
            )
        ]
        indexes = [
            models.Index(fields=["retired_at"], name="poster_retired", condition=Q(retired_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Poster of {self.product or self.capsule or self.creator or 'what is gone'}"

    @property
    def name(self) -> str:
        """Where it is kept: another picture has another address, so that no cache shows an old price."""
        return poster_name(self.digest)

    @property
    def url(self) -> str:
        return default_storage.url(self.name)


def poster_name(digest: str) -> str:
    return f"posters/{digest}.jpg"
