from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creatorshop.adapters.testpay import charges, disputes, takings
from creatorshop.adapters.testpay.models import TestCharge
from creatorshop.adapters.testpay.provider import insist_on_being_allowed
from creatorshop.adapters.testpay.webhooks import send_webhooks_of
from drops.errors import ShopError


def _expire(ref: str) -> TestCharge:
    charge = charges.charge_of(payment_ref=ref)
    takings.expire(charge=charge)
    return charge


_DEEDS: dict[str, Callable[[str], TestCharge]] = {
    "dispute": lambda ref: disputes.open_dispute(ref=ref),
    "win": lambda ref: disputes.decide_dispute(ref=ref, is_won=True),
    "lose": lambda ref: disputes.decide_dispute(ref=ref, is_won=False),
    "expire": _expire,
    "return": lambda ref: takings.return_refund(ref=ref),
}


class Command(BaseCommand):
    help = "Be the bank of a test payment: open a dispute, let the shop win or lose it, let an authorisation expire, or return a refund."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deed", choices=list(_DEEDS))
        parser.add_argument("ref", help="the payment's ref, as the office shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            insist_on_being_allowed()
            charge = _DEEDS[options["deed"]](options["ref"])
        except ShopError as refusal:
            raise CommandError(refusal.message) from None
        heard = send_webhooks_of(charge_id=charge.pk)
        self.stdout.write(f"{charge}: done; the shop {'was told' if heard else 'is told as soon as it answers'}.")
