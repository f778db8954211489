from datetime import timedelta

import pytest

from kkb_core.roles import Scope
from kkb_core.storage import Database, Tx, audit, flags, help  # noqa: A004  the module's own word
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.flags import Flag, FlagState, NewFlag
from kkb_core.survey.questionnaire import Level, Route
from tests.kkb_core.storage.village import DAY, JENGGOT, KRADENAN, NOW, Village, settle

MONTH = 30 * DAY


def a_flag(village: Village, question: str = "EKO3", **changed: object) -> NewFlag:
    values: dict[str, object] = {
        "household_id": village.household.id,
        "interview_id": village.interview.id,
        "question": question,
        "level": Level.RED,
        "route": Route.SURVIVAL,
        "raised_at": NOW,
        "due_at": NOW + DAY,
        "contact_allowed": True,
    }
    return NewFlag(**values | changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "after", "raised"),
    [
        ("EKO3", timedelta(), "not again"),
        ("EKO3", MONTH - timedelta(seconds=1), "not again"),
        ("EKO3", MONTH, "again"),
        ("REP1", timedelta(), "again"),
    ],
)
async def test_a_flag_is_not_raised_again_within_a_month(
    database: Database, question: str, after: timedelta, raised: str
) -> None:
    def work(tx: Tx) -> list[int | None]:
        village = settle(tx)
        first = flags.raise_flag(tx, a_flag(village), repeat_after=MONTH)
        again = a_flag(village, question, raised_at=NOW + after)
        return [first, flags.raise_flag(tx, again, repeat_after=MONTH)]

    first, second = await database.run(work)

    assert first is not None
    assert (second is not None) == (raised == "again")


async def test_flags_go_to_their_route_and_scope_what_is_due_first(database: Database) -> None:
    def work(tx: Tx) -> list[list[str]]:
        village = settle(tx)
        for flag in (
            a_flag(village, "late", due_at=NOW + 2 * DAY),
            a_flag(village, "soon"),
            a_flag(village, "LIN1", route=Route.PROTECTION),
        ):
            flags.raise_flag(tx, flag, repeat_after=MONTH)
        asked = [
            (Scope(JENGGOT), [Route.SURVIVAL]),
            (Scope("33"), [Route.PROTECTION]),
            (Scope(JENGGOT, 9), list(Route)),
            (Scope(KRADENAN), list(Route)),
            (Scope(JENGGOT), []),
        ]
        return [[one.question for one in flags.flags_of(tx, *one)] for one in asked]

    assert await database.run(work) == [["soon", "late"], ["LIN1"], [], [], []]


async def test_a_flag_moves_and_says_what_came_of_it(database: Database) -> None:
    def work(tx: Tx) -> tuple[Flag | None, tuple[Flag, ...], tuple[Flag, ...]]:
        village = settle(tx)
        raised = flags.raise_flag(tx, a_flag(village), repeat_after=MONTH)
        assert raised is not None
        later = NOW + DAY
        flags.move_flag(tx, raised, FlagState.VISITED, now=later, outcome="sudah ditemui")
        here, every = Scope(JENGGOT), list(Route)
        visited = flags.flags_of(tx, here, every, states=[FlagState.VISITED])
        return flags.flag(tx, raised), flags.flags_of(tx, here, every), visited

    found, still_open, visited = await database.run(work)

    assert found is not None
    assert (found.state, found.outcome) == (FlagState.VISITED, "sudah ditemui")
    assert (found.level, found.route, found.contact_allowed) == (Level.RED, Route.SURVIVAL, True)
    assert found.household.area_code == JENGGOT
    assert still_open == ()
    assert visited == (found,)


async def test_help_is_asked_once_and_answered_once(database: Database) -> None:
    def work(tx: Tx) -> list[object]:
        village = settle(tx)
        here = (village.household.id, village.mother)
        asked = [help.ask_help(tx, *here, now=NOW, question=one) for one in ("A", "A", None)]
        waiting = [one.question for one in help.help_wanted(tx, Scope(JENGGOT))]
        assert isinstance(asked[0], int)
        answered = [help.answer_help(tx, asked[0], by=village.mother, now=NOW) for _ in "ab"]
        again = help.ask_help(tx, *here, now=NOW, question="A")
        return [asked[1], waiting, answered, again is not None, help.help_wanted(tx, Scope("34"))]

    assert await database.run(work) == [None, ["A", None], [True, False], True, ()]


async def test_the_audit_log_tells_who_did_what_to_whom(database: Database) -> None:
    def work(tx: Tx) -> tuple[tuple[AuditEntry, ...], AuditEntry]:
        village = settle(tx)
        entry = AuditEntry(
            at=NOW,
            actor=village.mother,
            act="see_household",
            subject_kind="household",
            subject_id=village.household.id,
            detail={"page": 1},
        )
        audit.put_audit(tx, entry)
        audit.put_audit(tx, AuditEntry(at=NOW, actor=None, act="x", subject_kind="area"))
        return audit.audit_of(tx, "household", village.household.id), entry

    found, entry = await database.run(work)

    assert found == (entry,)
