from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import register as register_check

PROVIDER = "creatorshop.adapters.testpay.provider.TestPayments"


def register() -> None:
    register_check(refuse_test_payments_by_accident)


def refuse_test_payments_by_accident(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Report a shop that would give goods away: test payments wired, and nobody said so out loud."""
    if PROVIDER not in settings.PAYMENT_PROVIDERS or settings.ALLOW_TEST_PAYMENTS:
        return []
    return [
        Error(
            "The test payment provider is wired, and it approves whatever it is told to.",
            hint="Take it out of PAYMENT_PROVIDERS, or set ALLOW_TEST_PAYMENTS=1 if this shop sells nothing real.",
            id="testpay.E001",
        )
    ]
