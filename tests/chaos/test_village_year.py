"""Months of a village: no progress is lost, nothing is asked twice, every score can be recomputed."""

import csv
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from kkb_core import definitions
from kkb_core.services.score_file import score_file
from kkb_core.services.scoring import EIGHT_FUNCTIONS, IBANGGA
from kkb_core.storage import Database, Tx
from kkb_core.storage.scores import StoredScore, score_from
from kkb_core.storage.tables import answer_history, interviews, scores
from kkb_core.survey.telling import written
from tests.chaos.crowd import check_histories
from tests.chaos.lengths import length, seed
from tests.village_year import ASKED, Step, Village

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(7_200)]

HOUSEHOLDS = length(4, 300)
MONTHS = length(6, 12)
DAYS_OF_MONTH = 30
KNOWN = definitions.load()


def nothing_is_asked_twice(step: Step) -> None:
    """What is answered is asked again only when the person goes back to it."""
    answering = step.msg.text is not None or (step.msg.tap or "").startswith(("a:", "n:", "same:"))
    stays = (step.msg.tap or "").endswith((":why", ":later", ":help", ":done", "same:no"))
    if step.before is None or step.after is None or step.asked is None or not answering or stays:
        return
    was = (step.before.cursor or {}).get("waiting_for")
    returns = step.phone.went_back or (step.before.cursor or {}).get("editing")
    if step.asked != was and not returns:
        assert step.asked not in step.before.answers, f"{step.asked} is asked again"


def what_was_tapped_is_kept(step: Step) -> None:
    """An answer tapped on the question that waited is there afterwards."""
    tap = (step.msg.tap or "").split(":")
    if tap[0] != "a" or step.before is None or step.after is None:
        return
    place = step.before.cursor or {}
    if [tap[1], tap[2], tap[3]] == [
        str(step.before.id),
        place["waiting_for"],
        str(place["revision"]),
    ]:
        refused = any("✓" not in str(out.text) for out in step.outs[:1])
        assert step.after.answers.get(tap[2]) == tap[4] or refused, tap


async def test_months_of_a_village(sqlite_database: Database, tmp_path: Path) -> None:
    village = Village(sqlite_database, Random(seed()), households=HOUSEHOLDS)
    village.claims += [nothing_is_asked_twice, what_was_tapped_is_kept]

    for month in range(MONTHS):
        await village.live(DAYS_OF_MONTH)
        await sqlite_database.read(check_histories)
        scored = await sqlite_database.read(lambda tx: _scores_hold(tx, tmp_path))
        print(f"KKB_SEED={seed()}: month {month + 1}, {village.turns} turns, {scored} scores")

    assert scored > 1.5 * HOUSEHOLDS


def _scores_hold(tx: Tx, folder: Path) -> int:
    """Scores of complete interviews, computed anew by the other path from the raw answers."""
    complete = select(interviews.c.id).where(interviews.c.completed_at.is_not(None))
    answers: dict[int, dict[str, str]] = {one: {} for one in tx.execute(complete).scalars()}
    for row in tx.execute(select(answer_history).order_by(answer_history.c.id)):
        if row.interview_id in answers:
            answers[row.interview_id][row.question] = row.value or ""
    kept = {row["interview_id"]: score_from(row) for row in tx.execute(select(scores)).mappings()}
    for pack in (EIGHT_FUNCTIONS, IBANGGA):
        for one, row in zip(answers, _computed(folder, pack, answers), strict=True):
            assert _as_stored(kept[one], pack, row) == row, f"interview {one}"
    return len(answers)


def _computed(folder: Path, pack: str, answers: dict[int, dict[str, str]]) -> list[dict[str, str]]:
    source, target = folder / "answers.csv", folder / "scores.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(ASKED.questions))
        writer.writeheader()
        writer.writerows(answers.values())
    score_file(source, target, pack=KNOWN.pack(pack), questionnaire=ASKED)
    with target.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _as_stored(score: StoredScore, pack: str, row: dict[str, str]) -> dict[str, str]:
    """The kept score in the words of the file; what is not kept is taken from the file."""
    if pack == EIGHT_FUNCTIONS:
        shown = {name: written(value) for name, value in score.functions.items()}
        states = {f"{name}_state": state for name, state in score.states.items()}
        return (
            row
            | shown
            | states
            | {KNOWN.pack(pack).total: written(score.total), "krs": "yes" if score.krs else "no"}
        )
    shown = {name: written(value) for name, value in score.dimensions.items()}
    return row | shown | {KNOWN.pack(pack).total: written(score.ibangga)}
