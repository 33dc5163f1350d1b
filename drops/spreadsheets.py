"""
Tables for spreadsheet programs, as CSV and XLSX. Amounts are exact decimals; words cannot become formulas.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import cast

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A spreadsheet program would run a cell that begins so as a formula (OWASP, "CSV Injection").
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")

# A number is written as one, also if it is negative: as words it could not be added up.
Cell = str | int | Decimal | None


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def csv_of(*, rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as CSV."""
    written = io.StringIO()
    writer = csv.writer(written)
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    # The mark tells spreadsheet programs that this is UTF-8; without it they garble names.
    return written.getvalue().encode("utf-8-sig")


def xlsx_of(*, title: str, rows: Iterable[Sequence[Cell]], decimals: int = 2) -> bytes:
    """Return rows as an XLSX workbook of one sheet, with decimals as numbers of so many places."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for row in rows:
        cells = []
        for value in row:
            # openpyxl takes decimals as they are; its types do not say so.
            cell = WriteOnlyCell(sheet, value=harmless(value) if isinstance(value, str) else cast(float | None, value))
            if isinstance(value, Decimal):
                cell.number_format = f"0.{'0' * decimals}" if decimals else "0"
            cells.append(cell)
        sheet.append(cells)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
