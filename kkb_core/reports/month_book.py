"""The month-end workbook: what each RT adds up to, and a paragraph for the portal. Text and numbers only."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter import Workbook


Value = str | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A sheet of `rows` under `head`, and a sheet with paragraphs. None is hidden, shown as a dash."""

    title: str
    place: str
    sheet: str
    head: Sequence[str]
    rows: Sequence[tuple[Sequence[Value], bool]]  # a row, and whether it is a total
    notes: Sequence[str]
    words_sheet: str
    words: Sequence[str]


def write_book(book: Book) -> bytes:
    """*book* as XLSX."""
    from xlsxwriter import Workbook  # noqa: PLC0415  only when a book is made

    content = BytesIO()
    with Workbook(content, {"in_memory": True}) as made:
        _numbers(made, book)
        words = made.add_worksheet(book.words_sheet)
        words.set_column(0, 0, 110)
        wrapped = made.add_format({"text_wrap": True, "valign": "top"})
        for at, sentence in enumerate(book.words):
            words.write_string(at, 0, sentence, wrapped)
    return content.getvalue()


def _numbers(made: "Workbook", book: Book) -> None:
    sheet = made.add_worksheet(book.sheet)
    bold = made.add_format({"bold": True})
    head = made.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E3E6E4"}
    )
    cell, total = (
        made.add_format({"align": "right"}),
        made.add_format({"align": "right", "bold": True}),
    )
    sheet.write_string(0, 0, book.title, bold)
    sheet.write_string(1, 0, book.place)
    sheet.set_row(3, 75)
    sheet.set_column(0, 1, 7)
    sheet.set_column(2, len(book.head), 12)
    for column, words in enumerate(book.head):
        sheet.write_string(3, column, words, head)
    for at, (row, is_total) in enumerate(book.rows, start=4):
        for column, value in enumerate(row):
            style = total if is_total else cell
            if isinstance(value, int):
                sheet.write_number(at, column, value, style)
            else:
                sheet.write_string(at, column, "\u2013" if value is None else value, style)
    for at, note in enumerate(book.notes, start=5 + len(book.rows)):
        sheet.write_string(at, 0, note)
    sheet.freeze_panes(4, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
