"""
Rows told apart into products: the first row of a handle carries the product, each row a SKU, a photo, or both.
"""

from __future__ import annotations

from collections.abc import Sequence

from drops.catalog.imports import cells
from drops.catalog.imports.bodies import clean_body
from drops.catalog.imports.cells import BadCell
from drops.catalog.imports.columns import OPTION_NAMES, OPTION_VALUES, Column
from drops.catalog.imports.plans import Note, Plan, PlannedPhoto, PlannedProduct, PlannedSku, Refusal
from drops.catalog.imports.sheets import Row

# How the export writes down a product that comes in one kind only.
NO_OPTION_NAME, NO_OPTION_VALUE = "Title", "Default Title"


def parse_rows(*, rows: Sequence[Row], currency: str) -> Plan:
    """Return what rows ask for. A row that cannot be taken is among the refusals and stops no other row."""
    plan = Plan(rows=len(rows))
    by_handle: dict[str, list[Row]] = {}
    for row in rows:
        if row.damage:
            plan.refusals.append(Refusal(row.line, "", row.damage))
        elif not row[Column.HANDLE]:
            plan.refusals.append(Refusal(row.line, Column.HANDLE.value, "is empty"))
        else:
            by_handle.setdefault(row[Column.HANDLE], []).append(row)
    codes: dict[str, int] = {}
    for written, product_rows in by_handle.items():
        _parse_product(plan, written, product_rows, currency, codes)
    plan.refusals.sort(key=lambda refusal: refusal.line)
    return plan


def _parse_product(plan: Plan, written: str, rows: list[Row], currency: str, codes: dict[str, int]) -> None:
    product = PlannedProduct(line=rows[0].line, handle=cells.handle_of(written))
    if product.handle != written:
        plan.notes.append(
            Note(rows[0].line, f"handle {written!r} cannot stand in an address and became {product.handle}")
        )
    try:
        product.facts = _facts(rows)
    except BadCell as bad:
        plan.refusals.append(Refusal(rows[0].line, bad.column.value, bad.reason))
        for row in rows[1:]:
            plan.refusals.append(
                Refusal(row.line, Column.HANDLE.value, f"line {rows[0].line}, its product, was refused")
            )
        return
    has_options = bool(product.facts.get("option_names"))
    options: dict[tuple[str, ...], int] = {}
    for row in rows:
        if _is_variant(row):
            try:
                sku = _sku(row, currency, has_options, plan)
                _refuse_twice(row, sku, options, codes)
            except BadCell as bad:
                plan.refusals.append(Refusal(row.line, bad.column.value, bad.reason))
                continue
            product.skus.append(sku)
        if row[Column.IMAGE]:
            _add_photo(plan, product, row)
    if product.skus or product.photos:
        plan.products.append(product)


def _facts(rows: list[Row]) -> dict[str, object]:
    first = rows[0]
    facts: dict[str, object] = {}
    if title := cells.text(first, Column.TITLE, 140):
        facts["title"] = title
    if Column.BODY in first.cells:
        facts["body_html"] = clean_body(cells.text(first, Column.BODY, cells.LONGEST_BODY))
    if Column.VENDOR in first.cells:
        facts["vendor"] = cells.text(first, Column.VENDOR, 120)
    if Column.TYPE in first.cells:
        facts["product_type"] = cells.text(first, Column.TYPE, 120)
    if Column.TAGS in first.cells:
        facts["tags"] = cells.tags(first)
    if tax_class := cells.tax_class(first):
        facts["tax_class"] = tax_class.value
    if (state := cells.state(first)) is not None:
        facts["state"] = state.value
    names = [name for column in OPTION_NAMES if (name := cells.text(first, column, 60))]
    if names == [NO_OPTION_NAME] and first[Column.OPTION1_VALUE] in ("", NO_OPTION_VALUE):
        names = []
    if Column.OPTION1_NAME in first.cells:
        facts["option_names"] = names
    return facts


def _is_variant(row: Row) -> bool:
    return any(row[column] for column in (Column.PRICE, Column.SKU, *OPTION_VALUES))


def _sku(row: Row, currency: str, has_options: bool, plan: Plan) -> PlannedSku:
    values: tuple[str, ...] | None = None
    if Column.OPTION1_VALUE in row.cells:
        values = tuple(value for column in OPTION_VALUES if (value := cells.text(row, column, 120)))
    on_hand = cells.whole_number(row, Column.QUANTITY)
    sku = PlannedSku(
        line=row.line,
        code=cells.sku_code(row),
        option_values=values if has_options or values is None else (),
        price_minor=cells.price_minor(row, currency),
        weight_g=cells.weight_g(row),
        on_hand=on_hand if on_hand is None else max(on_hand, 0),
        barcode=cells.text(row, Column.BARCODE, 64).removeprefix("'") or None,
        photo_name=cells.photo_name(row[Column.VARIANT_IMAGE]),
        hs_code=cells.hs_code(row),
        origin_country=cells.origin_country(row),
        customs_description=cells.customs_description(row),
        material=cells.text(row, Column.MATERIAL, 120) or None,
    )
    if has_options and not values:
        raise BadCell(Column.OPTION1_VALUE, "is empty, and the product has options")
    if on_hand is not None and on_hand < 0:
        plan.notes.append(Note(row.line, f"{-on_hand} more were sold than there were; counted as none on hand"))
    return sku


def _refuse_twice(row: Row, sku: PlannedSku, options: dict[tuple[str, ...], int], codes: dict[str, int]) -> None:
    values = sku.option_values
    if values is None and sku.code is None:
        values = ()
    if values is not None and values in options:
        what = " / ".join(values) or "the one kind it comes in"
        raise BadCell(Column.OPTION1_VALUE, f"{what} stands on line {options[values]} already")
    if sku.code is not None and sku.code in codes:
        raise BadCell(Column.SKU, f"{sku.code} stands on line {codes[sku.code]} already")
    if values is not None:
        options[values] = row.line
    if sku.code is not None:
        codes[sku.code] = row.line


def _add_photo(plan: Plan, product: PlannedProduct, row: Row) -> None:
    try:
        name = cells.photo_name(row[Column.IMAGE])
        if not name:
            raise BadCell(Column.IMAGE, "names no file")
        if any(photo.name == name for photo in product.photos):
            return  # a picture that every variant row repeats is still one picture
        position = cells.whole_number(row, Column.IMAGE_POSITION)
        alt_text = cells.text(row, Column.IMAGE_ALT, 200) or None
        if position is not None and not 1 <= position <= 1000:
            raise BadCell(Column.IMAGE_POSITION, f"{position} is not between 1 and 1,000")
    except BadCell as bad:
        plan.refusals.append(Refusal(row.line, bad.column.value, bad.reason))
        return
    order = len(product.photos)
    stated = None if position is None else position - 1
    product.photos.append(PlannedPhoto(row.line, name=name, order=order, position=stated, alt_text=alt_text))
