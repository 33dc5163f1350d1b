from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from drops.clock import database_now
from drops.errors import ShopError
from drops.money import format_minor
from drops.payouts.models import Payout, PayoutState
from drops.payouts.releases import release_due_orders
from drops.payouts.runs import start_run
from drops.payouts.sending import carry_out_run


class Command(BaseCommand):
    help = (
        "Release what is due and pay out to everybody who has enough in a currency. With the --key of a run that began, it goes"
        " on with that one. Ends with an error when a payout was refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--currency", required=True, help="Like EUR.")
        parser.add_argument(
            "--key", default="", help="Of the run, so that a repeat starts no other: a date, for instance."
        )

    def handle(self, *args: Any, currency: str, key: str, **options: Any) -> None:
        now = database_now()
        release_due_orders(now=now)
        try:
            run = start_run(currency=currency.upper(), created_by="pay_out", now=now, key=key)
        except ShopError as refusal:
            self.stdout.write(refusal.message)
            return
        carry_out_run(run_id=run.pk)
        payouts = Payout.objects.filter(run=run).select_related("payee").order_by("pk")
        for payout in payouts:
            word = "To be paid by hand" if not payout.provider else payout.get_state_display()
            word = payout.get_state_display() if payout.state == PayoutState.PAID else word
            amount = format_minor(payout.amount_minor, payout.currency)
            self.stdout.write(f"{amount:>14}  {word:<18}  {payout.payee}  {payout.failure}".rstrip())
        refused = sum(payout.state == PayoutState.FAILED for payout in payouts)
        if refused:
            raise CommandError(f"{refused} payout(s) refused.")
