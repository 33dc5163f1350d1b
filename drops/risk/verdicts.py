from django.db import models


class Verdict(models.TextChoices):
    """What follows from a score, mildest first."""

    ALLOW = "allow", "Allowed"
    SLOW_DOWN = "slow_down", "Others go first"
    STEP_UP = "step_up", "Asked for a code"
    BLOCK = "block", "Blocked"
