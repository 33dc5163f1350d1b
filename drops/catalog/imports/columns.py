"""
The columns of the product export, under the names of both of its generations.
"""

from __future__ import annotations

from enum import StrEnum


class Column(StrEnum):
    HANDLE = "Handle"
    TITLE = "Title"
    BODY = "Body (HTML)"
    VENDOR = "Vendor"
    TYPE = "Type"
    TAGS = "Tags"
    PUBLISHED = "Published"
    STATUS = "Status"
    OPTION1_NAME = "Option1 Name"
    OPTION1_VALUE = "Option1 Value"
    OPTION2_NAME = "Option2 Name"
    OPTION2_VALUE = "Option2 Value"
    OPTION3_NAME = "Option3 Name"
    OPTION3_VALUE = "Option3 Value"
    SKU = "Variant SKU"
    GRAMS = "Variant Grams"
    QUANTITY = "Variant Inventory Qty"
    PRICE = "Variant Price"
    BARCODE = "Variant Barcode"
    HS_CODE = "HS Code"
    ORIGIN = "Country of Origin"
    CUSTOMS_DESCRIPTION = "Customs Description"
    MATERIAL = "Material"
    VARIANT_IMAGE = "Variant Image"
    IMAGE = "Image Src"
    IMAGE_POSITION = "Image Position"
    IMAGE_ALT = "Image Alt Text"
    TAX_CLASS = "Tax Class"  # the shop's own: no export says it


OPTION_NAMES = (Column.OPTION1_NAME, Column.OPTION2_NAME, Column.OPTION3_NAME)
OPTION_VALUES = (Column.OPTION1_VALUE, Column.OPTION2_VALUE, Column.OPTION3_VALUE)
REQUIRED = (Column.HANDLE, Column.TITLE, Column.PRICE)

# The product export was renamed in 2024 (help.shopify.com, "Using CSV files to import and export products").
_LATER_NAMES = {
    "url handle": Column.HANDLE,
    "description": Column.BODY,
    "published on online store": Column.PUBLISHED,
    "sku": Column.SKU,
    "barcode": Column.BARCODE,
    "price": Column.PRICE,
    "inventory quantity": Column.QUANTITY,
    "weight value (grams)": Column.GRAMS,
    "product image url": Column.IMAGE,
    "variant image url": Column.VARIANT_IMAGE,
}
# Under these names the inventory export has them, and the sheets of carriers.
_CUSTOMS_NAMES = {
    "variant hs code": Column.HS_CODE,
    "harmonized system code": Column.HS_CODE,
    "coo": Column.ORIGIN,
    "variant country of origin": Column.ORIGIN,
}
_BY_NAME = {column.value.lower(): column for column in Column} | _LATER_NAMES | _CUSTOMS_NAMES


def column_named(title: str) -> Column | None:
    """Return which column a heading means, whatever its case; None for one that the shop has no use for."""
    return _BY_NAME.get(" ".join(title.split()).lower())
