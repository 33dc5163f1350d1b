from django.db import models


class TaxClass(models.TextChoices):
    """What kind of thing is taxed; which rate that means is said per country and date."""

    STANDARD = "standard", "Standard"
    REDUCED = "reduced", "Reduced"
    SUPER_REDUCED = "super_reduced", "Super-reduced"
    ZERO = "zero", "Zero rate"
