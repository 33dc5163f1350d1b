from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from creatorshop.insights.explaining import explanation_of
from drops.errors import NotFound
from drops.ledger.models import Account, Payee
from drops.money import format_minor
from drops.sales.explanation_words import KINDS
from drops.sales.explanations import Explanation, part_of


class Command(BaseCommand):
    help = (
        "Say where every cent of an order went: what was paid, what was taken off it by which rule, how the rest was shared,"
        " what happened since, and where it stands now. Ends with an error when a sum does not come out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ref", help="The order's number, like 7F3K9Q2A0B.")
        parser.add_argument("--payee", default="", help="Only what a creator or partner of this name is to be shown.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            explanation = explanation_of(order_ref=options["ref"].upper())
        except NotFound as refusal:
            raise CommandError(refusal.message) from None
        if name := options["payee"]:
            payees = set(Payee.objects.filter(name=name).values_list("pk", flat=True))
            rungs = (*explanation.taken, *explanation.shared)
            known = {rung.payee_id for rung in rungs} | {holder.payee_id for holder in explanation.holders}
            if not payees & known:
                raise CommandError(f"Nobody of the name {name} has a part in this order.")
            explanation = part_of(explanation, payees)
        self.stdout.write("\n".join(text_of(explanation)))
        if explanation.wrong:
            raise CommandError(f"{explanation.wrong} sum(s) do not come out.")
        self.stdout.write(self.style.SUCCESS("Every sum comes out."))


def text_of(explanation: Explanation) -> list[str]:
    """Return an explanation as lines of text."""

    def line(words: str, amount_minor: int | None, rule: str = "") -> list[str]:
        amount = "" if amount_minor is None else format_minor(amount_minor, explanation.currency)
        return [f"  {words:<44}{amount:>14}", *([f"      {rule}"] if rule else [])]

    lines = [f"Order {explanation.ref}: {explanation.title}", "", "What the shopper paid"]
    for rung in explanation.paid:
        lines += line(rung.label, rung.amount_minor, rung.rule)
    lines += [*line("Total", explanation.total_minor), "", "Taken off it"]
    for rung in explanation.taken:
        lines += line(rung.label, -rung.amount_minor, rung.rule)
    lines += [*line("Base, for the creators", explanation.base_minor), "", "Shared"]
    for rung in explanation.shared:
        lines += line(rung.label, rung.amount_minor, rung.rule)
    lines += ["", "What happened"]
    for one in explanation.movements:
        lines.append(f"  {one.at:%Y-%m-%d %H:%M:%S} UTC  {KINDS.get(one.kind, one.kind)}  [{one.cause}]")
        lines += [f"      {one.about}"] if one.about else []
        for entry in one.entries:
            whose = entry.payee_name or entry.country
            lines += line(f"  {Account(entry.account).label}{f', {whose}' if whose else ''}", entry.amount_minor)
    lines += ["", "Where it stands now"]
    for holder in explanation.holders:
        parts = [f"{format_minor(amount, explanation.currency)} {words}" for words, amount in holder.parts]
        lines += line(holder.name, holder.amount_minor, ", ".join(parts))
    lines += line("All of it", explanation.held_minor) if explanation.is_whole else []
    lines += ["", "Reckoned twice"]
    for claim in explanation.sums:
        lines += line(f"{'true ' if claim.holds else 'WRONG'} {claim.claim}", claim.found_minor)
        if not claim.holds:
            lines.append(f"      should be {format_minor(claim.expected_minor, explanation.currency)}")
    return lines
