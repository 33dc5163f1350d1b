"""
What an import did, or would do, in words that a person at a desk can follow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from drops.catalog.imports.plans import Note, Refusal


class Kind(StrEnum):
    PRODUCT = "product"
    SKU = "SKU"
    PHOTO = "photo"


class Deed(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Change:
    """A row of the catalogue that is new or different, with what differs as "price: €36.00 → €38.00"."""

    line: int
    kind: Kind
    deed: Deed
    title: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        sign = "+" if self.deed is Deed.CREATED else "~"
        details = f" ({'; '.join(self.details)})" if self.details else ""
        return f"{sign} {self.kind} {self.title}{details}"


@dataclass(frozen=True)
class MissingPhoto:
    line: int
    product: str
    name: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.name}, of {self.product}"


@dataclass
class ImportReport:
    is_dry_run: bool
    rows: int = 0
    photos_given: bool = False
    counts: Counter[tuple[Kind, Deed]] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    missing_photos: list[MissingPhoto] = field(default_factory=list)

    @property
    def has_changes(self) -> bool:
        return bool(self.changes)

    def count(self, kind: Kind, deed: Deed) -> int:
        return self.counts[(kind, deed)]

    def lines(self) -> Iterator[str]:
        """Return the report as lines of text: what changed, what was refused and why, and the sums."""
        for change in self.changes:
            yield str(change)
        if self.refusals:
            yield f"Refused ({len(self.refusals)}):"
            yield from (f"  {refusal}" for refusal in self.refusals)
        if self.notes:
            yield "Taken, but look at it:"
            yield from (f"  {note}" for note in self.notes)
        yield from self._missing_photo_lines()
        yield from self.sums()

    def sums(self) -> Iterator[str]:
        """Return how many rows of the catalogue were touched, a line for each kind."""
        would = "would be " if self.is_dry_run else ""
        for kind in Kind:
            created, updated, unchanged = (self.count(kind, deed) for deed in Deed)
            name = f"{kind[0].upper()}{kind[1:]}s"
            yield f"{name}: {created} {would}created, {updated} {would}updated, {unchanged} unchanged."
        yield f"Rows: {self.rows} read, {len(self.refusals)} refused."
        if not self.has_changes:
            yield "Nothing would change." if self.is_dry_run else "Nothing changed."

    def _missing_photo_lines(self) -> Iterator[str]:
        if not self.missing_photos:
            return
        if not self.photos_given:
            yield f"{len(self.missing_photos)} photos are named in the file and no photos were given."
            return
        yield f"Missing among the photos ({len(self.missing_photos)}):"
        yield from (f"  {missing}" for missing in self.missing_photos)
