from kkb_core.roles import Scope
from kkb_core.storage import Database, Tx, exports, scores, tables
from kkb_core.storage.exports import AnswersRow, ScoresRow
from tests.kkb_core.storage.village import (
    JENGGOT,
    NOW,
    a_score,
    add_person,
    answer,
    settle,
)


async def test_answers_are_exported_without_what_is_left_out(database: Database) -> None:
    def work(tx: Tx) -> tuple[list[AnswersRow], AnswersRow]:
        village = settle(tx)
        for question, value in (("AGM1", "ya"), ("LIN1", "ya"), ("EKO1", "?")):
            answer(tx, village.interview.id, village.mother, question, value)
        wanted = AnswersRow(
            household=village.household.public_id,
            scope=village.household.scope,
            round_id=village.round_id,
            questionnaire="kkb.v1",
            started_at=NOW,
            completed_at=None,
            answers={"AGM1": "ya", "EKO1": "?"},
        )
        return list(
            exports.answers_in(tx, Scope("33.75"), leave_out={"LIN1"}, everybody=True)
        ), wanted

    found, wanted = await database.run(work)

    assert found == [wanted]
    assert "Melati" not in repr(found)


async def test_a_thousand_rows_come_in_their_order(database: Database) -> None:
    def prepare(tx: Tx) -> int:
        village = settle(tx)
        numbers = range(village.household.id + 1, village.household.id + 1_001)
        in_area = {"area_code": JENGGOT, "created_at": NOW, "label": ""}
        tx.execute(
            tables.households.insert(),
            [
                in_area | {"id": n, "public_id": f"p{n}", "rw": 1 + n % 3, "rt": n % 7}
                for n in numbers
            ],
        )
        begun = {"round_id": village.round_id, "questionnaire": "kkb.v1", "digest": "d"}
        when = {"answers": {}, "started_at": NOW, "updated_at": NOW}
        tx.execute(
            tables.interviews.insert(),
            [begun | when | {"id": 10_000 + n, "household_id": n} for n in numbers],
        )
        scored = {"pack": "p", "pack_version": 1, "states": {}, "parts": [], "scored_at": NOW}
        tx.execute(
            tables.scores.insert(),
            [
                scored
                | {"interview_id": 10_000 + n, "household_id": n, "round_id": village.round_id}
                | {"area_code": JENGGOT, "rw": 1 + n % 3, "rt": n % 7}
                for n in numbers
            ],
        )
        return village.round_id

    round_id = await database.run(prepare)

    def read(tx: Tx) -> tuple[list[AnswersRow], list[ScoresRow], int]:
        here = Scope(JENGGOT)
        answers = list(
            exports.answers_in(tx, here, leave_out=(), everybody=True, round_id=round_id)
        )
        return (
            answers,
            list(exports.scores_in(tx, here, everybody=True, round_id=round_id)),
            tx.statements,
        )

    answers, scored, used = await database.read(read)

    assert (len(answers), len(scored), used) == (1_001, 1_000, 2)
    places = [(one.scope.rw, one.scope.rt) for one in answers]
    assert places == sorted(places)
    assert len({one.household for one in scored}) == 1_000


async def test_another_scope_and_another_round_are_not_exported(database: Database) -> None:
    def work(tx: Tx) -> list[int]:
        village = settle(tx)
        add_person(tx, "father", village.household)
        scores.put_score(tx, a_score(village.interview, village.household))
        asked = [(Scope(JENGGOT, 9), None), (Scope(JENGGOT), 999), (Scope(JENGGOT), None)]
        return [
            len(
                list(
                    exports.answers_in(tx, scope, leave_out=(), everybody=True, round_id=round_id)
                )
            )
            + len(list(exports.scores_in(tx, scope, everybody=True, round_id=round_id)))
            for scope, round_id in asked
        ]

    assert await database.run(work) == [0, 0, 2]
