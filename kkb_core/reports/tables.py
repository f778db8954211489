"""Rows into a CSV or XLSX file, one at a time; memory stays flat, and no cell is a formula.

CSV is UTF-8 with a byte order mark, which spreadsheets need to see, and commas. A file is only for
its owner to read, and is written whole or not at all.
"""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from io import BytesIO, StringIO
from pathlib import Path

from kkb_core.errors import InputRefused

Cell = str | int | float | None
Row = Sequence[Cell]

# The last four are how the first four look when a phone writes them at full width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
XLSX_ROWS = 1_048_576  # a sheet has no more


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    XLSX = "xlsx"


def write_table(path: Path, rows: Iterable[Row], form: Format) -> int:
    """Write *rows*, the first of which names the columns; how many follow it.

    Raises InputRefused when *path* cannot be written or a sheet cannot hold so many.
    """
    try:
        with _whole_or_nothing(path) as aside:
            return max(WRITERS[form](aside, rows) - 1, 0)
    except OSError as error:
        raise InputRefused(f"{path}: cannot be written: {error.strerror}") from error


def sheet(rows: Iterable[Row]) -> bytes:
    """A small table as an XLSX file in memory; the first row names the columns."""
    content = BytesIO()
    _write_xlsx(content, rows)
    return content.getvalue()


def harmless(cell: Cell) -> Cell:
    """*cell* so that no spreadsheet takes it for a formula."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def in_csv(cell: Cell) -> Cell:
    """*cell* as it stands in a CSV file: harmless, and unable to end its own line."""
    if isinstance(cell, str) and "\r" in cell:
        # Not every version of Python puts a lone carriage return in quotes.
        cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return harmless(cell)


def csv_bytes(rows: Iterable[Row]) -> bytes:
    """A small CSV file as it is sent to a chat."""
    out = StringIO()
    csv.writer(out).writerows([[in_csv(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _write_csv(path: Path, rows: Iterable[Row]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            writer.writerow([in_csv(cell) for cell in row])
            count += 1
    return count


def _write_xlsx(path: Path | BytesIO, rows: Iterable[Row]) -> int:
    from xlsxwriter import Workbook  # noqa: PLC0415  only when a book is made

    count = 0
    with Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        head = book.add_format({"bold": True})
        for count, row in enumerate(rows, start=1):
            if count > XLSX_ROWS:
                raise InputRefused(f"{path}: XLSX holds {XLSX_ROWS} rows; use --format csv")
            for column, cell in enumerate(row):
                place = (count - 1, column)
                style = (head,) if count == 1 else ()
                if isinstance(cell, str):
                    # As text whatever it begins with; nothing is made a formula or a link.
                    sheet.write_string(*place, cell, *style)
                elif cell is not None:
                    sheet.write_number(*place, cell, *style)
    return count


WRITERS: dict[Format, Callable[[Path, Iterable[Row]], int]] = {
    Format.CSV: _write_csv,
    Format.XLSX: _write_xlsx,
}


@contextmanager
def _whole_or_nothing(path: Path) -> Iterator[Path]:
    aside = path.with_name(f".{path.name}.part")
    os.close(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
