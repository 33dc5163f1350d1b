"""
How many examples the property tests of money and stock look at: a hundred, as is usual, is few, and a night has time for more.

To be set over @given, as @many_examples. Those that ask the database look at fewer in `make test`, and at night they do so in
parts, each with a seed of its own, which the processors share: a test with the fixture `part_of_the_night` is run once a part.
`NIGHT=20261127 make nightly` looks at what that night looked at; any other night looks elsewhere.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

IS_NIGHT = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PARTS = 8
SEEDS = [int(os.environ.get("NIGHT", "0")) * PARTS + part for part in range(PARTS)]


def in_parts(examples: int) -> int:
    """Return how many examples each part looks at."""
    return examples // PARTS


def _looking_at(usually: int, at_night: int) -> settings:
    return settings(
        max_examples=at_night if IS_NIGHT else usually,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def _each_part_looking_at(usually: int, at_night: int) -> Callable[[Any], Any]:
    look = _looking_at(usually, in_parts(at_night))
    return lambda test: pytest.mark.usefixtures("part_of_the_night")(look(test))


many_examples = _looking_at(300, 5_000)
many_in_the_database = _each_part_looking_at(100, 5_000)
# Whole months of a shop in one example.
some_long_ones = _each_part_looking_at(50, 1_000)
