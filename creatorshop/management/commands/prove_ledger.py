from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creatorshop.insights.proof import whole_ledger_proof


class Command(BaseCommand):
    help = (
        "Check the books: every transaction balances, rolled-up balances are the sums of their entries, cash is what providers"
        " report, a full refund leaves every payee at zero, nothing is refunded beyond what was captured,"
        " nothing is paid out that was not released. Ends with an error"
        " when anything is wrong."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        checks = whole_ledger_proof()
        for check in checks:
            verdict = self.style.ERROR("WRONG") if check.problems else self.style.SUCCESS("true ")
            self.stdout.write(f"{verdict}  {check.claim} ({check.looked_at} looked at)")
        wrong = [(where, problem) for check in checks for where, problem in check.problems]
        for where, problem in wrong:
            self.stderr.write(self.style.ERROR(f"{where}: {problem}"))
        if wrong:
            raise CommandError(f"{len(wrong)} problem(s): the books are not right.")
        self.stdout.write(self.style.SUCCESS("The books are right."))
