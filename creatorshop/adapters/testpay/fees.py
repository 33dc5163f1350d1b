from django.conf import settings

from drops.money import share_of


def fee_on(amount_minor: int) -> int:
    """Return what the provider keeps of an amount, half a unit up, and never more than the amount."""
    return min(amount_minor, share_of(amount_minor, settings.TESTPAY_FEE_BP) + settings.TESTPAY_FEE_FIXED)
