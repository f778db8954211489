"""Scores a CSV file: one household a line in, one line out, in the same order; memory stays flat.

Columns are named after questions, in any order, as many as there are; a column left out is one of
blanks. Blank is skipped, `?` is not known. Columns called `household` and `id` are handed through.
An answer to a question that does not apply to the household is read and never counts.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile, mkstemp
from typing import TextIO

from kkb_core.errors import InputRefused
from kkb_core.services.score_columns import ColumnScorer, RowRefused
from kkb_core.survey.packs import Pack
from kkb_core.survey.questionnaire import Questionnaire
from kkb_core.survey.scoring import State, header

HANDED_THROUGH = ("household", "id")
ROWS_AT_ONCE = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class FileScored:
    """How many households were scored, had a total to show, and are at risk."""

    households: int
    with_total: int
    at_risk: int


def score_file(
    source: Path, target: Path | TextIO, *, pack: Pack, questionnaire: Questionnaire
) -> FileScored:
    """Score *source* into *target*, which is written whole or not at all. Raises InputRefused."""
    with _opened(source) as incoming, _whole_or_nothing(target, not_over=source) as outgoing:
        reading = _Reading(source, incoming, questionnaire)
        return _score(reading, outgoing, pack=pack, questionnaire=questionnaire)


def _score(
    reading: "_Reading", outgoing: TextIO, *, pack: Pack, questionnaire: Questionnaire
) -> FileScored:
    scorer = ColumnScorer(pack, questionnaire)
    writer = csv.writer(outgoing, delimiter=reading.delimiter, lineterminator="\n")
    writer.writerow([*reading.handed_through, *header(pack)])
    total_state = -2  # the whole is last, before krs
    households = with_total = at_risk = 0
    for rows in reading.chunks():
        columns = dict(zip(reading.names, zip(*rows, strict=True), strict=True))
        passed = [columns.pop(name) for name in reading.handed_through]
        try:
            scores = scorer.score(len(rows), columns)
        except RowRefused as refused:
            raise reading.refused(refused, rows) from refused
        writer.writerows(zip(*passed, *scores, strict=True))
        households += len(rows)
        with_total += scores[total_state].count(State.SHOWN.value)
        at_risk += scores[-1].count("yes")
    return FileScored(households=households, with_total=with_total, at_risk=at_risk)


class _Reading:
    """The rows of one file. Every fault is told with its line and a cure."""

    def __init__(self, source: Path, file: TextIO, questionnaire: Questionnaire) -> None:
        self._source = source
        self._line = 1  # the last line that is known to be good
        first = self._first_line(file)
        self.delimiter = ";" if first.count(";") > first.count(",") else ","
        file.seek(0)
        self._reader = csv.reader(file, delimiter=self.delimiter, strict=True)
        self._rows = self._up_to_the_blank_end()
        self.names = self._header(questionnaire)
        self.handed_through = [name for name in self.names if name in HANDED_THROUGH]

    def chunks(self) -> Iterator[list[list[str]]]:
        """The rows, a manageable number at a time."""
        width = len(self.names)
        while rows := self._next_rows():
            if set(map(len, rows)) != {width}:
                self._check_widths(rows)
            yield rows
            self._line = self._reader.line_num

    def refused(self, refused: RowRefused, rows: Sequence[Sequence[str]]) -> InputRefused:
        """What to tell about a cell of *rows*, the chunk being read."""
        line = self._line_of(rows, refused.row)
        return InputRefused(f"{self._source}: line {line}, column {refused.column}: {refused.why}")

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
        self._line = self._reader.line_num
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

    def _next_rows(self, limit: int = ROWS_AT_ONCE) -> list[list[str]]:
        try:
            return list(islice(self._rows, limit))
        except UnicodeDecodeError as error:
            raise self._not_utf8() from error
        except csv.Error as error:
            line = self._reader.line_num
            raise InputRefused(
                f"{self._source}: line {line}: {error}; check the quotes of that line"
            ) from error

    def _check_widths(self, rows: list[list[str]]) -> None:
        for number, row in enumerate(rows):
            if len(row) != len(self.names):
                raise InputRefused(
                    f"{self._source}: line {self._line_of(rows, number)}: has {len(row)} cells "
                    f"and the first line {len(self.names)}; a blank answer still needs its separator"
                )

    def _line_of(self, rows: Sequence[Sequence[str]], number: int) -> int:
        """The line on which row *number* of the chunk begins; a cell may hold line breaks."""
        before = sum(1 + sum(cell.count("\n") for cell in row) for row in rows[:number])
        return self._line + before + 1

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


@contextmanager
def _opened(source: Path) -> Iterator[TextIO]:
    try:
        file = source.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise InputRefused(f"{source}: cannot be read: {error.strerror}") from error
    with file:
        yield file


@contextmanager
def _whole_or_nothing(target: Path | TextIO, *, not_over: Path) -> Iterator[TextIO]:
    """Text that reaches *target* only when nothing went wrong."""
    if not isinstance(target, Path):
        with TemporaryFile("w+", encoding="utf-8", newline="") as aside:
            yield aside
            aside.seek(0)
            copyfileobj(aside, target)
        return
    if target.exists() and target.samefile(not_over):
        raise InputRefused(f"{target}: is the file to be scored; give the result another name")
    try:
        handle, name = mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise InputRefused(f"{target}: cannot be written: {error.strerror}") from error
    beside = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123  a descriptor
            yield file
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
