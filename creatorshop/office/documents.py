"""
Who sells, and what was issued of their sales: receipts, invoices and credit notes, with what a bookkeeper wants of a year.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from creatorshop.documents.bundles import MOST_IN_A_BUNDLE, bundle_of, table_of
from creatorshop.documents.printing import file_name_of, pdf_of
from creatorshop.office.pages import refuse_unless_may, row_or_404
from creatorshop.office.scope import LogAdmin, OneCreatorForm, ScopedAdmin, scope_of
from creatorshop.office.stock import OperatorAdmin
from drops.catalog.creators import Work
from drops.documents.issuing import issue_invoice
from drops.documents.models import Document, DocumentCounter, DocumentKind, DocumentPrint, Seller
from drops.documents.sellers import missing_sentence, normalised_vat_id, seller_of, vat_id_problem
from drops.errors import ShopError
from drops.money import format_minor
from drops.sales.models import Order


class SellerForm(OneCreatorForm):
    class Meta:
        model = Seller
        fields = [
            "creator",
            "legal_name",
            "street",
            "postcode",
            "city",
            "country",
            "email",
            "vat_id",
            "tax_number",
            "is_exempt",
            "exemption_note",
            "register_line",
            "prefix",
            "language",
        ]

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean_vat_id(self) -> str:
        vat_id = normalised_vat_id(self.cleaned_data["vat_id"])
        country = self.cleaned_data.get("country", "")
        if vat_id and not country:
            raise forms.ValidationError("Say the country first; it decides what the number looks like.")
        if vat_id and (problem := vat_id_problem(vat_id=vat_id, country=country)):
            raise forms.ValidationError(problem)
        return vat_id


@admin.register(Seller)
class SellerAdmin(ScopedAdmin):
    see = change = Work.MONEY
    can_add = True
    form = SellerForm
    row_relations = ("creator",)
    list_display = ["__str__", "creator", "vat_id", "invoices"]
    search_fields = ["legal_name", "creator__name"]
    change_form_outer_before_template = "admin/office/_seller.html"
    fieldsets = [
        (None, {"fields": ["creator", "legal_name", "street", ("postcode", "city"), "country", "email"]}),
        ("Tax", {"fields": [("vat_id", "tax_number"), "is_exempt", "exemption_note"]}),
        ("On documents", {"fields": ["register_line", ("prefix", "language")]}),
    ]

    @admin.display(description="Invoices")
    def invoices(self, seller: Seller) -> str:
        return missing_sentence(seller=seller) or "Shoppers get invoices."

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        seller = kwargs.get("obj")
        context["missing"] = missing_sentence(seller=seller) if seller is not None else ""
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Document)
class DocumentAdmin(LogAdmin):
    see = Work.ORDERS
    row_relations = ("creator", "order")
    list_display = ["reference", "kind", "to_order", "buyer", "total", "issued_at", "download"]
    list_filter = ["kind", "year"]
    search_fields = ["reference", "order__ref", "order__name", "order__email"]
    date_hierarchy = "issued_at"
    fields = readonly_fields = [
        "reference",
        "kind",
        "to_order",
        "buyer",
        "net",
        "total",
        "issued_at",
        "hash",
        "download",
    ]
    actions = ["zip_of_chosen"]
    change_list_template = "admin/office/documents.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("years/<int:year>.csv", view(self.year_table), name="office_documents_of_year"),
            path("of-order/<int:order_id>/", view(self.of_order), name="office_document_of_order"),
            path("<path:object_id>/pdf/", view(self.pdf), name="office_document"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        years = self._for_books(request).order_by("-year").values_list("year", flat=True).distinct()
        page: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "years": list(years)})
        return page

    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document: Document = row_or_404(self, request, object_id)
        return _file(bytes(pdf_of(document).content), file_name_of(document), "application/pdf")

    def of_order(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Issue the invoice of an order that has none yet, or only a receipt."""
        order: Order = row_or_404(self.admin_site._registry[Order], request, str(order_id))
        back = HttpResponseRedirect(reverse("admin:drops_order_change", args=[order.pk]))
        if request.method != "POST" or refuse_unless_may(request, Work.MONEY, order.creator_id):
            return back
        try:
            document = issue_invoice(order_id=order.pk)
            messages.success(request, f"{document.get_kind_display()} {document} is issued.")
        except ShopError as refusal:
            messages.error(request, refusal.message)
        return back

    def year_table(self, request: HttpRequest, year: int) -> HttpResponse:
        rows = self._for_books(request).filter(year=year).order_by("creator", "series", "number")
        return _file(table_of(rows), f"documents-{year}.csv", "text/csv; charset=utf-8")

    @admin.action(description=f"Download as ZIP ({MOST_IN_A_BUNDLE} at most)", permissions=["bookkeeping"])
    def zip_of_chosen(self, request: HttpRequest, rows: QuerySet[Document]) -> HttpResponse | None:
        chosen = rows.filter(pk__in=self._for_books(request).values("pk")).order_by(
            "creator", "series", "year", "number"
        )
        if chosen.count() > MOST_IN_A_BUNDLE:
            messages.error(request, f"Choose {MOST_IN_A_BUNDLE} at most, like those of one month.")
            return None
        return _file(bundle_of(chosen), "documents.zip", "application/zip")

    def has_bookkeeping_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).may_anywhere(Work.MONEY)

    def _for_books(self, request: HttpRequest) -> QuerySet[Document]:
        """Return the documents whose sums the person may see: a helper prints single ones, and does not keep the books."""
        rows = self.get_queryset(request)
        scope = scope_of(request)
        return rows if scope.is_all else rows.filter(creator__in=scope.creator_ids(Work.MONEY))

    @admin.display(description="Order")
    def to_order(self, document: Document) -> str:
        address = reverse("admin:drops_order_change", args=[document.order_id])
        return format_html('<a class="office-link" href="{}">{}</a>', address, document.order.ref)

    @admin.display(description="To")
    def buyer(self, document: Document) -> str:
        return str(document.data["buyer"]["name"])

    @admin.display(description="Net")
    def net(self, document: Document) -> str:
        return format_minor(document.data["net_minor"], document.data["currency"])

    @admin.display(description="Total")
    def total(self, document: Document) -> str:
        sign = "−" if document.kind == DocumentKind.CREDIT_NOTE else ""
        return sign + format_minor(document.data["total_minor"], document.data["currency"])

    @admin.display(description="PDF")
    def download(self, document: Document) -> str:
        address = reverse("admin:office_document", args=[document.pk])
        return format_html('<a class="office-link" href="{}">{}</a>', address, file_name_of(document))


@admin.register(DocumentCounter)
class DocumentCounterAdmin(OperatorAdmin):
    row_relations = ("creator",)
    list_display = ["creator", "series", "year", "last", "last_at"]


@admin.register(DocumentPrint)
class DocumentPrintAdmin(OperatorAdmin):
    creator_path = "document__creator_id"
    row_relations = ("document",)
    list_display = ["document", "content_hash", "made_at"]
    exclude = ["content"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentPrint]:
        return super().get_queryset(request).defer("content")


def documents_on_order_page(order: Order) -> dict[str, Any]:
    """Return what the page of an order says of its documents."""
    issued = list(Document.objects.filter(order=order).order_by("pk"))
    kinds = {document.kind for document in issued}
    return {
        "documents": issued,
        "may_issue": DocumentKind.INVOICE not in kinds,
        "missing": "" if DocumentKind.INVOICE in kinds else missing_sentence(seller=seller_of(creator=order.creator)),
    }


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=media_type, headers=headers)
