from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creatorshop.insights.proof import WholeLine, audit_problems, ledger_problems, whole_proof_of
from drops.schedule.models import Drop

HEADINGS = ["SKU", "tokens", "free", "held", "sold", "void", "refunded", "ordered", "parcels", "pickups", "adds up"]


class Command(BaseCommand):
    help = (
        "Print for every SKU: tokens = free + held + sold + void, and sold + refunded = units in orders = units in parcels and "
        "pickups; and check the ledger and each drop's audit chain. Ends with an error when anything does not add up."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--drop", metavar="REF", help="only this drop")

    def handle(self, *args: Any, **options: Any) -> None:
        drops = Drop.objects.order_by("opens_at", "pk")
        if options["drop"]:
            drops = drops.filter(ref=options["drop"])
            if not drops:
                raise CommandError(f"There is no drop {options['drop']}.")
        problems = [problem for drop in drops for problem in self._prove(drop)]
        problems += ledger_problems()
        for problem in problems:
            self.stderr.write(self.style.ERROR(problem))
        if problems:
            raise CommandError(f"{len(problems)} problem(s): the stock does not add up.")
        self.stdout.write(self.style.SUCCESS(f"{len(drops)} drop(s): every line adds up, and so does the ledger."))

    def _prove(self, drop: Drop) -> list[str]:
        lines = whole_proof_of(drop=drop)
        rows = [HEADINGS, *(_cells(line) for line in lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
        self.stdout.write(f"\n{drop.title} ({drop.ref}, {drop.state})")
        for row in rows:
            first, *numbers = (
                cell.ljust(w) if not i else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            self.stdout.write("  ".join(["", first, *numbers]))
        problems = [f"{drop.ref}, {line.stock.sku_code}: {problem}" for line in lines for problem in line.problems]
        return problems + [f"{drop.ref}, audit trail: {problem}" for problem in audit_problems(drop=drop)]


def _cells(line: WholeLine) -> list[str]:
    stock = line.stock
    numbers = [
        stock.tokens,
        stock.free,
        stock.held,
        stock.sold,
        stock.void,
        stock.refunded,
        stock.ordered,
        line.in_parcels,
        line.in_pickups,
    ]
    return [stock.sku_code, *map(str, numbers), "no" if line.problems else "yes"]
