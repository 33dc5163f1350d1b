"""
Postage, batches and parcels: what the packing table works from.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from unfold.widgets import UnfoldAdminTextInputWidget

from creatorshop.office.board import start_batch
from creatorshop.office.fields import PriceForm
from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.scope import LogAdmin, ScopedAdmin, ScopedInline
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import ShopError
from drops.money import format_minor
from drops.sales.orders import beside_text
from fulfillment.addresses import country_name
from fulfillment.batches import cancel_batch, validate_batch
from fulfillment.contents import unwanted
from fulfillment.declarations import declaration_of
from fulfillment.models import Batch, BatchState, Document, Parcel, ParcelState, ParcelUnit, Rate, Zone
from fulfillment.parcels import (
    PRINTED_STATES,
    correct_address,
    correct_tracking,
    hand_to_carrier,
    note_arrival,
    pack_parcel,
    set_aside,
    unpack_parcel,
)
from fulfillment.zones import offer_rate, withdraw_rate


class RateForm(PriceForm):
    creator_path = "zone__creator"

    class Meta:
        model = Rate
        fields = ["name", "price", "max_weight_g", "incoterm", "handling_days_min", "handling_days_max"]


DAYS = ["handling_days_min", "handling_days_max", "transit_days_min", "transit_days_max"]


class RateInline(ScopedInline):
    model = Rate
    form = RateForm
    change = Work.DROPS
    can_add = True
    fields = ["name", "price", "max_weight_g", "incoterm", *DAYS]
    ordering = ["pk"]


@admin.register(Zone)
class ZoneAdmin(ScopedAdmin):
    change = Work.DROPS
    can_add = can_delete = True
    row_relations = ("creator",)
    list_display = ["name", "creator", "country_list", "rate_count"]
    search_fields = ["name"]
    inlines = [RateInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Zone]:
        rows: QuerySet[Zone] = super().get_queryset(request)
        return rows.annotate(rates_offered=Count("rates", filter=Q(rates__withdrawn_at=None)))

    @admin.display(description="Countries")
    def country_list(self, zone: Zone) -> str:
        return ", ".join(zone.countries)

    @admin.display(description="Rates")
    def rate_count(self, zone: Any) -> int:
        return int(zone.rates_offered)


@admin.register(Rate)
class RateAdmin(ScopedAdmin):
    creator_path = "zone__creator_id"
    change = Work.DROPS
    form = RateForm
    row_relations = ("zone__creator",)
    list_display = ["name", "zone", "price_text", "max_weight_g", "incoterm", "is_offered"]
    search_fields = ["name", "zone__name"]
    fields = ["zone", "name", "price", "max_weight_g", "incoterm", *DAYS]
    readonly_fields = ["zone"]
    actions = ["withdraw", "offer"]

    @admin.display(description="Price", ordering="price_minor")
    def price_text(self, rate: Rate) -> str:
        return format_minor(rate.price_minor, rate.zone.creator.currency)

    @admin.display(description="Offered", boolean=True)
    def is_offered(self, rate: Rate) -> bool:
        return rate.withdrawn_at is None

    @admin.action(description="Withdraw", permissions=["change"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[Rate]) -> None:
        def do(rate: Rate) -> None:
            withdraw_rate(rate_id=rate.pk, now=database_now())

        self.run_on_rows(request, rows, work=Work.DROPS, do=do, done="is offered no more.")

    @admin.action(description="Offer again", permissions=["change"])
    def offer(self, request: HttpRequest, rows: QuerySet[Rate]) -> None:
        self.run_on_rows(
            request, rows, work=Work.DROPS, do=lambda rate: offer_rate(rate_id=rate.pk), done="is offered."
        )


class _Packing(ScopedAdmin):
    """Seen and moved by whoever packs; never typed over."""

    see = Work.PACK

    def has_pack_permission(self, request: HttpRequest) -> bool:
        return self._may(request, Work.PACK, None, each=True)


@admin.register(Batch)
class BatchAdmin(_Packing):
    row_relations = ("drop", "creator", "created_by")
    list_display = ["ref", "drop", "state", "progress", "problems", "created_at", "papers"]
    list_filter = ["state", ("drop", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["ref", "drop__title"]
    actions = ["check_parcels", "run", "cancel"]
    fields = ["ref", "drop", "state", "created_by", "created_at", "frozen_at", "finished_at", "papers", "parcel_table"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        rows: QuerySet[Batch] = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("documents", Document.objects.defer("content"))).annotate(
            parcel_count=Count("parcels"),
            shipped_count=Count("parcels", filter=Q(parcels__state=ParcelState.SHIPPED)),
            problem_count=Count("parcels", filter=Q(parcels__state=ParcelState.NEEDS_HUMAN)),
        )

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.paper)
        return [path("<path:object_id>/papers/<str:kind>/", page, name="office_paper"), *super().get_urls()]

    def paper(self, request: HttpRequest, object_id: str, kind: str) -> HttpResponse:
        batch: Batch = row_or_404(self, request, object_id)
        document = Document.objects.filter(batch=batch, kind=kind).first()
        if document is None:
            messages.error(request, "This paper is not printed yet.")
            return HttpResponseRedirect(reverse("admin:fulfillment_batch_change", args=[batch.pk]))
        headers = {
            "Content-Disposition": f'attachment; filename="{document.name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(bytes(document.content), content_type=document.media_type, headers=headers)

    @admin.display(description="Left")
    def progress(self, batch: Any) -> str:
        return f"{batch.shipped_count} of {batch.parcel_count}"

    @admin.display(description="Problems")
    def problems(self, batch: Any) -> str:
        return str(batch.problem_count or "–")

    @admin.display(description="Papers")
    def papers(self, batch: Batch) -> str:
        return format_html_join(
            " · ",
            '<a class="office-link" href="{}">{}</a>',
            (
                (reverse("admin:office_paper", args=[batch.pk, document.kind]), document.get_kind_display())
                for document in sorted(batch.documents.all(), key=lambda document: document.kind)
            ),
        )

    @admin.display(description="Parcels")
    def parcel_table(self, batch: Batch) -> str:
        rows = batch.parcels.select_related("order").order_by("pk")
        stays = unwanted([parcel for parcel in rows if parcel.state in PRINTED_STATES])
        return format_html(
            '<ul class="office-list">{}</ul>',
            format_html_join(
                "",
                '<li><a class="office-link" href="{}">{}</a> {} <b>{}</b> {}</li>',
                (
                    (
                        reverse("admin:office_parcel", args=[parcel.pk]),
                        parcel.ref,
                        parcel.address.get("name") or parcel.order.name,
                        parcel.get_state_display(),
                        " ".join([parcel.problem, *stays[parcel.order_id]]).strip(),
                    )
                    for parcel in rows
                ),
            ),
        )

    @admin.action(description="Check the parcels", permissions=["pack"])
    def check_parcels(self, request: HttpRequest, rows: QuerySet[Batch]) -> None:
        def do(batch: Batch) -> None:
            validate_batch(batch_id=batch.pk, now=database_now())

        self.run_on_rows(request, rows, work=Work.PACK, do=do, done="checked.")

    @admin.action(description="Freeze and print", permissions=["pack"])
    def run(self, request: HttpRequest, rows: QuerySet[Batch]) -> None:
        def do(batch: Batch) -> None:
            start_batch(batch_id=batch.pk)

        self.run_on_rows(request, rows, work=Work.PACK, do=do, done="is being printed.")

    @admin.action(description="Cancel", permissions=["pack"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Batch]) -> None:
        def do(batch: Batch) -> None:
            cancel_batch(batch_id=batch.pk, now=database_now())

        self.run_on_rows(request, rows, work=Work.PACK, do=do, done="cancelled; its parcels wait again.")


class ShippingForm(forms.Form):
    """Everything that is done to one parcel by hand, each with its own button."""

    carrier = forms.CharField(required=False, max_length=60, widget=UnfoldAdminTextInputWidget)
    tracking_number = forms.CharField(required=False, max_length=80, widget=UnfoldAdminTextInputWidget)
    tracking_url = forms.URLField(required=False, assume_scheme="https", widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(required=False, max_length=200, widget=UnfoldAdminTextInputWidget)


@admin.register(Parcel)
class ParcelAdmin(_Packing):
    row_relations = ("order__drop", "creator", "batch")
    list_display = ["ref", "recipient", "state", "batch", "tracking_number", "problem"]
    list_filter = ["state", ("batch", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["ref", "order__ref", "order__name", "tracking_number"]
    actions = ["pack", "unpack", "leave", "arrive"]
    fields = ["ref", "order_ref", "batch", "state", "problem", "recipient", "content_list", "to_desk"]
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.desk)
        return [path("<path:object_id>/desk/", page, name="office_parcel"), *super().get_urls()]

    @admin.display(description="To", ordering="order__name")
    def recipient(self, parcel: Parcel) -> str:
        return str(parcel.address.get("name") or parcel.order.name)

    @admin.display(description="Order")
    def order_ref(self, parcel: Parcel) -> str:
        return parcel.order.ref

    @admin.display(description="In it")
    def content_list(self, parcel: Parcel) -> str:
        return ", ".join(f"{line['quantity']} × {line['title']}" for line in parcel.contents) or "Not frozen yet"

    @admin.display(description="Packing table")
    def to_desk(self, parcel: Parcel) -> str:
        address = reverse("admin:office_parcel", args=[parcel.pk])
        return format_html('<a class="office-link" href="{}">Pack, hand over, correct the address</a>', address)

    @admin.action(description="Packed", permissions=["pack"])
    def pack(self, request: HttpRequest, rows: QuerySet[Parcel]) -> None:
        def do(parcel: Parcel) -> None:
            pack_parcel(parcel_id=parcel.pk, now=database_now())

        self.run_on_rows(request, rows, work=Work.PACK, do=do, done="packed.")

    @admin.action(description="Not packed after all", permissions=["pack"])
    def unpack(self, request: HttpRequest, rows: QuerySet[Parcel]) -> None:
        self.run_on_rows(
            request, rows, work=Work.PACK, do=lambda parcel: unpack_parcel(parcel_id=parcel.pk), done="to be packed."
        )

    @admin.action(description="Handed over without a number", permissions=["pack"])
    def leave(self, request: HttpRequest, rows: QuerySet[Parcel]) -> None:
        def do(parcel: Parcel) -> None:
            hand_to_carrier(parcel_id=parcel.pk, carrier="", tracking_number="", now=database_now())

        self.run_on_rows(request, rows, work=Work.PACK, do=do, done="has left.")

    @admin.action(description="Arrived", permissions=["pack"])
    def arrive(self, request: HttpRequest, rows: QuerySet[Parcel]) -> None:
        def do(parcel: Parcel) -> None:
            note_arrival(parcel_id=parcel.pk, now=database_now())

        self.run_on_rows(request, rows, work=Work.PACK, do=do, done="has arrived.")

    def desk(self, request: HttpRequest, object_id: str) -> HttpResponse:
        parcel: Parcel = row_or_404(self, request, object_id)
        form = ShippingForm(
            request.POST or None,
            initial={
                "carrier": parcel.carrier,
                "tracking_number": parcel.tracking_number,
                "tracking_url": parcel.tracking_url,
            },
        )
        if request.method == "POST" and not refuse_unless_may(request, Work.PACK, parcel.creator_id):
            if form.is_valid():
                self._act(request, parcel, form.cleaned_data)
            else:
                messages.error(request, "The address of the tracking page is none.")
            return HttpResponseRedirect(request.path)
        source = parcel.address or {**(parcel.order.address or {}), "name": parcel.order.name}
        parts = ["name", "street", "city", "postcode", "region", "country"]
        return office_page(
            request,
            self,
            "admin/office/parcel.html",
            title=f"Parcel {parcel.ref}",
            parcel=parcel,
            beside=beside_text(order=parcel.order),
            declaration=_declared(parcel),
            form=form,
            address=[(part, source.get(part, "")) for part in parts],
            is_open=parcel.state in (ParcelState.WAITING, ParcelState.QUEUED, ParcelState.NEEDS_HUMAN),
            stays=unwanted([parcel])[parcel.order_id] if parcel.state in PRINTED_STATES else [],
            is_running=parcel.batch is not None and parcel.batch.state == BatchState.RUNNING,
        )

    def _act(self, request: HttpRequest, parcel: Parcel, said: dict[str, Any]) -> None:
        tracking = {name: said[name] for name in ("carrier", "tracking_number", "tracking_url")}
        now, step = database_now(), request.POST.get("step")
        try:
            if step == "pack":
                pack_parcel(parcel_id=parcel.pk, now=now)
            elif step == "hand":
                hand_to_carrier(parcel_id=parcel.pk, now=now, **tracking)
            elif step == "tracking":
                correct_tracking(parcel_id=parcel.pk, **tracking)
            elif step == "aside":
                set_aside(parcel_id=parcel.pk, reason=said["reason"] or "Set aside by hand.", now=now)
            elif step == "address":
                correct_address(parcel_id=parcel.pk, address=request.POST.dict())
        except ShopError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "Noted.")


def _declared(parcel: Parcel) -> dict[str, Any] | None:
    """Return what is written into the carrier's customs form, for people who read it."""
    declaration = declaration_of(parcel)
    if declaration is None:
        return None
    return {
        "country": country_name(declaration.country),
        "incoterm": declaration.incoterm,
        "lines": [(line, format_minor(line.value_minor, declaration.currency)) for line in declaration.lines],
        "value": format_minor(declaration.value_minor, declaration.currency),
    }


@admin.register(ParcelUnit)
class ParcelUnitAdmin(LogAdmin):
    creator_path = "parcel__creator_id"
    see = Work.PACK
    row_relations = ("parcel", "unit__line__order")
    list_display = ["parcel", "unit"]


@admin.register(Document)
class DocumentAdmin(LogAdmin):
    creator_path = "batch__creator_id"
    see = Work.PACK
    row_relations = ("batch__drop",)
    list_display = ["name", "batch", "kind", "created_at"]
    list_filter = ["kind"]
    fields = readonly_fields = ["name", "batch", "kind", "content_hash", "created_at", "download"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).defer("content")

    @admin.display(description="Download")
    def download(self, document: Document) -> str:
        address = reverse("admin:office_paper", args=[document.batch_id, document.kind])
        return format_html('<a class="office-link" href="{}">{}</a>', address, document.name)
