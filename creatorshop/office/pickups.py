"""
Partners, their places and slots, and what was handed over. A place may serve several creators: each sees it, and only
somebody who works for all of them changes it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from creatorshop.office.partner_today import terms_with
from creatorshop.office.scope import LogAdmin, ScopedAdmin, ScopedInline, scope_of
from creatorshop.office.slots import LocationForm, SlotForm
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.stock.models import FREE
from pickups.models import (
    HoursException,
    Location,
    Partner,
    Pickup,
    PickupEvent,
    PickupUnit,
    RosterAct,
    RosterDevice,
    RosterLink,
    Shelf,
    Slot,
    SlotPlace,
    WeeklyHours,
)
from pickups.roster import revoke_device, revoke_link
from pickups.services import (
    RosterRole,
    close_slot,
    materialise_slots,
    new_roster_link,
    put_up_shelf,
    reopen_slot,
    take_down_shelf,
)

LINK_LASTS = timedelta(days=7)


class _Shared(ScopedAdmin):
    is_shared = True
    creator_path = "creators"


@admin.register(Partner)
class PartnerAdmin(_Shared):
    creator_path = "locations__creators"
    list_display = ["name", "contact_name", "contact", "location_count"]
    search_fields = ["name"]
    fields = ["name", "contact_name", "contact", "payee"]
    readonly_fields = ["payee"]
    change_form_outer_before_template = "admin/office/_partner_terms.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        rows: QuerySet[Partner] = super().get_queryset(request)
        return rows.annotate(places=Count("locations", distinct=True))

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return scope_of(request).is_all

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Who is paid is the platform's business; for how much, their agreements say.
        return scope_of(request).is_all

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        partner = self.get_object(request, object_id)
        terms = {"office_terms": terms_with(request, partner)} if partner is not None else {}
        page: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **terms})
        return page

    @admin.display(description="Locations", ordering="places")
    def location_count(self, partner: Partner) -> int:
        return int(partner.places)  # type: ignore[attr-defined]


class WeeklyHoursInline(ScopedInline):
    model = WeeklyHours
    change = Work.DROPS
    can_add = can_delete = True
    fields = ["weekday", "opens", "closes"]
    ordering = ["weekday", "opens"]


class HoursExceptionInline(ScopedInline):
    model = HoursException
    change = Work.DROPS
    can_add = can_delete = True
    fields = ["date", "opens", "closes", "reason"]
    ordering = ["date", "opens"]


@admin.register(Location)
class LocationAdmin(_Shared):
    form = LocationForm
    change = Work.DROPS
    row_relations = ("partner",)
    list_display = ["name", "partner", "city", "time_zone", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "city", "partner__name"]
    filter_horizontal = ["creators"]
    inlines = [WeeklyHoursInline, HoursExceptionInline]
    actions = ["make_slots", "make_roster_link"]
    fieldsets = [
        (None, {"fields": ["partner", "creators", "name", "is_active"]}),
        ("Where", {"fields": ["address", ("postcode", "city"), ("country", "time_zone"), "note"]}),
        (
            "Slots",
            {
                "fields": [
                    ("slot_minutes", "capacity"),
                    ("lead_minutes", "horizon_days"),
                    ("cutoff_local", "cutoff_days_before"),
                ]
            },
        ),
    ]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return scope_of(request).is_all

    def _readonly(self, request: HttpRequest, obj: object) -> list[str]:
        fields = super()._readonly(request, obj)
        return fields if scope_of(request).is_all else [*fields, "partner", "creators"]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # Otherwise a day that was closed a moment ago would be booked until the next midnight makes new slots.
        materialise_slots(location_id=form.instance.pk, now=database_now())

    @admin.action(description="Make slots up to the horizon", permissions=["change"])
    def make_slots(self, request: HttpRequest, rows: QuerySet[Location]) -> None:
        def do(location: Location) -> None:
            materialise_slots(location_id=location.pk, now=database_now())

        self.run_on_rows(request, rows, work=Work.DROPS, do=do, done="slots made.")

    @admin.action(description="New roster link, for a week", permissions=["change"])
    def make_roster_link(self, request: HttpRequest, rows: QuerySet[Location]) -> None:
        """Show the address once: only its hash is kept."""

        def do(location: Location) -> None:
            now = database_now()
            link = new_roster_link(location=location, role=RosterRole.SUPERVISOR, expires_at=now + LINK_LASTS, now=now)
            messages.info(
                request,
                format_html(
                    '{}: <a class="office-link" href="{}">{}</a> – shown only now, lasts 7 days.',
                    location,
                    link.url,
                    link.url,
                ),
            )

        self.run_on_rows(request, rows, work=Work.DROPS, do=do, done="a roster link was made.")


@admin.register(Shelf)
class ShelfAdmin(ScopedAdmin):
    """A creator's units at a place. Only the place and the creator are chosen; the pool comes with the shelf."""

    change = Work.DROPS
    can_add = True
    row_relations = ("location", "creator", "pool")
    list_display = ["location", "creator", "pool"]
    list_filter = [("location", admin.RelatedOnlyFieldListFilter)]
    fields = ["location", "creator"]
    actions = ["take_down"]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "location"]

    def save_model(self, request: HttpRequest, obj: Shelf, form: Any, change: bool) -> None:
        if not change:
            made = put_up_shelf(location=obj.location, creator=obj.creator)
            obj.pk, obj.pool = made.pk, made.pool
            obj._state.adding = False

    @admin.action(description="Take down", permissions=["change"])
    def take_down(self, request: HttpRequest, rows: QuerySet[Shelf]) -> None:
        self.run_on_rows(
            request, rows, work=Work.DROPS, do=lambda shelf: take_down_shelf(shelf=shelf), done="taken down."
        )


@admin.register(Slot)
class SlotAdmin(_Shared):
    creator_path = "location__creators"
    form = SlotForm
    change = Work.DROPS
    row_relations = ("location",)
    list_display = ["when", "location", "taken", "state"]
    list_filter = [("location", admin.RelatedOnlyFieldListFilter), "state"]
    date_hierarchy = "local_date"
    ordering = ["starts_at", "pk"]
    fields = ["location", "when", "taken", "capacity", "state"]
    readonly_fields = ["location", "when", "taken", "state"]
    actions = ["close", "reopen"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Slot]:
        booked = Count("places", filter=Q(places__free_at__gt=FREE))
        rows: QuerySet[Slot] = super().get_queryset(request)
        return rows.annotate(people=booked)

    def save_model(self, request: HttpRequest, obj: Slot, form: Any, change: bool) -> None:
        """Leave the row alone: the form's service has written it."""

    @admin.display(description="When", ordering="starts_at")
    def when(self, slot: Slot) -> str:
        starts, ends = slot.starts_at.astimezone(slot.location.zone), slot.ends_at.astimezone(slot.location.zone)
        return f"{starts:%a %d %b %H:%M}–{ends:%H:%M}"

    @admin.display(description="People")
    def taken(self, slot: Slot) -> str:
        return f"{slot.people} of {slot.capacity}"  # type: ignore[attr-defined]

    @admin.action(description="Close", permissions=["change"])
    def close(self, request: HttpRequest, rows: QuerySet[Slot]) -> None:
        self.run_on_rows(request, rows, work=Work.DROPS, do=lambda slot: close_slot(slot_id=slot.pk), done="closed.")

    @admin.action(description="Reopen", permissions=["change"])
    def reopen(self, request: HttpRequest, rows: QuerySet[Slot]) -> None:
        self.run_on_rows(request, rows, work=Work.DROPS, do=lambda slot: reopen_slot(slot_id=slot.pk), done="open.")


@admin.register(SlotPlace)
class SlotPlaceAdmin(LogAdmin):
    """The places of a slot name holds of everybody who comes there: for superusers."""

    creator_path = "hold__shopper__creator_id"
    see = Work.ORDERS
    row_relations = ("slot__location", "hold")
    list_display = ["slot", "ordinal", "free_at", "hold"]


class PickupUnitInline(ScopedInline):
    model = PickupUnit
    row_relations = ("unit__line",)
    fields = readonly_fields = ["unit", "state"]


@admin.register(Pickup)
class PickupAdmin(LogAdmin):
    creator_path = "order__creator_id"
    see = Work.PACK
    row_relations = ("order", "location", "slot__location")
    list_display = ["short_code", "order", "location", "slot", "created_at"]
    list_filter = [("location", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["short_code", "order__ref", "order__name"]
    fields = readonly_fields = ["short_code", "order", "location", "slot", "created_at"]
    inlines = [PickupUnitInline]


@admin.register(PickupUnit)
class PickupUnitAdmin(LogAdmin):
    creator_path = "pickup__order__creator_id"
    see = Work.PACK
    row_relations = ("pickup__order", "unit__line")
    list_display = ["__str__", "pickup", "state"]
    list_filter = ["state"]


@admin.register(PickupEvent)
class PickupEventAdmin(LogAdmin):
    creator_path = "unit__pickup__order__creator_id"
    see = Work.PACK
    row_relations = ("unit__pickup__order", "device")
    list_display = ["at", "unit", "from_state", "to_state", "actor", "reason"]
    list_filter = ["to_state"]


class _OfLocation(_Shared):
    creator_path = "location__creators"
    see = change = Work.DROPS

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Revoked by the action alone; Django shows actions to whoever may change.
        return obj is None and super().has_change_permission(request, obj)


@admin.register(RosterLink)
class RosterLinkAdmin(_OfLocation):
    row_relations = ("location",)
    list_display = ["__str__", "location", "role", "expires_at", "revoked_at"]
    list_filter = ["role", ("location", admin.RelatedOnlyFieldListFilter)]
    exclude = ["token_hash"]
    actions = ["revoke"]

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, rows: QuerySet[RosterLink]) -> None:
        def do(link: RosterLink) -> None:
            revoke_link(link_id=link.pk, now=database_now())

        self.run_on_rows(request, rows, work=Work.DROPS, do=do, done="lets nobody in any more.")


@admin.register(RosterDevice)
class RosterDeviceAdmin(_OfLocation):
    row_relations = ("location", "link__location")
    list_display = ["__str__", "location", "role", "expires_at", "revoked_at"]
    exclude = ["token_hash"]
    actions = ["revoke"]

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, rows: QuerySet[RosterDevice]) -> None:
        def do(device: RosterDevice) -> None:
            revoke_device(device_id=device.pk, now=database_now())

        self.run_on_rows(request, rows, work=Work.DROPS, do=do, done="is logged out.")


@admin.register(RosterAct)
class RosterActAdmin(LogAdmin):
    creator_path = "device__location__creators"
    is_shared = True
    see = Work.DROPS
    row_relations = ("device__location", "pickup")
    list_display = ["at", "device", "kind", "rows"]
    list_filter = ["kind"]
