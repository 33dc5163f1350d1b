"""
The whole proof of a drop: what the stock says of itself, and whether each sold unit is in a parcel or a pickup.
"""

from collections.abc import Collection
from dataclasses import dataclass

from creatorshop.insights.snapshots import one_snapshot
from drops.ledger.proof import Check
from drops.payouts.proof import payout_check
from drops.sales.proof import cash_reports, ledger_checks
from drops.schedule.models import Drop
from drops.stock.audit import chain_events, verify_chain
from drops.stock.proof import Problem, ProofLine, proofs_of
from fulfillment.queries import counts_by_drop_sku as units_in_parcels
from pickups.queries import counts_by_drop_sku as units_in_pickups


@dataclass(frozen=True)
class WholeLine:
    """The sums of one SKU through all floors."""

    stock: ProofLine
    in_parcels: int
    in_pickups: int

    @property
    def problems(self) -> list[Problem]:
        problems = list(self.stock.problems)
        delivered = self.in_parcels + self.in_pickups
        if delivered != self.stock.ordered:
            where = f"{self.in_parcels} in parcels and {self.in_pickups} in pickups"
            problems.append(Problem("delivered", f"{self.stock.ordered} units in orders, but {where}"))
        return problems


def whole_proof_of(*, drop: Drop) -> list[WholeLine]:
    """Return a line for each SKU of a drop; a line without problems adds up."""
    return whole_proofs_of(drops=[drop])[drop.pk]


def whole_proofs_of(*, drops: Collection[Drop]) -> dict[int, list[WholeLine]]:
    """Return the lines of several drops by the drop's key, all at one instant, asking as often as for one."""
    ids = [drop.pk for drop in drops]
    found: dict[int, list[WholeLine]] = {drop_id: [] for drop_id in ids}
    with one_snapshot():
        parcels, pickups = units_in_parcels(drop_ids=ids), units_in_pickups(drop_ids=ids)
        for line in proofs_of(drops=drops):
            delivered = parcels.get(line.drop_sku_id, 0), pickups.get(line.drop_sku_id, 0)
            found[line.drop_id].append(WholeLine(line, *delivered))
    return found


def ledger_problems() -> list[str]:
    """Return a sentence for everything that is wrong in the books."""
    return [f"{where}: {problem}" for check in whole_ledger_proof() for where, problem in check.problems]


def whole_ledger_proof() -> list[Check]:
    """Return every check of the books, read at one instant."""
    checks = _ledger_checks()
    if any(check.code == "cash" and check.problems for check in checks):
        # Money that moved between the question and the look at the books is nothing to worry about: ask once more.
        return _ledger_checks()
    return checks


def audit_problems(*, drop: Drop) -> list[str]:
    """Bring a drop's audit chain up to date, and return a sentence for every place where it does not hold."""
    chain_events(drop_id=drop.pk)
    return verify_chain(drop_id=drop.pk)


def _ledger_checks() -> list[Check]:
    # Providers are asked first: not while a snapshot is open.
    reports = cash_reports()
    with one_snapshot():
        return [*ledger_checks(reports=reports), payout_check()]
