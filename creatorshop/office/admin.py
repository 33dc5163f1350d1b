"""
Brings in every admin class, so that Django's autodiscovery finds them all in one place.
"""

from creatorshop.office import (
    agreements,
    catalog,
    chats,
    claims,
    drops,
    ledger,
    parcels,
    payout_runs,
    payouts,
    people,
    pickups,
    proof,
    reminders,
    risk,
    sales,
    stock,
    stories,
    waitlist,
)

__all__ = [
    "agreements",
    "catalog",
    "chats",
    "claims",
    "drops",
    "ledger",
    "parcels",
    "payout_runs",
    "payouts",
    "people",
    "pickups",
    "proof",
    "reminders",
    "risk",
    "sales",
    "stock",
    "stories",
    "waitlist",
]
