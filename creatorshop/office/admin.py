"""
Brings in every admin class, so that Django's autodiscovery finds them all in one place.
"""

from creatorshop.office import (
    agreements,
    catalog,
    chats,
    claims,
    customs,
    documents,
    drops,
    extras,
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
    "agreements",
    "catalog",
    "chats",
    "claims",
    "customs",
    "documents",
    "drops",
    "extras",
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
