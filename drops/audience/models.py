from django.core.validators import RegexValidator
from django.db import models

from drops.catalog.models import Creator
from drops.refs import new_ref


class Shopper(models.Model):
    """Someone who buys from one creator: at first only a session, later a name and an address to write to."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="shoppers")
    locale = models.CharField(max_length=12, default="en")
    time_zone = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    country = models.CharField(max_length=2, blank=True, validators=[RegexValidator(r"^[A-Z]{2}$")])
    postcode = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name or f"Shopper {self.ref[:6]}"
