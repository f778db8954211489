"""Households a second of `kkb score`, beside the scalar function in the same run."""

import csv
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from kkb_core.definitions import load
from kkb_core.services.score_file import score_file
from kkb_core.survey.expressions import compiled
from kkb_core.survey.packs import Pack
from kkb_core.survey.questionnaire import Question, Questionnaire, QuestionType
from kkb_core.survey.scoring import score
from kkb_core.survey.telling import as_row, header

HOUSEHOLDS = 1_000_000
SAMPLE = 5_000
SEED = 20260309
BANDS = ("0_23m", "2_4", "5_6", "7_15", "16_18", "19_24")


def main(households: int = HOUSEHOLDS) -> None:
    """Print the figures for each pack."""
    definitions = load()
    questionnaire = definitions.current
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "answers.csv"), Path(folder, "scores.csv")
        write_file(source, questionnaire, households)
        size = source.stat().st_size / 1e6
        print(f"{households:,} households, {len(questionnaire.questions)} columns, {size:.0f} MB")
        for pack in definitions.packs.values():
            _measure(source, target, pack, questionnaire)


def _measure(source: Path, target: Path, pack: Pack, questionnaire: Questionnaire) -> None:
    before = _peak_megabytes()
    begun = perf_counter()
    scored = score_file(source, target, pack=pack, questionnaire=questionnaire)
    by_file = scored.households / (perf_counter() - begun)
    with source.open(newline="") as file:
        sample = list(islice(csv.DictReader(file), SAMPLE))
    begun = perf_counter()
    expected = [as_row(score(pack, questionnaire, row)) for row in sample]
    by_one = len(sample) / (perf_counter() - begun)
    with target.open(newline="") as file:
        same = list(islice(csv.reader(file), len(sample) + 1)) == [header(pack), *expected]
    print(
        f"{pack.id}: file {by_file:,.0f} households/s, one by one {by_one:,.0f}/s "
        f"({by_file / by_one:.0f} times), peak {before:.0f} -> {_peak_megabytes():.0f} MB, "
        f"same text on {len(sample):,}: {'yes' if same else 'NO'}"
    )


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def write_file(target: Path, questionnaire: Questionnaire, households: int) -> None:
    """Write a file of synthetic answers, the same ones every time."""
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(questionnaire.questions))
        writer.writeheader()
        writer.writerows(islice(synthetic_households(questionnaire), households))


def synthetic_households(questionnaire: Questionnaire) -> Iterator[dict[str, str]]:
    """Endless households of a village that does not exist; what does not apply is blank."""
    random = Random(SEED)
    while True:
        answers = _profile(random)
        for question in questionnaire.questions.values():
            if question.name not in answers and _applies(question, answers):
                answers[question.name] = _answer(question, random)
        yield answers


def _applies(question: Question, answers: dict[str, str]) -> bool:
    return question.relevant is None or compiled(question.relevant).holds(answers)


def _profile(random: Random) -> dict[str, str]:
    adults = random.choices((1, 2, 3, 4), (2, 6, 1, 1))[0]
    bands = [random.choice(BANDS) for _ in range(random.choices(range(5), (3, 4, 4, 2, 1))[0])]
    counts = {f"kids_{band}": str(bands.count(band)) for band in BANDS if band in bands}
    answers = {"members": str(adults + len(bands)), **counts}
    if adults + len(bands) > 1:
        answers["kids"] = " ".join(band for band in BANDS if band in bands) or "tidak_ada"
        answers["couple"] = "ya" if adults > 1 else "tidak"
    if adults > 1:
        answers["wife_age"] = str(int(random.triangular(16, 75, 32)))
    return answers


def _answer(question: Question, random: Random) -> str:
    luck = random.random()
    if luck < 0.05:
        return "" if luck < 0.03 else "?"
    match question.type:
        case QuestionType.SELECT_ONE | QuestionType.SELECT_MULTIPLE:
            return random.choice([one.name for one in question.choices if not one.choice_filter])
        case QuestionType.DECIMAL:
            return str(random.randint(12, 150))
    return str(random.randint(1, 9))
