"""
Who wants to be told of an opening, and what became of it. Nobody needs an address for that, so none is shown.
"""

from __future__ import annotations

from django.contrib import admin

from creatorshop.office.scope import LogAdmin
from drops.catalog.creators import Work
from drops.reminders.models import Nudge, Reminder


@admin.register(Reminder)
class ReminderAdmin(LogAdmin):
    creator_path = "drop__creator_id"
    see = Work.ORDERS
    row_relations = ("drop__creator", "shopper")
    list_display = ["drop", "channel", "time_zone", "asked_at", "confirmed_at", "stopped_at", "forgotten_at"]
    list_filter = ["channel", ("drop", admin.RelatedOnlyFieldListFilter)]
    exclude = ["address", "push_keys", "contact_hash", "network_hash"]


@admin.register(Nudge)
class NudgeAdmin(LogAdmin):
    creator_path = "drop__creator_id"
    see = Work.ORDERS
    row_relations = ("drop__creator", "shopper")
    list_display = ["drop", "kind", "state", "channel", "due_at", "settled_at", "tries"]
    list_filter = ["kind", "state", "channel", ("drop", admin.RelatedOnlyFieldListFilter)]
