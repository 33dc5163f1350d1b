"""
Rows of a CSV or XLSX file, each with the line it begins on.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from drops.catalog.imports.columns import REQUIRED, Column, column_named
from drops.errors import Invalid

LARGEST_BYTES = 50 * 1024 * 1024
LARGEST_UNPACKED_BYTES = 400 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 300

# A product's body may be longer than the 128 KB that the csv module lets a cell have.
csv.field_size_limit(1024 * 1024)


class UnreadableFile(Invalid):
    """The file as a whole cannot be read, so nothing of it was taken."""

    code = "unreadable_file"


class MissingColumns(Invalid):
    """The file lacks columns without which no row means anything."""

    code = "missing_columns"


@dataclass(frozen=True)
class Row:
    line: int
    cells: dict[Column, str]  # stripped; a column that the file lacks is absent
    damage: str = ""  # why the row could not be told apart into cells

    def __getitem__(self, column: Column) -> str:
        return self.cells.get(column, "")


def read_rows(*, file: BinaryIO, name: str) -> list[Row]:
    """
    Return the rows below the heading that hold anything at all.

    :raises UnreadableFile: if it is neither CSV nor XLSX, or beyond all bounds.
    :raises MissingColumns: if handle, title or price have no column.
    """
    data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise UnreadableFile(f"{name} is larger than {LARGEST_BYTES // 1024 // 1024} MB.")
    lines = _lines_of_xlsx(data, name) if data.startswith(b"PK\x03\x04") else _lines_of_csv(data, name)
    return _rows(lines, name)


_Line = tuple[int, list[str], str]


def _rows(lines: Iterator[_Line], name: str) -> list[Row]:
    heading = next(lines, (0, [], ""))[1]
    columns = _columns(heading, name)
    rows: list[Row] = []
    for line, values, damage in lines:
        if damage:
            rows.append(Row(line=line, cells={}, damage=damage))
        elif any(values):
            too_wide = len(values) > len(heading) and any(values[len(heading) :])
            rows.append(
                Row(
                    line=line,
                    cells={column: values[index] if index < len(values) else "" for index, column in columns.items()},
                    damage=f"has {len(values)} cells under {len(heading)} headings" if too_wide else "",
                )
            )
        if len(rows) > MOST_ROWS:
            raise UnreadableFile(f"{name} has more than {MOST_ROWS:,} rows.")
    return rows


def _columns(heading: Sequence[str], name: str) -> dict[int, Column]:
    columns: dict[int, Column] = {}
    for index, title in enumerate(heading):
        column = column_named(title)
        if column is None:
            continue
        if column in columns.values():
            raise UnreadableFile(f"{name} has two columns for {column.value}.", column=column.value)
        columns[index] = column
    missing = [column.value for column in REQUIRED if column not in columns.values()]
    if missing:
        raise MissingColumns(
            f"{name} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}.", columns=missing
        )
    return columns


def _lines_of_csv(data: bytes, name: str) -> Iterator[_Line]:
    text = _decoded(data, name)
    first_line = text[: text.find("\n") + 1] or text
    # Spreadsheets of countries with a decimal comma write semicolons and still call it CSV.
    delimiter = max(",;\t", key=first_line.count)
    # Strict, because a lenient reader swallows the rest of the file into a cell whose quote is never closed.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, [value.strip() for value in next(reader)], ""
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], f"cannot be told apart into cells: {error}"


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        # What older spreadsheets write on Windows is Latin-1 with a few letters more.
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableFile(f"{name} is no text in UTF-8 or Latin-1, and no XLSX file. Export it as CSV or XLSX.")


def _lines_of_xlsx(data: bytes, name: str) -> Iterator[_Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > LARGEST_UNPACKED_BYTES:
            raise UnreadableFile(f"{name} unpacks to {unpacked // 1024 // 1024} MB, which no sheet of products does.")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # What a sheet says about its own size is not always so.
        sheet.reset_dimensions()
        for number, values in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), start=1):
            yield number, _trimmed(values), ""
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, IndexError, ValueError, OSError):
        raise UnreadableFile(f"{name} is a damaged XLSX file, or something else in its clothes.") from None


def _trimmed(values: Iterable[object]) -> list[str]:
    texts = [_text_of(value) for value in values]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _text_of(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
