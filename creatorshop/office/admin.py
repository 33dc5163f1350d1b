"""
Brings in every admin class, so that Django's autodiscovery finds them all in one place.
"""

from creatorshop.office import (
    catalog,
    chats,
    claims,
    customs,
    drops,
    ledger,
    parcels,
    people,
    pickups,
    proof,
    reminders,
    risk,
    sales,
    stock,
    stories,
    taxes,
    waitlist,
)

__all__ = [
    "catalog",
    "chats",
    "claims",
    "customs",
    "drops",
    "ledger",
    "parcels",
    "people",
    "pickups",
    "proof",
    "reminders",
    "risk",
    "sales",
    "stock",
    "stories",
    "taxes",
    "waitlist",
]
