"""
A shop that takes money by Stripe, with the double where Stripe would be.
"""

from typing import Any

from tests.stripe.bank import SECRET
from tests.stripe.double import StripeDouble

PROVIDER = "creatorshop.adapters.stripe.provider.StripePayments"


def wire_stripe(settings: Any) -> None:
    """Give the shop keys of Stripe's test world, and an empty Stripe."""
    settings.STRIPE_SECRET_KEY = "rk_test_double"
    settings.STRIPE_PUBLISHABLE_KEY = "pk_test_double"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.STRIPE_HTTP_CLIENT = "tests.stripe.double.StripeDouble"
    settings.PAYMENT_PROVIDERS = [PROVIDER]
    settings.SHOP_URL = "https://shop.example"
    StripeDouble.reset()
    # An account that a payee has connected.
    StripeDouble.accounts["acct_mira"] = {"id": "acct_mira", "object": "account"}
