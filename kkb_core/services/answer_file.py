"""A CSV file of answers, read a few rows at a time; every fault is told with its line and a cure."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import TextIO

from kkb_core.errors import InputRefused
from kkb_core.survey.questionnaire import Questionnaire

HANDED_THROUGH = ("household", "id")
ROWS_AT_ONCE = 256  # so few that their cells stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows as columns, and the line each row begins on."""

    columns: dict[str, Sequence[str]]
    lines: Sequence[int]


@contextmanager
def opened(source: Path) -> Iterator[TextIO]:
    """The file, as text. Raises InputRefused."""
    try:
        file = source.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise InputRefused(f"{source}: cannot be read: {error.strerror}") from error
    with file:
        yield file


class AnswerFile:
    """The rows of one file. Every fault is told with its line and a cure."""

    def __init__(self, source: Path, file: TextIO, questionnaire: Questionnaire) -> None:
        self._source = source
        first = self._first_line(file)
        self.delimiter = ";" if first.count(";") > first.count(",") else ","
        file.seek(0)
        self._reader = csv.reader(file, delimiter=self.delimiter, strict=True)
        self._rows = self._up_to_the_blank_end()
        self.names = self._header(questionnaire)
        self.handed_through = [name for name in self.names if name in HANDED_THROUGH]

    def rows(self) -> Iterator[Rows]:
        """All rows, a few at a time."""
        before = self._reader.line_num
        while rows := self._next_rows(ROWS_AT_ONCE):
            lines = self._lines(rows, before)
            self._check_widths(rows, lines)
            columns: dict[str, Sequence[str]] = dict(
                zip(self.names, zip(*rows, strict=True), strict=True)
            )
            yield Rows(columns, lines)
            before = self._reader.line_num

    def refused(self, line: int, column: str, why: str) -> InputRefused:
        """What to tell about a cell."""
        return InputRefused(f"{self._source}: line {line}, column {column}: {why}")

    def _first_line(self, file: TextIO) -> str:
        try:
            first = file.readline()
        except UnicodeDecodeError as error:
            raise self._not_utf8() from error
        if not first.strip():
            raise InputRefused(f"{self._source}: is empty; its first line must name the questions")
        return first

    def _header(self, questionnaire: Questionnaire) -> list[str]:
        names = [name.strip() for name in self._next_rows(1)[0]]
        for name in names:
            if name not in questionnaire.questions and name not in HANDED_THROUGH:
                cure = _what_instead(name, questionnaire)
                raise InputRefused(
                    f"{self._source}: line 1: there is no question {name!r}; {cure}"
                )
            if names.count(name) > 1:
                raise InputRefused(f"{self._source}: line 1: {name} stands twice; remove one")
        if set(names) <= set(HANDED_THROUGH):
            raise InputRefused(f"{self._source}: line 1: names no question; add their columns")
        return names

    def _up_to_the_blank_end(self) -> Iterator[list[str]]:
        for row in self._reader:
            if not row:
                line = self._reader.line_num
                if any(self._reader):
                    raise InputRefused(f"{self._source}: line {line}: is empty; remove it")
                return
            yield row

    def _next_rows(self, limit: int) -> list[list[str]]:
        try:
            return list(islice(self._rows, limit))
        except UnicodeDecodeError as error:
            raise self._not_utf8() from error
        except csv.Error as error:
            line = self._reader.line_num
            raise InputRefused(
                f"{self._source}: line {line}: {error}; check the quotes of that line"
            ) from error

    def _lines(self, rows: list[list[str]], before: int) -> Sequence[int]:
        """The line each row begins on: a quoted cell may hold line breaks."""
        if self._reader.line_num - before == len(rows):
            return range(before + 1, before + 1 + len(rows))
        lines = []
        for row in rows:
            lines.append(before + 1)
            before += 1 + sum(cell.count("\n") for cell in row)
        return lines

    def _check_widths(self, rows: list[list[str]], lines: Sequence[int]) -> None:
        wanted = len(self.names)
        if set(map(len, rows)) == {wanted}:
            return
        line, found = next(
            (line, len(row)) for line, row in zip(lines, rows, strict=True) if len(row) != wanted
        )
        cure = "a blank answer still needs its separator"
        raise InputRefused(
            f"{self._source}: line {line}: has {found} cells and the first line {wanted}; {cure}"
        )

    def _not_utf8(self) -> InputRefused:
        return InputRefused(
            f"{self._source}: is not UTF-8 text; save it again as CSV UTF-8 in the spreadsheet"
        )


def _what_instead(name: str, questionnaire: Questionnaire) -> str:
    item = questionnaire.items.get(name)
    if item is not None:
        return f"it is asked in parts: {', '.join(item.questions)}"
    near = get_close_matches(name, questionnaire.questions, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"remove the column (only {' and '.join(HANDED_THROUGH)} are handed through)"
