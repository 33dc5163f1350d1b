"""
Capsules, products with their SKUs and photos, and the import of a sheet.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldAdminTextareaWidget

from creatorshop.office.fields import CustomsForm, LinesField, hs_code_field
from creatorshop.office.importing import import_page
from creatorshop.office.scope import LogAdmin, OneCreatorForm, ScopedAdmin, ScopedInline
from drops.catalog.capsules import refuse_if_it_does_not_fit
from drops.catalog.creators import Work
from drops.catalog.imports.bodies import clean_body
from drops.catalog.models import Capsule, Photo, Product, Sku, SkuPrice
from drops.catalog.photos import add_photo
from drops.catalog.pictures import NotAPicture, clean_picture
from drops.clock import database_now
from drops.errors import ShopError
from drops.money import format_minor
from drops.sales.reductions import reductions_of

HISTORY_SHOWN = 20
CUSTOMS = ("hs_code", "origin_country", "customs_description", "material")


@admin.register(Capsule)
class CapsuleAdmin(ScopedAdmin):
    change = Work.CATALOG
    can_add = True
    row_relations = ("creator",)
    list_display = ["title", "creator", "product_count", "created_at"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    fields = ["creator", "title", "slug", "story"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Capsule]:
        rows: QuerySet[Capsule] = super().get_queryset(request)
        return rows.annotate(products_in_it=Count("products"))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    @admin.display(description="Products", ordering="products_in_it")
    def product_count(self, capsule: Any) -> int:
        return int(capsule.products_in_it)


class SkuForm(CustomsForm):
    creator_path = "product__creator"

    option_values = LinesField(most=3, longest=120, help_text="One a line, in the order of the product's options.")
    hs_code = hs_code_field(example="6912.00")

    class Meta:
        model = Sku
        fields = [
            *("code", "option_values", "swatch", "price", "announces_reduction", "weight_g", "on_hand", "barcode"),
            *CUSTOMS,
        ]
        widgets = {"swatch": UnfoldAdminColorInputWidget}


class SkuInline(ScopedInline):
    model = Sku
    form = SkuForm
    change = Work.CATALOG
    can_add = True
    fields = ["code", "option_values", "price", "announces_reduction", "weight_g", "on_hand", "position"]
    show_change_link = True  # there the price history is read
    ordering = ["position", "pk"]
    ordering_field = "position"
    hide_ordering_field = True
    tab = True
    verbose_name, verbose_name_plural = "SKU", "SKUs"


class PhotoForm(OneCreatorForm):
    upload = forms.ImageField(required=False, widget=forms.FileInput, label="New picture")

    class Meta:
        model = Photo
        fields = ["alt_text", "focal_x", "focal_y", "position"]
        widgets = {"alt_text": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            # A picture is not exchanged under its alt text: add the new one, delete the old one.
            self.fields["upload"].widget.attrs["hidden"] = True

    def clean_upload(self) -> bytes | None:
        picture = self.cleaned_data.get("upload")
        if picture is None:
            return None
        picture.seek(0)
        data: bytes = picture.read()
        try:
            clean_picture(data)
        except NotAPicture as refusal:
            raise forms.ValidationError(refusal.message) from None
        return data

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is None and self.has_changed() and not (cleaned or {}).get("upload"):
            self.add_error("upload", "Choose a picture.")
        return cleaned


class PhotoInline(ScopedInline):
    model = Photo
    form = PhotoForm
    change = Work.CATALOG
    can_add = can_delete = True
    # The ordering field is listed and hidden: an inline that leaves it out loses the order it is dragged into.
    fields = ["preview", "upload", "alt_text", "focal_x", "focal_y", "position"]
    readonly_fields = ["preview"]
    ordering = ["position", "pk"]
    ordering_field = "position"
    hide_ordering_field = True
    tab = True

    @admin.display(description="Photo")
    def preview(self, photo: Photo) -> str:
        if photo._state.adding:
            return "New"
        return format_html(
            '<span class="office-focal" data-x="{}" data-y="{}">{}</span>',
            photo.focal_x,
            photo.focal_y,
            thumbnail(photo, 120),
        )


class ProductForm(OneCreatorForm):
    benefits = LinesField(most=3, longest=120, help_text="Two or three, short, one a line.")
    option_names = LinesField(most=3, longest=60, help_text="What a buyer chooses, one a line: Glaze, Size.")
    tags = LinesField(most=50, longest=120)

    class Meta:
        model = Product
        fields = "__all__"

    def clean_capsule(self) -> Capsule | None:
        capsule: Capsule | None = self.cleaned_data["capsule"]
        if capsule is not None and self.instance.pk is not None:
            try:
                refuse_if_it_does_not_fit(product=self.instance, capsule=capsule)
            except ShopError as refusal:
                raise forms.ValidationError(refusal.message) from None
        return capsule

    def clean_body_html(self) -> str:
        return clean_body(self.cleaned_data["body_html"])


@admin.register(Product)
class ProductAdmin(ScopedAdmin):
    change = Work.CATALOG
    can_add = True
    form = ProductForm
    row_relations = ("creator", "capsule")
    list_display = ["cover", "title", "capsule", "state", "sku_count", "price_range"]
    list_display_links = ["cover", "title"]
    list_filter = ["state", ("capsule", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["title", "handle", "skus__code"]
    inlines = [PhotoInline, SkuInline]
    change_list_template = "admin/office/products.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "creator",
                    "title",
                    "handle",
                    "capsule",
                    "state",
                    "tax_class",
                    "return_rule",
                    "benefits",
                    "body_html",
                ]
            },
        ),
        ("More", {"classes": ["collapse"], "fields": ["option_names", "vendor", "product_type", "tags", "position"]}),
    ]

    class Media:
        js = ["admin/office/focal.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        rows = super().get_queryset(request)
        return rows.prefetch_related(
            "skus", Prefetch("photos", queryset=Photo.objects.order_by("position", "pk"), to_attr="ordered_photos")
        )

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"handle": ["title"]}

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.import_view)
        return [path("import/", page, name="office_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        return import_page(request, self)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save SKUs under the product's creator, and photos through the door that cleans and renders them."""
        product = form.instance
        for row in formset.save(commit=False):
            if isinstance(row, Sku):
                row.creator_id = product.creator_id
                row.save()
        for gone in formset.deleted_objects:
            gone.delete()
        if formset.model is Photo:
            _save_photos(formset, product)
        formset.save_m2m()

    @admin.display(description="Photo")
    def cover(self, product: Any) -> str:
        photos = product.ordered_photos
        return (
            thumbnail(photos[0], 48) if photos else format_html('<span class="office-no-photo">{}</span>', "No photo")
        )

    @admin.display(description="SKUs")
    def sku_count(self, product: Product) -> int:
        return len(product.skus.all())

    @admin.display(description="Price")
    def price_range(self, product: Product) -> str:
        prices = sorted({sku.price_minor for sku in product.skus.all()})
        written = [format_minor(price, product.creator.currency) for price in prices]
        return "–".join(dict.fromkeys(written[:1] + written[-1:]))


@admin.register(Sku)
class SkuAdmin(ScopedAdmin):
    change = Work.CATALOG
    form = SkuForm
    row_relations = ("product", "creator")
    list_display = ["code", "product", "label", "price_text", "weight_g", "on_hand"]
    search_fields = ["code", "product__title"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "product",
                    "code",
                    "option_values",
                    "swatch",
                    "price",
                    "announces_reduction",
                    "reduction",
                    "price_history",
                    "weight_g",
                    "on_hand",
                    "barcode",
                ]
            },
        ),
        (
            "For customs",
            {
                "fields": list(CUSTOMS),
                "description": "Needed for parcels that cross a customs border; the others never ask for it.",
            },
        ),
    ]
    readonly_fields = ["product", "reduction", "price_history"]

    @admin.display(description="Price", ordering="price_minor")
    def price_text(self, sku: Sku) -> str:
        return format_minor(sku.price_minor, sku.creator.currency)

    @admin.display(description="What is announced")
    def reduction(self, sku: Sku) -> str:
        if not sku.announces_reduction:
            return "Nothing: pages show the price alone."
        found = reductions_of(skus=[sku], currency=sku.creator.currency, now=database_now()).get(sku.pk)
        if found is None:
            return "Nothing: in the 30 days before, nobody could buy this at a higher price, or it costs this for long."
        return (
            f"The lowest price of the 30 days before: {format_minor(found.lowest_before_minor, sku.creator.currency)}."
        )

    @admin.display(description="Price history")
    def price_history(self, sku: Sku) -> str:
        rows = SkuPrice.objects.filter(sku=sku).order_by("-from_at", "-pk")[:HISTORY_SHOWN]
        zone = ZoneInfo(sku.creator.time_zone)
        return format_html_join(
            "",
            "<div>{} from {}</div>",
            (
                (format_minor(row.price_minor, row.currency), f"{row.from_at.astimezone(zone):%d %b %Y, %H:%M}")
                for row in rows
            ),
        )


@admin.register(SkuPrice)
class SkuPriceAdmin(LogAdmin):
    creator_path = "sku__creator_id"
    row_relations = ("sku__product",)
    list_display = ["sku", "price", "from_at"]
    search_fields = ["sku__code", "sku__product__title"]

    @admin.display(description="Price", ordering="price_minor")
    def price(self, row: SkuPrice) -> str:
        return format_minor(row.price_minor, row.currency)


@admin.register(Photo)
class PhotoAdmin(ScopedAdmin):
    creator_path = "product__creator_id"
    change = Work.CATALOG
    can_delete = True
    row_relations = ("product__creator",)
    list_display = ["thumb", "product", "alt_text", "position"]
    list_filter = [("product", admin.RelatedOnlyFieldListFilter)]
    fields = ["picture", "product", "sku", "alt_text", "focal_x", "focal_y"]
    readonly_fields = ["picture", "product"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "sku" and request.resolver_match is not None:
            photo = self.get_object(request, request.resolver_match.kwargs.get("object_id", ""))
            skus = Sku.objects.none() if photo is None else Sku.objects.filter(product_id=photo.product_id)
            kwargs["queryset"] = skus.select_related("product")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="Photo")
    def thumb(self, photo: Photo) -> str:
        return thumbnail(photo, 48)

    @admin.display(description="Photo")
    def picture(self, photo: Photo) -> str:
        return thumbnail(photo, 240)


def thumbnail(photo: Photo, size: int) -> str:
    """Return a small picture of a photo: the smallest rendition that was made, else its placeholder."""
    source = photo.rendition_url(min(photo.rendition_widths), "webp") if photo.rendition_widths else photo.placeholder
    if not source:
        source = photo.original.url
    return format_html(
        '<img class="office-thumb" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
        source,
        photo.alt_text,
        size,
        size,
    )


def _save_photos(formset: Any, product: Product) -> None:
    for form in formset.initial_forms:
        if form in formset.deleted_forms or not form.has_changed():
            continue
        form.instance.save(update_fields=["alt_text", "focal_x", "focal_y", "position"])
    for form in formset.extra_forms:
        said = getattr(form, "cleaned_data", {})
        if form in formset.deleted_forms or not said.get("upload"):
            continue
        add_photo(
            product=product,
            data=said["upload"],
            alt_text=said.get("alt_text", ""),
            focal_point=(said.get("focal_x", 0.5), said.get("focal_y", 0.5)),
        )
