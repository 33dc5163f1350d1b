"""
Conversations, to be read.
"""

from __future__ import annotations

from django.contrib import admin

from creatorshop.chat.models import Command, Message, Thread, ThreadEvent
from creatorshop.office.scope import LogAdmin, ScopedInline
from drops.catalog.creators import Work


class MessageInline(ScopedInline):
    model = Message
    see = Work.ORDERS
    fields = readonly_fields = ["at", "speaker", "type", "fallback_text"]
    ordering = ["seq"]
    per_page = 50


@admin.register(Thread)
class ThreadAdmin(LogAdmin):
    see = Work.ORDERS
    row_relations = ("shopper", "creator", "drop")
    list_display = ["__str__", "shopper", "drop", "seq", "moved_at"]
    list_filter = [("drop", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["ref", "shopper__name", "shopper__email"]
    fields = readonly_fields = ["ref", "shopper", "creator", "drop", "created_at", "moved_at"]
    inlines = [MessageInline]


class _OfThread(LogAdmin):
    creator_path = "thread__creator_id"
    see = Work.ORDERS
    row_relations = ("thread",)


@admin.register(Message)
class MessageAdmin(_OfThread):
    list_display = ["at", "thread", "speaker", "type", "fallback_text"]
    list_filter = ["type", "speaker"]
    search_fields = ["fallback_text"]


@admin.register(ThreadEvent)
class ThreadEventAdmin(_OfThread):
    list_display = ["received_at", "thread", "kind"]
    list_filter = ["kind"]


@admin.register(Command)
class CommandAdmin(_OfThread):
    list_display = ["name", "thread", "state", "attempts", "created_at"]
    list_filter = ["state", "name"]
