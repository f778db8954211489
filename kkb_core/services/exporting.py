"""Answers and scores as rows of a file, for people who may have them.

Households are called by their public id. Questions that are sensitive are left out unless the
right to them is given. Times are those of the place where the household lives.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from kkb_core.definitions import Definitions
from kkb_core.errors import NotAllowed
from kkb_core.reports.tables import Cell, Row
from kkb_core.roles import Act, Scope, demand
from kkb_core.services.areas import known_area
from kkb_core.storage import Tx, areas, audit, exports, roles, rounds
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.exports import ScoresRow
from kkb_core.storage.tables import DIMENSIONS, FUNCTIONS
from kkb_core.survey.questionnaire import QuestionType

PLACE = ("household", "area", "rw", "rt", "round")
NUMBERS = (QuestionType.INTEGER, QuestionType.DECIMAL)


class What(StrEnum):
    """What can be exported."""

    ANSWERS = "answers"
    SCORES = "scores"


NEEDED = {What.ANSWERS: Act.EXPORT_ANSWERS, What.SCORES: Act.EXPORT_SCORES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who wants what. `by` is a person, None an operator at the machine; no `scope` means all.

    Households that did not agree to anonymous statistics are left out, unless the file is for the
    controller's own work (`everybody`), who answers for the data of all.
    """

    what: What
    by: int | None
    scope: Scope | None = None
    sensitive: bool = False
    everybody: bool = False


def permit(tx: Tx, request: Request, *, now: datetime) -> tuple[Scope, ...]:
    """Check that the rows may be had, and write the export to the audit log; where they are.

    Raises NotAllowed, and InputRefused for an area that does not take part.
    """
    scopes = _scopes(tx, request)
    detail = {
        "areas": [scope.area for scope in scopes],
        "rw": request.scope and request.scope.rw,
        "rt": request.scope and request.scope.rt,
        "sensitive": request.sensitive,
        "everybody": request.everybody,
    }
    entry = AuditEntry(
        at=now,
        actor=request.by,
        act=NEEDED[request.what].value,
        subject_kind="area",
        detail=detail,
    )
    audit.put_audit(tx, entry)
    return scopes


def rows_of(
    tx: Tx, request: Request, scopes: Iterable[Scope], *, definitions: Definitions
) -> Iterator[Row]:
    """The rows, the first of which names the columns; *scopes* come from `permit`.

    A read-only transaction will do, so that nobody waits while a kota is written out.
    """
    match request.what:
        case What.ANSWERS:
            return _answers(tx, scopes, definitions, request)
        case What.SCORES:
            return _scores(tx, scopes, everybody=request.everybody)


def _scopes(tx: Tx, request: Request) -> tuple[Scope, ...]:
    if request.scope is None:
        scopes = tuple(Scope(village.code) for village in areas.villages(tx))
    else:
        area = known_area(tx, request.scope.area)
        scopes = (Scope(area.code, request.scope.rw, request.scope.rt),)
    if request.by is None:
        if request.sensitive:
            raise NotAllowed("sensitive answers are exported only by a person with the right")
        return scopes
    held = roles.grants_of(tx, request.by)
    for scope in scopes:
        demand(held, NEEDED[request.what], scope)
        if request.sensitive:
            demand(held, Act.SEE_PROTECTION_CASE, scope)
        if request.everybody:
            demand(held, Act.EXPORT_ANSWERS, scope)
    return scopes


def _answers(
    tx: Tx, scopes: Iterable[Scope], definitions: Definitions, request: Request
) -> Iterator[Row]:
    questions = {
        name: question
        for questionnaire in definitions.questionnaires.values()
        for name, question in questionnaire.questions.items()
    }
    private = {name for name, question in questions.items() if question.sensitive}
    hidden = frozenset[str]() if request.sensitive else private
    names = [name for name in questions if name not in hidden]
    numbers = {name for name in names if questions[name].type in NUMBERS}
    yield [*PLACE, "questionnaire", "started", "completed", *names]
    told = _Told(tx)
    for scope in scopes:
        for row in exports.answers_in(tx, scope, leave_out=hidden, everybody=request.everybody):
            yield [
                *told.place(row.household, row.scope, row.round_id),
                row.questionnaire,
                told.moment(row.started_at, row.scope),
                told.moment(row.completed_at, row.scope),
                *(_answer(row.answers, name, number=name in numbers) for name in names),
            ]


def _answer(answers: Mapping[str, str], name: str, *, number: bool) -> Cell:
    said = answers.get(name) or None
    if said is None or said == "?" or not number:
        return said
    return int(said) if said.lstrip("-").isdecimal() else float(said)


def _scores(tx: Tx, scopes: Iterable[Scope], *, everybody: bool) -> Iterator[Row]:
    states = [f"{name}_state" for name in FUNCTIONS]
    yield [*PLACE, "pack", "scored", *FUNCTIONS, "total", *states, "ibangga", *DIMENSIONS, "krs"]
    told = _Told(tx)
    for scope in scopes:
        for row in exports.scores_in(tx, scope, everybody=everybody):
            yield _score(row, told)


def _score(row: ScoresRow, told: "_Told") -> list[Cell]:
    score = row.score
    return [
        *told.place(row.household, score.scope, score.round_id),
        f"{score.pack}.v{score.pack_version}",
        told.moment(score.scored_at, score.scope),
        *(_points(score.functions[name]) for name in FUNCTIONS),
        _points(score.total),
        *(score.states.get(name) for name in FUNCTIONS),
        _points(score.ibangga),
        *(_points(score.dimensions[name]) for name in DIMENSIONS),
        None if score.krs is None else ("yes" if score.krs else "no"),
    ]


def _points(tenths: int | None) -> float | None:
    return None if tenths is None else tenths / 10


class _Told:
    """Names of rounds and zones of areas, read once."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._rounds: dict[int, str] = {}
        self._zones: dict[str, ZoneInfo] = {}

    def place(self, household: str, scope: Scope, round_id: int) -> list[Cell]:
        """The columns of PLACE."""
        if round_id not in self._rounds:
            found = rounds.round_called(self._tx, round_id)
            self._rounds[round_id] = found.name if found else str(round_id)
        return [household, scope.area, scope.rw, scope.rt, self._rounds[round_id]]

    def moment(self, at: datetime | None, scope: Scope) -> str | None:
        """A time as it was where the household lives."""
        if scope.area not in self._zones:
            found = areas.area(self._tx, scope.area)
            self._zones[scope.area] = ZoneInfo(found.zone if found else "UTC")
        zone = self._zones[scope.area]
        return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")
