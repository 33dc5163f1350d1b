"""
The whole proof of a drop: what the stock says of itself, and whether each sold unit is in a parcel or a pickup.
"""

from dataclasses import dataclass

from drops.ledger.entries import unbalanced_causes
from drops.schedule.models import Drop
from drops.stock.audit import chain_events, verify_chain
from drops.stock.proof import ProofLine, proof_of
from fulfillment.queries import counts_by_drop_sku as units_in_parcels
from pickups.queries import counts_by_drop_sku as units_in_pickups


@dataclass(frozen=True)
class WholeLine:
    """The sums of one SKU through all floors."""

    stock: ProofLine
    in_parcels: int
    in_pickups: int

    @property
    def problems(self) -> list[str]:
        problems = list(self.stock.problems)
        delivered = self.in_parcels + self.in_pickups
        if delivered != self.stock.ordered:
            problems.append(
                f"{self.stock.ordered} units in orders, but {self.in_parcels} in parcels and {self.in_pickups} in pickups"
            )
        return problems


def whole_proof_of(*, drop: Drop) -> list[WholeLine]:
    """Return a line for each SKU of a drop; a line without problems adds up."""
    parcels = units_in_parcels(drop_id=drop.pk)
    pickups = units_in_pickups(drop_id=drop.pk)
    return [
        WholeLine(line, parcels.get(line.drop_sku_id, 0), pickups.get(line.drop_sku_id, 0))
        for line in proof_of(drop=drop)
    ]


def ledger_problems() -> list[str]:
    """Return a sentence for every ledger transaction that does not sum to zero."""
    return [f"ledger transaction {cause} does not sum to zero" for cause in unbalanced_causes()]


def audit_problems(*, drop: Drop) -> list[str]:
    """Bring a drop's audit chain up to date, and return a sentence for every place where it does not hold."""
    chain_events(drop_id=drop.pk)
    return verify_chain(drop_id=drop.pk)
