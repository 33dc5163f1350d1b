"""
What may happen to a webhook on its way, because it happens to real ones: lost, told twice, late, overtaken.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

OVERTAKEN_BY = timedelta(seconds=60)  # so much at most is an event put behind later ones


@dataclass(frozen=True)
class Faults:
    """Chances between 0 and 1, and a delay in seconds that all have. The seed and the event decide, so a run can be repeated."""

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    seed: float = 0


@dataclass(frozen=True)
class Fate:
    """How often one event is told, and how much later than it should be."""

    copies: int
    delay: timedelta


def fate_of(event_id: str) -> Fate:
    """Return what becomes of an event, by the faults that settings ask for."""
    faults = Faults(**settings.TESTPAY_FAULTS)
    chance = random.Random(f"{faults.seed}:{event_id}")
    is_lost, is_doubled, is_overtaken = (
        chance.random() < odds for odds in (faults.loss, faults.duplicate, faults.reorder)
    )
    delay = timedelta(seconds=faults.delay) + (OVERTAKEN_BY * chance.random() if is_overtaken else timedelta(0))
    return Fate(copies=0 if is_lost else 2 if is_doubled else 1, delay=delay)
