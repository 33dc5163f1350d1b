"""
The one way to Stripe: short waits, one repeat, and its errors in the shop's own families.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import stripe
from django.conf import settings
from django.utils.module_loading import import_string

from drops.errors import Refused, Unreachable

logger = logging.getLogger(__name__)

# A shopper waits for some of these calls, and a thread of the shop for all of them. What is not answered in time is asked
# again later under the same key.
CONNECT_S, READ_S = 2.0, 8.0
REPEATS = 1

# It would send how long calls took, and keep a file in the home directory to be recognised by.
stripe.enable_telemetry = False


class StripeAway(Unreachable):
    """Stripe does not answer, is busy, or has an error of its own."""

    code = "stripe_away"


class StripeSetUpWrong(Unreachable):
    """Stripe does not accept our key for this; somebody has to look at the settings."""

    code = "stripe_set_up_wrong"


class KeyTaken(Refused):
    """The idempotency key was used with other parameters: nothing was done, and somebody has to change code."""

    code = "stripe_key_taken"


class StripeSaidNo(Refused):
    """Stripe understood and refused; the reason is its own."""

    code = "stripe_said_no"

    def __init__(self, message: str, *, reason_code: str) -> None:
        super().__init__(message, reason=reason_code)
        self.reason_code = reason_code


def http_client() -> stripe.HTTPClient:
    """Return what carries requests to Stripe; settings name another one where there is no world outside."""
    return stripe.RequestsClient(timeout=(CONNECT_S, READ_S))


def stripe_client() -> stripe.StripeClient:
    """Return Stripe's client for the keys that settings give."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_HTTP_CLIENT)


@lru_cache(maxsize=4)
def _client(key: str, api_base: str, carrier: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        http_client=import_string(carrier)(),
        base_addresses={"api": api_base},
        max_network_retries=REPEATS,
    )


@contextmanager
def speaking() -> Iterator[None]:
    """
    Turn what goes wrong inside into the shop's words.

    :raises StripeAway: if there was no answer, or none that is final.
    :raises StripeSetUpWrong: if the key may not do this.
    :raises KeyTaken: if the idempotency key stands for something else.
    :raises StripeSaidNo: if the answer was no.
    """
    try:
        yield
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.error("Stripe does not accept our key: %s, request %s", error.code, error.request_id)
        raise StripeSetUpWrong("Payments are not set up properly in this shop.") from error
    except stripe.IdempotencyError as error:
        logger.error("Stripe knows an idempotency key with other parameters: request %s", error.request_id)
        raise KeyTaken("Stripe was asked for something else under this key.") from error
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        said = error.user_message or "Stripe gave no reason."
        raise StripeSaidNo(said, reason_code=error.code or "") from error
    except stripe.StripeError as error:
        # No connection, 429, 5xx, or another call under the same key that still runs (409).
        logger.info("Stripe gave no answer: %s, status %s", type(error).__name__, error.http_status)
        raise StripeAway("Stripe does not answer right now.") from error
