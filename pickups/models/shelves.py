from django.core.exceptions import ValidationError
from django.db import models

from drops.catalog.models import Creator
from drops.stock.models import StockPool
from pickups.models.locations import Location


class Shelf(models.Model):
    """
    Units of one creator that lie at a location already: who collects there has theirs from here.

    A location that serves several creators has a shelf for each of them, or for some.
    """

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="shelves")
    # The pool's creator once more, so that the database can say "one for each"; a foreign key ties the two together.
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="+")
    pool = models.OneToOneField(StockPool, on_delete=models.PROTECT, related_name="shelf")

    class Meta:
        verbose_name_plural = "shelves"
        constraints = [
            models.UniqueConstraint(
                name="one_shelf_per_location_and_creator",
                fields=["location", "creator"],
                violation_error_message="There is a shelf for this creator already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.location} for {self.creator}"

    def clean(self) -> None:
        if (
            self.location_id
            and self.creator_id
            and not Location.objects.serving(creator_id=self.creator_id).filter(pk=self.location_id).exists()
        ):
            raise ValidationError("This location does not hand over for that creator.")
