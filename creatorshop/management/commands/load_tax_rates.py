from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from drops.catalog.tax_rates import take_in
from drops.catalog.tax_sources import FIRST_DAY, rates_to_begin_with


class Command(BaseCommand):
    help = (
        "Bring the table of tax rates up to the package of the European Union's rates. A rate that changed ends the day "
        "before; what somebody wrote for that day or later stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--valid-from", type=date.fromisoformat, default=FIRST_DAY, help="the first day of what is new: 2027-01-01"
        )

    def handle(self, *args: Any, valid_from: date, **options: Any) -> None:
        with transaction.atomic():
            added, ended = take_in(rows=rates_to_begin_with(valid_from=valid_from))
        self.stdout.write(f"{added} new rates, {ended} ended for them.")
