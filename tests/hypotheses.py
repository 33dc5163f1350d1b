"""
How many examples the property tests of money look at: a hundred, as is usual, is few, and a night has time for more.

To be set over @given, as @many_examples. Those that ask the database look at fewer in `make test`.
"""

import os

from hypothesis import HealthCheck, settings

_IS_NIGHT = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def _looking_at(usually: int, at_night: int) -> settings:
    return settings(
        max_examples=at_night if _IS_NIGHT else usually,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


many_examples = _looking_at(300, 5_000)
many_in_the_database = _looking_at(100, 5_000)
# Whole months of a shop in one example.
some_long_ones = _looking_at(50, 1_000)
