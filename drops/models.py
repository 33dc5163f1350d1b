"""Every model of the shop under one app label, so that there is one migration history."""

from drops.audience.models import Identity, Shopper
from drops.catalog.head_pictures import HeadPicture
from drops.catalog.models import Capsule, Creator, CreatorMember, Photo, Product, Sku, SkuPrice, Story
from drops.catalog.tax_rates import TaxRate
from drops.idempotency import IdempotencyKey
from drops.ledger.models import Entry, LedgerTransaction, Payee
from drops.reminders.models import Nudge, Reminder
from drops.risk.models import Overrule, RiskRules, Sighting, StepUp
from drops.sales.models import ClaimEvidence, InboundEvent, Order, OrderLine, OrderUnit, Payment, Quote, Refund
from drops.schedule.models import Drop
from drops.stock.models import (
    AuditLink,
    DropSku,
    DropStream,
    Hold,
    HoldEvent,
    HoldToken,
    LimitSlot,
    Lot,
    StockChange,
    StockMove,
    StockPool,
    Token,
    WaitlistEntry,
)

__all__ = [
    "AuditLink",
    "Capsule",
    "ClaimEvidence",
    "Creator",
    "CreatorMember",
    "Drop",
    "DropSku",
    "DropStream",
    "Entry",
    "HeadPicture",
    "Hold",
    "HoldEvent",
    "HoldToken",
    "IdempotencyKey",
    "Identity",
    "InboundEvent",
    "LedgerTransaction",
    "LimitSlot",
    "Lot",
    "Nudge",
    "Order",
    "OrderLine",
    "OrderUnit",
    "Overrule",
    "Payee",
    "Payment",
    "Photo",
    "Product",
    "Quote",
    "Refund",
    "Reminder",
    "RiskRules",
    "Shopper",
    "Sighting",
    "Sku",
    "SkuPrice",
    "StepUp",
    "StockChange",
    "StockMove",
    "StockPool",
    "Story",
    "TaxRate",
    "Token",
    "WaitlistEntry",
]
