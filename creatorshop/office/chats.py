"""
Conversations: the inbox, with those first in which a human is wanted, and what was said, to be read.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Exists, F, IntegerField, OrderBy, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, NullIf
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.timesince import timesince

from creatorshop.chat.engine.voice import known_locale
from creatorshop.chat.humans import speaker_of
from creatorshop.chat.models import Command, Message, Thread, ThreadEvent
from creatorshop.office import talk
from creatorshop.office.knowledge import language_of
from creatorshop.office.scope import LogAdmin, ScopedInline
from drops.catalog.creators import Work
from drops.clock import DATABASE_NOW
from drops.sales.models import Order
from drops.stock.models import LIVE_STATES, Hold

LAST_WORDS = 80


class MessageInline(ScopedInline):
    model = Message
    see = Work.ORDERS
    fields = readonly_fields = ["at", "speaker", "type", "fallback_text"]
    ordering = ["seq"]
    per_page = 50


class InboxFilter(admin.SimpleListFilter):
    title = "inbox"
    parameter_name = "inbox"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "A person is wanted"), ("taken", "A person is here")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Thread]) -> QuerySet[Thread]:
        match self.value():
            case "waiting":
                return queryset.filter(waits_since__isnull=False)
            case "taken":
                return queryset.exclude(helper="")
        return queryset


@admin.register(Thread)
class ThreadAdmin(LogAdmin):
    see = Work.ORDERS
    row_relations = ("shopper", "creator", "drop")
    list_display = ["shopper_link", "waits", "last_words", "drop", "stands", "language", "speaks", "moved_at"]
    list_display_links = None
    list_filter = [InboxFilter, ("drop", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["ref", "shopper__name", "shopper__email"]
    fields = readonly_fields = ["ref", "shopper", "creator", "drop", "created_at", "moved_at"]
    inlines = [MessageInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the threads in which something was said, each with what its line in the inbox needs."""
        typed = Message.objects.filter(thread=OuterRef("pk"), speaker="shopper").order_by("-seq")
        of_shopper = {"shopper": OuterRef("shopper")}
        live = Hold.objects.filter(**of_shopper, state__in=LIVE_STATES, expires_at__gt=DATABASE_NOW)
        helper = get_user_model().objects.filter(pk=Cast(NullIf(OuterRef("helper"), Value("")), IntegerField()))
        rows: QuerySet[Any] = super().get_queryset(request)
        inbox: QuerySet[Any] = rows.filter(seq__gt=0).annotate(
            now=DATABASE_NOW,
            typed=Subquery(typed.values("fallback_text")[:1]),
            holds=Exists(live),
            has_order=Exists(Order.objects.filter(**of_shopper)),
            helper_name=Subquery(helper.values("username")[:1]),
        )
        return inbox

    def get_ordering(self, request: HttpRequest) -> tuple[OrderBy | str, ...]:
        # Who has waited longest comes first.
        return F("waits_since").asc(nulls_last=True), "-moved_at", "-pk"

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("talk", talk.talk_page, "office_talk"),
            ("talk/news", talk.news, "office_talk_news"),
            ("talk/do", talk.do, "office_talk_do"),
        ]
        return [
            *(
                path(f"<path:object_id>/{where}/", self.admin_site.admin_view(partial(view, admin=self)), name=name)
                for where, view, name in pages
            ),
            *super().get_urls(),
        ]

    @admin.display(description="Shopper", ordering="shopper__name")
    def shopper_link(self, thread: Thread) -> str:
        address = reverse("admin:office_talk", args=[thread.pk])
        return format_html('<a class="office-link" href="{}">{}</a>', address, thread.shopper)

    @admin.display(description="A person is wanted", ordering="waits_since")
    def waits(self, thread: Any) -> str:
        if thread.waits_since is None:
            return ""
        since = timesince(thread.waits_since, thread.now, depth=1)
        return format_html("<b>{}</b>, {}", thread.get_waits_why_display(), since)

    @admin.display(description="Last words")
    def last_words(self, thread: Any) -> str:
        words = " ".join((thread.typed or "").split())
        return words if len(words) <= LAST_WORDS else f"{words[:LAST_WORDS]}…"

    @admin.display(description="Stands")
    def stands(self, thread: Any) -> str:
        said = [name for name, is_so in (("on hold", thread.holds), ("ordered", thread.has_order)) if is_so]
        return ", ".join(said)

    @admin.display(description="Language", ordering="shopper__locale")
    def language(self, thread: Thread) -> str:
        return language_of(known_locale(thread.shopper.locale))

    @admin.display(description="Speaks", ordering="helper")
    def speaks(self, thread: Any) -> str:
        return (thread.helper_name or "A person") if speaker_of(thread=thread, now=thread.now) else "Assistant"


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
