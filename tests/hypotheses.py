"""
How many examples the property tests of money look at: a hundred, as is usual, is few, and a night has time for more.
"""

import os

from hypothesis import HealthCheck, settings

_PROFILES = {"default": 300, "nightly": 5_000}

# To be set over @given, as @many_examples.
many_examples = settings(
    max_examples=_PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "default")],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
