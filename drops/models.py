"""Every model of the shop under one app label, so that there is one migration history."""

from drops.audience.models import Identity, Membership, Shopper, Tier
from drops.catalog.extras import Extra
from drops.catalog.head_pictures import HeadPicture
from drops.catalog.models import Capsule, Creator, CreatorMember, Photo, Product, Sku, SkuPrice, Story
from drops.catalog.tax_rates import TaxRate
from drops.documents.models import Document, DocumentCounter, DocumentPrint, Seller
from drops.idempotency import IdempotencyKey
from drops.ledger.agreement_models import Acceptance, AgreementLine, PartnerAgreement, SplitAgreement
from drops.ledger.models import Balance, BalanceDelta, Entry, LedgerTransaction, Payee
from drops.letters.models import Letter, LetterCopy, Subscriber
from drops.payouts.models import Payout, PayoutRun, TransferReversal, WriteOff
from drops.payouts.tax_models import TaxDetails
from drops.reminders.models import Nudge, Reminder
from drops.returns.models import Return, ReturnEvent, ReturnLine
from drops.returns.notices import ReturnNotice
from drops.risk.models import Overrule, RiskRules, Sighting, StepUp
from drops.sales.gift_models import GiftClaim
from drops.sales.models import ClaimEvidence, InboundEvent, Order, OrderLine, OrderUnit, Payment, Quote, Refund
from drops.sales.ratings import Rating
from drops.schedule.models import Drop, EarlyAccess, EarlyLink
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
    "Acceptance",
    "AgreementLine",
    "AuditLink",
    "Balance",
    "BalanceDelta",
    "Capsule",
    "ClaimEvidence",
    "Creator",
    "CreatorMember",
    "Document",
    "DocumentCounter",
    "DocumentPrint",
    "Drop",
    "DropSku",
    "DropStream",
    "EarlyAccess",
    "EarlyLink",
    "Entry",
    "Extra",
    "GiftClaim",
    "HeadPicture",
    "Hold",
    "HoldEvent",
    "HoldToken",
    "IdempotencyKey",
    "Identity",
    "InboundEvent",
    "LedgerTransaction",
    "Letter",
    "LetterCopy",
    "LimitSlot",
    "Lot",
    "Membership",
    "Nudge",
    "Order",
    "OrderLine",
    "OrderUnit",
    "Overrule",
    "PartnerAgreement",
    "Payee",
    "Payment",
    "Payout",
    "PayoutRun",
    "Photo",
    "Product",
    "Quote",
    "Rating",
    "Refund",
    "Reminder",
    "Return",
    "ReturnEvent",
    "ReturnLine",
    "ReturnNotice",
    "RiskRules",
    "Seller",
    "Shopper",
    "Sighting",
    "Sku",
    "SkuPrice",
    "SplitAgreement",
    "StepUp",
    "StockChange",
    "StockMove",
    "StockPool",
    "Story",
    "Subscriber",
    "TaxDetails",
    "TaxRate",
    "Tier",
    "Token",
    "TransferReversal",
    "WaitlistEntry",
    "WriteOff",
]
