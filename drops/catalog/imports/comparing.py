"""
What a plan asks for, held against what the catalogue has. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from drops.catalog.imports import cells
from drops.catalog.imports.columns import Column
from drops.catalog.imports.plans import Plan, PlannedPhoto, PlannedProduct, PlannedSku, Refusal
from drops.catalog.imports.reports import Change, Deed, ImportReport, Kind
from drops.catalog.models import Creator, Product, Sku
from drops.money import format_minor

_PRODUCT_NAMES = {
    "title": "title",
    "body_html": "text",
    "vendor": "vendor",
    "product_type": "type",
    "tags": "tags",
    "option_names": "options",
    "tax_class": "tax class",
    "state": "state",
}
_SKU_NAMES = {
    "code": "SKU",
    "option_values": "options",
    "price_minor": "price",
    "weight_g": "grams",
    "on_hand": "on hand",
    "barcode": "barcode",
    "hs_code": "HS code",
    "origin_country": "origin",
    "customs_description": "customs description",
    "material": "material",
}


@dataclass(frozen=True)
class PhotoWish:
    product: Product
    planned: PlannedPhoto
    sku: Sku | None


@dataclass
class Work:
    """The rows that have to be written, in the order of the file."""

    new_products: list[Product] = field(default_factory=list)
    changed_products: dict[tuple[str, ...], list[Product]] = field(default_factory=dict)  # by the fields that changed
    new_skus: list[Sku] = field(default_factory=list)
    changed_skus: dict[tuple[str, ...], list[Sku]] = field(default_factory=dict)
    photos: list[PhotoWish] = field(default_factory=list)


def compare(*, plan: Plan, creator: Creator, report: ImportReport) -> Work:
    """Return what has to be written so that the catalogue says what the plan says, and report each difference."""
    return _Comparison(plan, creator, report).work


class _Comparison:
    def __init__(self, plan: Plan, creator: Creator, report: ImportReport) -> None:
        self.creator, self.report, self.work = creator, report, Work()
        handles = [planned.handle for planned in plan.products]
        products = Product.objects.filter(creator=creator, handle__in=handles).prefetch_related("skus")
        self.products = {product.handle: product for product in products}
        # Every code, not only those of the file: a code that is made must not meet one either.
        codes = Sku.objects.filter(creator=creator).values_list("code", "pk")
        self.owner_of_code: dict[str, int | None] = dict(codes)
        self.new_codes = {sku.code for product in plan.products for sku in product.skus if sku.code}
        for number, planned in enumerate(plan.products):
            self._compare_product(planned, number)

    def _compare_product(self, planned: PlannedProduct, number: int) -> None:
        product = self.products.get(planned.handle)
        if product is None:
            product = self._new_product(planned, number)
            if product is None:
                return
            existing: list[Sku] = []
        else:
            self._note_changes(planned.line, Kind.PRODUCT, product, planned.facts, _PRODUCT_NAMES, product.title)
            existing = list(product.skus.all())
        named: dict[str, Sku] = {}
        for position, sku in self._compare_skus(product, planned.skus, existing):
            if position.photo_name:
                named.setdefault(position.photo_name, sku)
        self.work.photos += [PhotoWish(product, photo, named.get(photo.name)) for photo in planned.photos]

    def _new_product(self, planned: PlannedProduct, number: int) -> Product | None:
        if not planned.facts.get("title"):
            self._refuse(planned.line, Column.TITLE, f"is empty, and there is no product {planned.handle} yet")
            return None
        if not planned.skus:
            self._refuse(planned.line, Column.PRICE, f"no row of {planned.handle} has a price that can be taken")
            return None
        product = Product(creator=self.creator, handle=planned.handle, position=min(number, 32_000), **planned.facts)
        self.work.new_products.append(product)
        self._report(Change(planned.line, Kind.PRODUCT, Deed.CREATED, product.title))
        return product

    def _compare_skus(
        self, product: Product, wanted: Iterable[PlannedSku], existing: list[Sku]
    ) -> Iterator[tuple[PlannedSku, Sku]]:
        unclaimed = {sku.pk: sku for sku in existing}
        for place, planned in enumerate(wanted):
            sku = _match(planned, unclaimed.values())
            if planned.code is not None and not self._is_free(planned.code, sku):
                self._refuse(planned.line, Column.SKU, f"{planned.code} belongs to another SKU of {self.creator.name}")
                continue
            if sku is None:
                sku = self._new_sku(product, planned, place)
            else:
                del unclaimed[sku.pk]
                self._note_changes(planned.line, Kind.SKU, sku, _facts_of(planned), _SKU_NAMES, f"{sku.code}, {sku}")
            yield planned, sku

    def _new_sku(self, product: Product, planned: PlannedSku, place: int) -> Sku:
        facts = _facts_of(planned) | {"code": planned.code or self._made_code(product.handle, planned)}
        sku = Sku(product=product, creator=self.creator, position=min(place, 32_000), **facts)
        self.owner_of_code[sku.code] = None  # its owner has no number yet, and is none of the known ones
        self.work.new_skus.append(sku)
        price = format_minor(sku.price_minor, self.creator.currency)
        self._report(Change(planned.line, Kind.SKU, Deed.CREATED, f"{sku.code}, {sku}", (price,)))
        return sku

    def _is_free(self, code: str, sku: Sku | None) -> bool:
        return code not in self.owner_of_code or (sku is not None and self.owner_of_code[code] == sku.pk)

    def _made_code(self, handle: str, planned: PlannedSku) -> str:
        values = planned.option_values or ()
        code = cells.code_of(handle, values)
        if code in self.owner_of_code or code in self.new_codes:
            # "a-b" with "c" and "a" with "b-c" read the same; the hash tells them apart.
            code = cells.hashed_code_of(handle, values)
        return code

    def _note_changes(
        self, line: int, kind: Kind, row: Product | Sku, facts: dict[str, Any], names: dict[str, str], title: str
    ) -> None:
        changed = {name: value for name, value in facts.items() if getattr(row, name) != value}
        if not changed:
            self.report.counts[(kind, Deed.UNCHANGED)] += 1
            return
        details = tuple(
            f"{names[name]}: {self._shown(name, getattr(row, name))} → {self._shown(name, value)}"
            for name, value in changed.items()
        )
        for name, value in changed.items():
            setattr(row, name, value)
        if isinstance(row, Product):
            self.work.changed_products.setdefault(tuple(changed), []).append(row)
        else:
            if "code" in changed:
                self.owner_of_code[row.code] = row.pk
            self.work.changed_skus.setdefault(tuple(changed), []).append(row)
        self._report(Change(line, kind, Deed.UPDATED, title, details))

    def _shown(self, name: str, value: Any) -> str:
        if name == "price_minor":
            return format_minor(value, self.creator.currency)
        if name == "body_html":
            return f"{len(value):,} characters"
        if isinstance(value, list):
            return ", ".join(value) or "none"
        return str(value) or "none"

    def _report(self, change: Change) -> None:
        self.report.counts[(change.kind, change.deed)] += 1
        self.report.changes.append(change)

    def _refuse(self, line: int, column: Column, reason: str) -> None:
        self.report.refusals.append(Refusal(line, column.value, reason))


def _match(planned: PlannedSku, candidates: Iterable[Sku]) -> Sku | None:
    """Find the SKU that a row means: the one with its options, whatever its code became; else the one with its code."""
    skus = list(candidates)
    by_options = next((sku for sku in skus if tuple(sku.option_values) == planned.option_values), None)
    return by_options or next((sku for sku in skus if sku.code == planned.code), None)


def _facts_of(planned: PlannedSku) -> dict[str, Any]:
    said = {
        "code": planned.code,
        "option_values": None if planned.option_values is None else list(planned.option_values),
        "price_minor": planned.price_minor,
        "weight_g": planned.weight_g,
        "on_hand": planned.on_hand,
        "barcode": planned.barcode,
        "hs_code": planned.hs_code,
        "origin_country": planned.origin_country,
        "customs_description": planned.customs_description,
        "material": planned.material,
    }
    return {name: value for name, value in said.items() if value is not None}
