"""
What a file asks for, told apart into products, SKUs and photos, each with the line it stands on.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refusal:
    """A row, or a photo of it, that was not taken."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}" if self.column else f"line {self.line}: {self.reason}"


@dataclass(frozen=True)
class Note:
    """Something that was taken in a way that somebody should know of."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True)
class PlannedSku:
    """None means that the file does not say, and what is known stays."""

    line: int
    code: str | None
    option_values: tuple[str, ...] | None
    price_minor: int
    weight_g: int | None
    on_hand: int | None
    barcode: str | None
    photo_name: str
    hs_code: str | None = None
    origin_country: str | None = None
    customs_description: str | None = None
    material: str | None = None


@dataclass(frozen=True)
class PlannedPhoto:
    line: int
    name: str  # of the file, without folders and query
    order: int  # among the product's photos in the file
    position: int | None
    alt_text: str | None


@dataclass
class PlannedProduct:
    line: int
    handle: str
    facts: dict[str, object] = field(default_factory=dict)  # by field name, only what the file says
    skus: list[PlannedSku] = field(default_factory=list)
    photos: list[PlannedPhoto] = field(default_factory=list)


@dataclass
class Plan:
    products: list[PlannedProduct] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    rows: int = 0
