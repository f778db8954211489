"""Files that spreadsheets open, and nothing in them that a spreadsheet would run."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from kkb_core.errors import InputRefused
from kkb_core.reports import tables
from kkb_core.reports.tables import FORMULA_STARTS, Format, csv_bytes, harmless, write_table

ROWS = [
    ["household", "said", "score"],
    ["a1", "=1+1", 83.3],
    ["a2", '  Keluarga Siti, "RT 3"\nbaris dua', None],
    ["a3", "-5", -5],
    ["a4", "https://example.org", 0],
]


def test_a_csv_opens_in_a_spreadsheet_as_utf_8(tmp_path):
    path = tmp_path / "out.csv"

    count = write_table(path, iter(ROWS), Format.CSV)

    assert count == 4
    assert path.read_bytes().startswith(b"\xef\xbb\xbfhousehold,said,score\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file))
    assert read[1] == ["a1", "'=1+1", "83.3"]
    assert read[2] == ["a2", ROWS[2][1], ""]
    assert read[3] == ["a3", "'-5", "-5"]


def test_an_xlsx_has_texts_as_texts_and_numbers_as_numbers(tmp_path):
    path = tmp_path / "out.xlsx"

    count = write_table(path, iter(ROWS), Format.XLSX)

    sheet = load_workbook(path).active
    assert count == 4
    assert [[cell.value for cell in row] for row in sheet.rows] == ROWS
    assert {cell.data_type for row in sheet.rows for cell in row} == {"s", "n"}
    assert all(cell.hyperlink is None for row in sheet.rows for cell in row)


@given(st.text(), st.sampled_from(FORMULA_STARTS))
def test_no_text_begins_like_a_formula(text, start):
    assert not str(harmless(start + text)).startswith(FORMULA_STARTS)
    assert str(harmless(text)).removeprefix("'") == text.removeprefix("'")


DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
# What people may be called: anything that can be written in XML, and often a formula.
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
HOSTILE = st.builds(str.__add__, st.sampled_from(("", *DANGEROUS)), NAMES)


@given(st.lists(st.lists(HOSTILE, min_size=3, max_size=3), min_size=1, max_size=4))
def test_whatever_people_are_called_no_file_has_a_formula(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("tables")
    write_table(folder / "t.csv", iter(rows), Format.CSV)
    write_table(folder / "t.xlsx", iter(rows), Format.XLSX)

    with (folder / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file))
    assert read == list(csv.reader(StringIO(csv_bytes(rows).decode("utf-8-sig"), newline="")))
    for line, row in zip(read, rows, strict=True):
        assert not any(cell.startswith(DANGEROUS) for cell in line)
        told = [one.replace("\r", "\n").removeprefix("'") for one in row]
        assert [cell.removeprefix("'") for cell in line] == told
    cells = [cell for row in load_workbook(folder / "t.xlsx").active.rows for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}  # "n" is an empty one
    assert all(cell.hyperlink is None for cell in cells)


@pytest.mark.parametrize("number", [-5, -0.5, 3, None])
def test_a_number_stays_one(number):
    assert harmless(number) is number


@pytest.mark.parametrize("form", Format)
def test_only_its_owner_may_read_a_file(tmp_path, form):
    path = tmp_path / "out"

    write_table(path, ROWS, form)

    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("form", Format)
def test_a_file_is_written_whole_or_not_at_all(tmp_path, form):
    path = tmp_path / "out"
    path.write_text("before")

    def failing():
        yield ROWS[0]
        raise LookupError

    with pytest.raises(LookupError):
        write_table(path, failing(), form)

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InputRefused, match="cannot be written: No such file or directory"):
        write_table(tmp_path / "nowhere" / "out.csv", ROWS, Format.CSV)


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "XLSX_ROWS", 3)

    with pytest.raises(InputRefused, match="use --format csv"):
        write_table(tmp_path / "out.xlsx", ROWS, Format.XLSX)
