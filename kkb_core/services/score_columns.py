"""Scores many households at once: the same rules as `survey.scoring.score`, a column at a time.

What a rule says is worked out by the scalar code once for each combination of the answers it rests on;
the sums are whole-number arithmetic on arrays, so both give the same digits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd, lcm

import numpy as np
import numpy.typing as npt

from kkb_core.messaging import Language
from kkb_core.services.cells import (
    NOT_APPLICABLE,
    SKIPPED,
    CellRefused,
    Vocabulary,
)
from kkb_core.services.combinations import KEY_BITS, Codes, Ints, Lookup, Table
from kkb_core.survey.applicable import Applicable
from kkb_core.survey.expressions import compiled
from kkb_core.survey.packs import Combine, Pack, Points, Scale, ScoredItem
from kkb_core.survey.questionnaire import Question, Questionnaire
from kkb_core.survey.scoring import FULL, State
from kkb_core.survey.telling import written
from kkb_core.survey.worth import AnswerState, part_of

Bools = npt.NDArray[np.bool_]

MISSING, LEFT_OUT = -1, -2  # beside points, which are 0 or more
MANY_VALUES = (
    4096  # in one column; then everything remembered is let go, so that memory stays flat
)

STATES = [State.NOT_APPLICABLE.value, State.TOO_FEW_ANSWERS.value, State.SHOWN.value]
WRITTEN = [*(written(tenths) for tenths in range(10 * FULL + 1)), ""]
YES_NO = ["no", "yes"]


class RowRefused(ValueError):
    """An answer cannot be taken: in which row of those taken, in which column, and why."""

    def __init__(self, row: int, column: str, why: str) -> None:
        super().__init__(why)
        self.row, self.column, self.why = row, column, why


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    """A scale over all rows: its score is `of_100` / `weight` where shown; `state` indexes STATES."""

    of_100: Ints
    weight: Ints
    state: Ints


class ColumnScorer:
    """Scores chunks of one file with one pack."""

    def __init__(self, pack: Pack, questionnaire: Questionnaire) -> None:
        self._pack = pack
        self._rows = 0
        self._taken: dict[str, list[Codes]] = {}
        self._questionnaire = questionnaire
        self._start_afresh()

    def _start_afresh(self) -> None:
        questions = self._questionnaire.questions
        self._vocabularies = {name: Vocabulary(one) for name, one in questions.items()}
        self._lookups: dict[object, Lookup] = {}

    def take(self, columns: Mapping[str, Sequence[str]]) -> None:
        """Read the cells of some rows; a column left out is one of blanks. Raises RowRefused."""
        if not self._rows and any(len(one) > MANY_VALUES for one in self._vocabularies.values()):
            self._start_afresh()
        coded = {name: self._coded(name, cells) for name, cells in columns.items()}
        for name, codes in coded.items():
            self._taken.setdefault(name, []).append(codes)
        self._rows += len(next(iter(coded.values())))

    def scores(self) -> list[list[str]]:
        """The columns of `scoring.header` for all rows taken since the last time. Raises RowRefused."""
        given = {name: np.concatenate(parts) for name, parts in self._taken.items()}
        table = self._table(self._rows, given)
        self._rows, self._taken = 0, {}
        sums = [self._scale(scale, table) for scale in self._pack.scales]
        columns: list[list[str]] = []
        for one in (*sums, self._total(sums)):
            columns += [_scores(one), _words(STATES, one.state)]
        return [*columns, _words(YES_NO, self._at_risk(table).astype(np.int64))]

    def _table(self, rows: int, given: Mapping[str, Codes]) -> Table:
        table = Table(rows, self._vocabularies)
        told: dict[str, Bools] = {}
        skipped = np.full(rows, SKIPPED, np.int32)
        for name, question in self._questionnaire.questions.items():
            codes = given.get(name, skipped)
            if question.relevant is not None:
                if question.relevant not in told:
                    told[question.relevant] = self._holds(question.relevant, table)
                codes = np.where(told[question.relevant], codes, NOT_APPLICABLE).astype(np.int32)
            table.codes[name] = codes
            if name in given:
                self._hide_choices(question, table)
                self._check_constraint(question, table)
        return table

    def _coded(self, name: str, cells: Sequence[str]) -> Codes:
        vocabulary = self._vocabularies[name]
        try:
            return np.fromiter(map(vocabulary.__getitem__, cells), np.int32, len(cells))
        except CellRefused as error:
            met = next(place for place, cell in enumerate(cells) if cell not in vocabulary)
            raise RowRefused(self._rows + met, name, str(error)) from error

    def _lookup(
        self, key: object, names: Sequence[str], rule: Callable[[Applicable], int]
    ) -> Lookup:
        found = self._lookups.get(key)
        if found is None:
            found = self._lookups[key] = Lookup(names, rule)
        return found

    def _holds(self, source: str, table: Table) -> Bools:
        expression = compiled(source)
        lookup = self._lookup(
            source, sorted(expression.names), lambda known: expression.holds(known.answers)
        )
        return np.broadcast_to(lookup(table).astype(np.bool_), (table.rows,))

    def _hide_choices(self, question: Question, table: Table) -> None:
        for choice in question.choices:
            if choice.choice_filter is not None:
                shown = self._holds(choice.choice_filter, table)
                codes = table.codes[question.name]
                without = np.array(
                    self._vocabularies[question.name].without(choice.name), np.int32
                )
                table.codes[question.name] = np.where(shown, codes, without[codes])

    def _check_constraint(self, question: Question, table: Table) -> None:
        if question.constraint is None:
            return
        name, expression = question.name, compiled(question.constraint)

        def kept(known: Applicable) -> bool:
            answer = known.answers.get(name)
            return answer in ("", "?", None) or expression.holds(known.answers, answer)

        names = sorted(expression.names | {name})
        broken = np.flatnonzero(self._lookup((name, "constraint"), names, kept)(table) == 0)
        if broken.size:
            cure = (question.constraint_message or {}).get(Language.EN, "")
            why = f"an answer outside of {question.constraint}; {cure}"
            raise RowRefused(int(broken[0]), name, why.rstrip("; "))

    def _at_risk(self, table: Table) -> Bools:
        rule = self._pack.krs
        any_factor = np.zeros(table.rows, np.bool_)
        for factor in rule.factors:
            any_factor = any_factor | self._holds(factor.when, table)
        return any_factor & self._holds(rule.target, table)

    def _scale(self, scale: Scale, table: Table) -> _Sum:
        items = [item for item in scale.items if item.weight > 0]
        unit = gcd(*(item.weight for item in items)) or 1
        times = lcm(*(n for item in items for n in range(1, _largest_mean(item) + 1)))
        shape = (table.rows,)
        of_100, answered, applicable, count, all_there = (
            np.zeros(shape, np.int64) for _ in range(5)
        )
        for item in items:
            points = self._item(item, times, table)
            weight = item.weight // unit
            is_answered, counts = points >= 0, points != LEFT_OUT
            of_100 += weight * np.where(is_answered, points, 0)
            answered += weight * is_answered
            applicable += weight * counts
            count += is_answered
            all_there += counts
        covered = FULL * answered >= self._pack.minimum_coverage * applicable
        enough = covered & (count >= np.minimum(self._pack.minimum_answered, all_there))
        state = np.where(all_there == 0, 0, np.where(enough, 2, 1))
        return _Sum(of_100, np.maximum(answered, 1) * times, state)

    def _item(self, item: ScoredItem, times: int, table: Table) -> Ints:
        """Points times *times* of one item in each row, or MISSING or LEFT_OUT."""
        parts = [self._part(points, table) for points in item.parts]
        if len(parts) == 1:
            return np.where(parts[0] > 0, parts[0] * times, parts[0])
        stacked = np.stack(parts)
        counts = stacked >= 0
        missing, none = (stacked == MISSING).any(axis=0), ~counts.any(axis=0)
        if item.combine is Combine.MIN:
            combined = np.where(counts, stacked, FULL).min(axis=0) * times
        else:
            total = np.where(counts, stacked, 0).sum(axis=0)
            combined = total * (times // np.maximum(counts.sum(axis=0), 1))
        return np.where(missing, MISSING, np.where(none, LEFT_OUT, combined))

    def _part(self, points: Points, table: Table) -> Ints:
        names = [points.question, *([points.ratio.divide_by] if points.ratio else [])]

        def worth(known: Applicable) -> int:
            state, found = part_of(points, known)
            if state in (AnswerState.NOT_APPLICABLE, AnswerState.NOT_SCORED):
                return LEFT_OUT
            return MISSING if found is None else found

        return self._lookup(id(points), names, worth)(table)

    def _total(self, sums: list[_Sum]) -> _Sum:
        shown = [one.state == STATES.index(State.SHOWN) for one in sums]
        count = np.sum(shown, axis=0)
        applicable = np.sum([one.state != 0 for one in sums], axis=0)
        weights = (np.unique(one.weight) for one in sums)
        common = lcm(*(int(weight) for different in weights for weight in different))
        wide = FULL * 10 * len(sums) * common >= 1 << KEY_BITS
        of_100 = _exact(np.zeros_like(count), wide=wide)
        for one, is_shown in zip(sums, shown, strict=True):
            scaled = _exact(one.of_100, wide=wide) * (common // _exact(one.weight, wide=wide))
            of_100 = of_100 + np.where(is_shown, scaled, 0)
        enough = (count > 0) & (FULL * count >= self._pack.minimum_shown * applicable)
        state = np.where(applicable == 0, 0, np.where(enough, 2, 1))
        return _Sum(of_100, _exact(np.maximum(count, 1), wide=wide) * common, state)


def _largest_mean(item: ScoredItem) -> int:
    return len(item.parts) if item.combine is Combine.MEAN else 1


def _exact(numbers: Ints, *, wide: bool) -> Ints:
    """*numbers* for sums that fit 64 bits, or *wide*: Python's own, slower and without an end."""
    return numbers.astype(np.object_) if wide else numbers


def _scores(one: _Sum) -> list[str]:
    """Tenths, rounded half to even, as text; nothing where not shown."""
    tenths, twice = one.of_100 * 10 // one.weight, one.of_100 * 10 % one.weight * 2
    up = (twice > one.weight) | ((twice == one.weight) & (tenths % 2 == 1))
    tenths = (tenths + up).astype(np.int64)
    return _words(WRITTEN, np.where(one.state == STATES.index(State.SHOWN), tenths, -1))


def _words(words: list[str], places: Ints) -> list[str]:
    return [words[place] for place in places.tolist()]
