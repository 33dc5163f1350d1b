"""
Who wants a creator's letter: how many, since when, from where. Nobody needs an address to write to them, so none is shown.

Somebody who asks the creator by hand to be left alone is found by their whole address, and stopped here.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from creatorshop.office.scope import LogAdmin, scope_of
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.letters.counting import counts_of
from drops.letters.models import Subscriber
from drops.letters.stopping import stop
from drops.letters.subscribing import mailbox_hash


@admin.register(Subscriber)
class SubscriberAdmin(LogAdmin):
    creator_path = "creator_id"
    see = Work.ORDERS
    row_relations = ("creator", "shopper")
    list_before_template = "admin/office/_subscribers.html"
    list_display = ["__str__", "creator", "source", "asked_at", "confirmed_at", "stopped_at"]
    list_filter = ["source"]
    search_fields = ["ref"]
    search_help_text = "The whole e-mail address of somebody, or the beginning of their ref."
    exclude = ["address", "contact_hash", "network_hash"]
    actions = ["stop"]

    def get_search_results(self, request: HttpRequest, rows: QuerySet[Any], term: str) -> tuple[QuerySet[Any], bool]:
        if "@" in term:
            return rows.filter(contact_hash=mailbox_hash(term.strip())), False
        found, may_repeat = super().get_search_results(request, rows, term)
        return found, bool(may_repeat)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        count = counts_of(subscribers=self.get_queryset(request))
        answer: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "count": count})
        return answer

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).may_anywhere(Work.ORDERS)

    @admin.action(description="Send them no letter any more", permissions=["stop"])
    def stop(self, request: HttpRequest, rows: QuerySet[Subscriber]) -> None:
        self.run_on_rows(
            request,
            rows,
            work=Work.ORDERS,
            do=lambda subscriber: stop(subscriber=subscriber, now=database_now()),
            done="gets no letter any more; the address is deleted.",
        )
