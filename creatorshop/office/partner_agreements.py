"""
What partners are paid for handing over: seen by the creator whose orders they are, and by the partner.
"""

from __future__ import annotations

from django.contrib import admin

from creatorshop.office.scope import LogAdmin
from drops.catalog.creators import Work
from drops.ledger.agreement_models import PartnerAgreement


@admin.register(PartnerAgreement)
class PartnerAgreementAdmin(LogAdmin):
    see = Work.MONEY
    row_relations = ("creator", "partner")
    list_display = ["__str__", "creator", "state", "valid_from", "proposed_by"]
    list_filter = ["state"]
    search_fields = ["creator__name", "partner__name"]
