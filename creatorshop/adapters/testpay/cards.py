"""
The cards that a tester may hold up. As with a real provider each has a fingerprint, and the shop is asked before a charge.
"""

from dataclasses import dataclass

from creatorshop.adapters.testpay import charges
from creatorshop.adapters.testpay.models import TestCharge
from drops.errors import ShopError
from drops.sales.checkout import admit_card


@dataclass(frozen=True)
class TestCard:
    """A card by its name in the form; without a fingerprint it is another one each time."""

    __test__ = False

    name: str
    label: str
    fingerprint: str = ""
    asks: bool = False  # its bank wants to hear from the shopper first: 3-D Secure
    is_taken_at_once: bool = False  # no card, really: money that comes without being reserved first
    returns_a_refund: bool = False  # its bank sends the first refund back, some time later
    is_fee_late: bool = False  # the provider tells its fee some time after it has the money
    breaks_its_promise: bool = False  # its bank reserves the money and does not pay it out


# The first is the default: who tries the shop out again and again is not to run into their own limit.
CARDS = (
    TestCard("new", "A card that was never used here"),
    TestCard("lena", "Lena’s card, ending in 4242", "test-4242"),
    TestCard("tom", "Tom’s card, ending in 1881", "test-1881"),
    TestCard("secure", "A card whose bank asks you to confirm", asks=True),
    TestCard("transfer", "A bank transfer, which is taken at once", is_taken_at_once=True),
    TestCard("fickle", "A card whose bank says yes, and then does not pay", breaks_its_promise=True),
    TestCard("closed", "A card whose bank sends the first refund back", returns_a_refund=True),
    TestCard("foreign", "A card whose fee is told later", is_fee_late=True),
)


def card_of(name: str) -> TestCard:
    """Return a card by its name, or the first."""
    return next((card for card in CARDS if card.name == name), CARDS[0])


def is_admitted(*, charge: TestCharge, card: TestCard) -> bool:
    """
    Ask the shop whether a card may be charged; if not, the charge is declined with the shop's own sentence.

    :raises AlreadyDecided: if the charge was decided before.
    """
    try:
        admit_card(payment_ref=charge.payment_ref, fingerprint=card.fingerprint or charge.ref)
    except ShopError as refusal:
        charges.decline(charge=charge, reason=refusal.message)
        return False
    return True
