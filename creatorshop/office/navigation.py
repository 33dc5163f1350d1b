"""
The sidebar, in the words of the glossary. A link is shown to whoever may see what is behind it.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from creatorshop.office.partner_scope import spoken_for
from creatorshop.office.scope import scope_of
from drops.catalog.creators import Work

# Title, icon, the page's name, and the kind of work it belongs to; None is for superusers.
_GROUPS: list[tuple[str, list[tuple[str, str, str, Work | None]]]] = [
    (
        "",
        [
            ("Today", "today", "admin:index", Work.SEE),
            ("Drops", "event", "admin:drops_drop_changelist", Work.SEE),
            ("Orders", "receipt_long", "admin:drops_order_changelist", Work.ORDERS),
            ("Returns", "assignment_return", "admin:drops_return_changelist", Work.PACK),
            ("Documents", "description", "admin:drops_document_changelist", Work.ORDERS),
            ("Waitlist", "hourglass_top", "admin:drops_waitlistentry_changelist", Work.ORDERS),
            ("Inbox", "forum", "admin:chat_thread_changelist", Work.ORDERS),
            ("Gifts", "redeem", "admin:drops_giftclaim_changelist", Work.ORDERS),
            ("Proof", "fact_check", "admin:office_proof", Work.SEE),
            ("Claims shown", "format_quote", "admin:drops_claimevidence_changelist", Work.ORDERS),
        ],
    ),
    (
        "Audience",
        [
            ("Reminders", "notifications", "admin:drops_reminder_changelist", Work.ORDERS),
            ("Memberships", "card_membership", "admin:drops_membership_changelist", Work.ORDERS),
            ("Tiers", "loyalty", "admin:drops_tier_changelist", Work.SEE),
            ("Early access", "door_open", "admin:drops_earlyaccess_changelist", Work.ORDERS),
            ("Early links", "key", "admin:drops_earlylink_changelist", Work.SEE),
            ("Letters", "mail", "admin:drops_letter_changelist", Work.DROPS),
            ("Subscribers", "contact_mail", "admin:drops_subscriber_changelist", Work.ORDERS),
            ("Ratings", "star_half", "admin:drops_rating_changelist", Work.ORDERS),
        ],
    ),
    (
        "Catalogue",
        [
            ("Products", "photo_library", "admin:drops_product_changelist", Work.SEE),
            ("Extras", "featured_seasonal_and_gifts", "admin:drops_extra_changelist", Work.SEE),
            ("Capsules", "category", "admin:drops_capsule_changelist", Work.SEE),
            ("Import products", "upload_file", "admin:office_import", Work.CATALOG),
        ],
    ),
    (
        "Parcels",
        [
            ("Batches", "inventory_2", "admin:fulfillment_batch_changelist", Work.PACK),
            ("Parcels", "package_2", "admin:fulfillment_parcel_changelist", Work.PACK),
            ("Zones and rates", "public", "admin:fulfillment_zone_changelist", Work.SEE),
            ("Import rules", "policy", "admin:fulfillment_importrule_changelist", Work.SEE),
            ("Conversions", "currency_exchange", "admin:fulfillment_currencyconversion_changelist", Work.SEE),
        ],
    ),
    (
        "Pickups",
        [
            ("Pickups", "shopping_bag", "admin:pickups_pickup_changelist", Work.PACK),
            ("Slots", "schedule", "admin:pickups_slot_changelist", Work.SEE),
            ("Locations", "storefront", "admin:pickups_location_changelist", Work.SEE),
            ("Shelves", "shelves", "admin:pickups_shelf_changelist", Work.SEE),
            ("Roster links", "link", "admin:pickups_rosterlink_changelist", Work.DROPS),
        ],
    ),
    (
        "Shop",
        [
            ("Creator", "badge", "admin:drops_creator_changelist", Work.SEE),
            ("Story", "menu_book", "admin:drops_story_changelist", Work.SEE),
            ("Seller", "business_center", "admin:drops_seller_changelist", Work.MONEY),
            ("Members", "group", "admin:drops_creatormember_changelist", Work.MEMBERS),
            ("Overrules", "gavel", "admin:drops_overrule_changelist", Work.MONEY),
            ("Risk rules", "shield", "admin:drops_riskrules_changelist", Work.MONEY),
            ("Payments", "payments", "admin:drops_payment_changelist", Work.MONEY),
            ("Agreements", "handshake", "admin:drops_splitagreement_changelist", Work.MONEY),
            ("Partner terms", "local_cafe", "admin:drops_partneragreement_changelist", Work.MONEY),
            ("Payouts", "savings", "admin:drops_payout_changelist", Work.MONEY),
            ("Payout runs", "send_money", "admin:drops_payoutrun_changelist", None),
            ("Taken back", "undo", "admin:drops_transferreversal_changelist", Work.MONEY),
            ("Given up", "money_off", "admin:drops_writeoff_changelist", Work.MONEY),
            ("Ledger", "account_balance", "admin:drops_entry_changelist", Work.MONEY),
            ("Tax rates", "percent", "admin:drops_taxrate_changelist", Work.SEE),
        ],
    ),
    (
        "Machine room",
        [
            ("Holds", "timer", "admin:drops_hold_changelist", None),
            ("Tokens", "token", "admin:drops_token_changelist", None),
            ("People", "person", "admin:auth_user_changelist", None),
            ("Partners' people", "badge", "admin:pickups_partnermember_changelist", None),
        ],
    ),
]
# What a person sees who works for no creator, but speaks for a partner.
_OF_PARTNERS = {"admin:index", "admin:drops_partneragreement_changelist", "admin:drops_payout_changelist"}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar of the person behind a request."""
    scope = scope_of(request)
    addresses = [reverse(name) for _, links in _GROUPS for _, _, name, _ in links]
    # The longest address that the page is under: the import's page lies below that of the products.
    here = max((address for address in addresses if request.path.startswith(address)), key=len, default="")
    groups = []
    for title, links in _GROUPS:
        items = [
            {"title": label, "icon": icon, "link": reverse(name), "active": reverse(name) == here}
            for label, icon, name, work in links
            if scope.is_all or scope.may_anywhere(work) or (name in _OF_PARTNERS and spoken_for(request))
        ]
        if items:
            groups.append({"title": title, "items": items, "separator": bool(title)})
    return groups
