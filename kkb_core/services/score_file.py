"""Scores a CSV file: one household a line in, one line out, in the same order; memory stays flat.

Columns are named after questions, in any order, as many as there are; a column left out is one of
blanks. Blank is skipped, `?` is not known. Columns called `household` and `id` are handed through.
An answer to a question that does not apply to the household is read and never counts.
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile, mkstemp
from typing import TextIO

from kkb_core.errors import InputRefused
from kkb_core.reports.tables import in_csv
from kkb_core.services.answer_file import AnswerFile, Rows, opened
from kkb_core.services.score_columns import ColumnScorer, RowRefused
from kkb_core.survey.packs import Pack
from kkb_core.survey.questionnaire import Questionnaire
from kkb_core.survey.scoring import State
from kkb_core.survey.telling import header

PARTS_AT_ONCE = 64  # of the rows read at once: enough for arrays to pay
TOTAL_STATE = -2  # its place in a row of scores: before krs


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
    with opened(source) as incoming, _whole_or_nothing(target, not_over=source) as outgoing:
        answers = AnswerFile(source, incoming, questionnaire)
        return _score(answers, outgoing, ColumnScorer(pack, questionnaire), header(pack))


def _score(
    answers: AnswerFile, outgoing: TextIO, scorer: ColumnScorer, columns: list[str]
) -> FileScored:
    writer = csv.writer(outgoing, delimiter=answers.delimiter, lineterminator="\n")
    writer.writerow([*answers.handed_through, *columns])
    households = with_total = at_risk = 0
    parts = answers.rows()
    while (batch := _Batch(answers, scorer)).takes(islice(parts, PARTS_AT_ONCE)):
        scores = dict(zip(columns, batch.scores(), strict=True))
        writer.writerows(zip(*batch.passed.values(), *scores.values(), strict=True))
        households += len(batch.lines)
        with_total += scores[columns[TOTAL_STATE]].count(State.SHOWN.value)
        at_risk += scores["krs"].count("yes")
    return FileScored(households=households, with_total=with_total, at_risk=at_risk)


@dataclass(slots=True)
class _Batch:
    """The rows scored together: the line each begins on, and what is handed through."""

    answers: AnswerFile
    scorer: ColumnScorer
    lines: list[int] = field(default_factory=list)
    passed: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.passed = {name: [] for name in self.answers.handed_through}

    def takes(self, parts: Iterable[Rows]) -> bool:
        """Whether there was anything in *parts* to score."""
        for rows in parts:
            self.lines.extend(rows.lines)
            for name, cells in self.passed.items():
                cells.extend(str(in_csv(cell)) for cell in rows.columns.pop(name))
            with self._lines_told():
                self.scorer.take(rows.columns)
        return bool(self.lines)

    def scores(self) -> list[list[str]]:
        with self._lines_told():
            return self.scorer.scores()

    @contextmanager
    def _lines_told(self) -> Iterator[None]:
        try:
            yield
        except RowRefused as refused:
            line = self.lines[refused.row]
            raise self.answers.refused(line, refused.column, refused.why) from refused


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
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputRefused(f"{target}: cannot be written: {error.strerror}") from error
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
