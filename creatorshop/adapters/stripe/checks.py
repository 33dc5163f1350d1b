"""
Settings with which money would get lost, or be taken by accident.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning
from django.core.checks import register as register_check

from creatorshop.adapters.stripe.keys import is_live, is_publishable, is_restricted, is_secret

NAMES = ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS")


def register() -> None:
    register_check(check_stripe)
    register_check(check_stripe_key_is_restricted, Tags.security, deploy=True)


def check_stripe(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Report keys that are incomplete, mixed up, or too much for where they are."""
    missing = [name for name in NAMES if not getattr(settings, name)]
    if len(missing) == len(NAMES):
        return []
    if missing:
        return [Error(f"Stripe is set up by half: {', '.join(missing)} is missing.", id="stripe.E001")]
    secret, publishable = settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY
    found: list[CheckMessage] = []
    if not is_secret(secret) or not is_publishable(publishable):
        found.append(
            Error(
                "These are no keys of Stripe.",
                hint="STRIPE_SECRET_KEY begins with rk_ (restricted) or sk_, STRIPE_PUBLISHABLE_KEY with pk_.",
                id="stripe.E002",
            )
        )
    elif is_live(secret) != is_live(publishable):
        found.append(Error("One of the two keys is live and the other one is for tests.", id="stripe.E003"))
    if not all(word.startswith("whsec_") for word in settings.STRIPE_WEBHOOK_SECRETS):
        found.append(Error("A secret of STRIPE_WEBHOOK_SECRETS does not begin with whsec_.", id="stripe.E004"))
    if is_live(secret):
        found += _check_live()
    return found


def _check_live() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(
            Error("Live keys of Stripe at a desk: a try would take real money.", hint="DEBUG=0.", id="stripe.E005")
        )
    if settings.ALLOW_TEST_PAYMENTS:
        found.append(
            Error(
                "Real and test payments in one shop: whoever chooses the test provider has the goods for nothing.",
                hint="Take ALLOW_TEST_PAYMENTS away.",
                id="stripe.E006",
            )
        )
    address = urlsplit(settings.STRIPE_API_BASE)
    if address.scheme != "https" or not str(address.hostname).endswith(".stripe.com"):
        found.append(Error("Live keys would be sent to somebody who is not Stripe.", id="stripe.E007"))
    return found


def check_stripe_key_is_restricted(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Report a key that may do more than the shop needs."""
    secret = settings.STRIPE_SECRET_KEY
    if not is_live(secret) or is_restricted(secret):
        return []
    hint = "docs/stripe.md lists what a restricted key has to be allowed."
    return [Warning("STRIPE_SECRET_KEY may do everything with the account.", hint=hint, id="stripe.W001")]
