"""The village's papers: a report under the four headings of Inpres 3/2022, and a jury's binder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kkb_core.i18n import day, points
from kkb_core.reports.field_words import match_words
from kkb_core.reports.papers import Line, Paper, Part, Table
from kkb_core.reports.week_words import FALLS, Told, activity, change_said, percent, signed, why
from kkb_core.summary.match import Match
from kkb_core.summary.readings import Share
from kkb_core.summary.tallies import SMALLEST
from kkb_core.summary.week import Gathered, Scale

DASH = "\u2013"
# The work areas of Inpres 3/2022 (domain 9.2) and what is counted under each.
AREAS: Mapping[str, tuple[str, ...]] = {
    "paper.area_1": ("marriage_book", "birth_certificates", "insurance"),
    "paper.area_2": (
        "worship", "community_work", "organisers", "shared_care", "play_with_child",
        "talk_with_teen", "care_for_elder", "plan_spending", "savings", "in_school",
    ),
    "paper.area_3": ("posyandu", "immunised", "antenatal", "family_planning", "pregnant", "baduta"),
    "paper.area_4": ("safe_water", "toilet", "sound_house", "waste", "drained_tub"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What both papers are made of: the whole village's week, and what it was gathered from."""

    told: Told
    gathered: Gathered
    code: str
    above: str  # "Pekalongan Selatan, Kota Pekalongan"
    round_name: str
    opened: date
    made: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What only the binder has.

    `sample` are (code, RW, RT) drawn on a day with `seed` from `drawn_from`; `match` is what was
    found at their doors.
    """

    by_hand: Mapping[str, int]
    not_counted: int
    erased: int
    tasks_closed: int
    questionnaire: str
    digest: str
    packs: Sequence[str]
    bands: tuple[int, int]
    sample: Sequence[tuple[str, int | None, int | None]]
    drawn_from: int
    drawn_on: date
    seed: int
    match: Match


def village_paper(facts: Facts) -> Paper:
    """The report of a village."""
    told = facts.told
    return _paper(
        facts,
        "paper.village_title",
        [
            Part(heading=told.say("paper.description"), text=[description(facts)]),
            *_output(facts),
            Part(heading=told.say("paper.area_1"), large=True, table=_coverage(facts)),
            *(
                Part(
                    heading=told.say(key) if key != "paper.area_1" else "",
                    large=True,
                    table=_shares(facts, names),
                )
                for key, names in AREAS.items()
            ),
            Part(text=_notes(told)),
        ],
    )


def binder(facts: Facts, proof: Proof) -> Paper:
    """The verification binder: input, process, output, and households to visit."""
    told = facts.told
    low, high = proof.bands
    method = told.say(
        "paper.method_text",
        questionnaire=proof.questionnaire,
        digest=proof.digest[:12],
        packs=", ".join(proof.packs),
        low=low,
        high=high,
    )
    return _paper(
        facts,
        "paper.binder_title",
        [
            Part(heading=told.say("paper.input"), large=True),
            Part(heading=told.say("paper.coverage"), table=_coverage(facts)),
            Part(
                heading=told.say("paper.not_in"),
                table=_missing(facts, proof),
                text=[told.say("paper.unregistered")],
            ),
            Part(
                heading=told.say("paper.method"),
                text=[method, told.say("paper.noise_text")],
            ),
            Part(heading=told.say("paper.process"), large=True, table=_process(facts, proof)),
            Part(heading=told.say("paper.output"), large=True),
            *_output(facts),
            *(
                Part(heading=told.say(key), table=_shares(facts, names))
                for key, names in AREAS.items()
            ),
            _sample(told, proof),
            Part(text=_notes(told)),
        ],
    )


def description(facts: Facts) -> str:
    """The paragraph to paste into the Kampung KB portal."""
    told, taking = facts.told, facts.gathered.activity
    functions = sorted(told.week.functions, key=lambda one: one.mean)
    lines = ""
    if functions and told.week.weakest is not None:
        lines += told.say(
            "paper.description_best",
            best=_named(told, functions[-1]),
            weakest=_named(told, told.week.weakest),
        )
        lines += told.say("paper.description_try", activity=activity(told))
    return told.say(
        "paper.description_text",
        round=facts.round_name,
        village=told.village,
        begun=taking.begun,
        registered=taking.registered,
        percent=percent(taking.begun, taking.registered),
        complete=taking.complete,
        lines=lines,
    )


def _notes(told: Told) -> list[str]:
    return [
        told.say("paper.hidden_note"),
        told.say("paper.self_selected"),
        told.say("paper.own_calculation"),
    ]


def _named(told: Told, one: Scale) -> str:
    return f"{told.name(one.name)} ({points(one.mean, told.language)})"


def _paper(facts: Facts, title: str, parts: Sequence[Part]) -> Paper:
    told = facts.told
    return Paper(
        title=told.say(title),
        place=told.say("paper.place", village=told.village, code=facts.code, above=facts.above),
        made=told.say(
            "paper.made",
            day=day(facts.made, told.language),
            round=facts.round_name,
            opened=day(facts.opened, told.language),
        ),
        parts=parts,
        footer=f"{told.say(title)}, {told.village}, {day(facts.made, told.language)}",
    )


def _coverage(facts: Facts) -> Table:
    say, taking = facts.told.say, facts.gathered.activity
    rows = [
        (say("paper.col_registered"), taking.registered),
        (say("paper.col_begun"), taking.begun),
        (say("paper.col_complete"), taking.complete),
    ]
    return Table(
        head=[say("paper.coverage"), say("paper.col_households"), "%"],
        rows=[
            Line(cells=[name, str(count), str(percent(count, taking.registered))])
            for name, count in rows
        ],
        widths=[4, 1, 1],
        numbers=[1, 2],
    )


def _output(facts: Facts) -> list[Part]:
    told = facts.told
    falls = [_fall(told, one) for one in told.week.falls[:FALLS]]
    functions = Part(
        heading=told.say("paper.functions"),
        text=[*falls, *([] if told.week.functions else [told.say("summary.empty")])],
        table=_functions(told) if told.week.functions else None,
    )
    index = told.week.ibangga
    if index is None:
        return [functions]
    caveat = told.say(
        "summary.ibangga", points=points(index.mean, told.language), households=index.households
    )
    return [functions, Part(text=[caveat])]


def _fall(told: Told, one: Scale) -> str:
    assert one.change is not None
    fallen = points(-one.change.tenths, told.language)
    what = told.say("summary.fell", function=told.name(one.name), points=fallen)
    return f"{what.removeprefix('⚠ ')} {why(told, one.change)}"


def _functions(told: Told) -> Table:
    return Table(
        head=[
            told.say("paper.col_function"),
            told.say("paper.col_households"),
            told.say("paper.col_mean"),
            told.say("paper.col_bands"),
            told.say("paper.col_change"),
            told.say("paper.col_answers"),
            told.say("paper.col_composition"),
        ],
        rows=[
            Line(
                cells=[
                    told.name(one.name),
                    str(one.households),
                    points(one.mean, told.language),
                    DASH if one.bands is None else " / ".join(map(str, reversed(one.bands))),
                    *_changed(told, one),
                ]
            )
            for one in told.week.functions
        ],
        widths=[5, 2, 2, 4, 3, 3, 3],
        numbers=[1, 2, 3, 4, 5, 6],
    )


def _changed(told: Told, one: Scale) -> list[str]:
    change = one.change
    if change is None:
        return [DASH] * 3
    parts = (change.answers, change.composition)
    return [
        change_said(told, change.tenths),
        *(signed(part, told.language) for part in parts),
    ]


def _shares(facts: Facts, names: Sequence[str]) -> Table:
    say = facts.told.say
    return Table(
        head=[
            say("paper.col_what"),
            say("paper.col_of"),
            say("paper.col_yes"),
            say("paper.col_percent"),
        ],
        rows=[
            Line(cells=[say(f"share.{name}"), *share_cells(facts.gathered.readings.share(name))])
            for name in names
        ],
        widths=[7, 2, 1, 1],
        numbers=[1, 2, 3],
    )


def share_cells(share: Share) -> list[str]:
    """Of how many, how many, and percent; a dash where the cell would be too small."""
    if share.of < SMALLEST:
        return [DASH] * 3
    if share.percent is None:
        return [str(share.of), DASH, DASH]
    return [str(share.of), str(share.yes), str(share.percent)]


def _few(count: int) -> str:
    return DASH if 0 < count < SMALLEST else str(count)


def _pairs(head: tuple[str, str], rows: Sequence[tuple[str, str]]) -> Table:
    return Table(head=head, rows=[Line(cells=row) for row in rows], widths=[5, 1], numbers=[1])


def _missing(facts: Facts, proof: Proof) -> Table:
    say, taking = facts.told.say, facts.gathered.activity
    return _pairs(
        (say("paper.not_in"), say("paper.col_households")),
        [
            (say("paper.not_begun"), str(taking.registered - taking.begun)),
            (say("paper.not_finished"), str(taking.begun - taking.complete)),
            (say("paper.resting"), str(taking.paused)),
            (say("paper.not_counted"), _few(proof.not_counted)),
            (say("paper.erased"), _few(proof.erased)),
        ],
    )


def _process(facts: Facts, proof: Proof) -> Table:
    say, week = facts.told.say, facts.told.week
    answers = say("paper.answers")
    hands = [
        (say(f"paper.via_{hand}"), f"{proof.by_hand.get(hand, 0)} {answers}")
        for hand in ("self", "cadre", "paper")
    ]
    tasks = sum(map(sum, week.tasks.values()))
    return Table(
        head=[say("paper.col_what"), ""],
        rows=[
            Line(cells=cells)
            for cells in (
                *hands,
                (say("paper.tasks_open"), _few(tasks)),
                (say("paper.tasks_closed"), _few(proof.tasks_closed)),
                (say("paper.quality"), f"{week.quality.skipped} / {week.quality.fast}"),
            )
        ],
        widths=[4, 2],
        numbers=[1],
    )


def _sample(told: Told, proof: Proof) -> Part:
    say = told.say
    return Part(
        heading=say("paper.sample"),
        large=True,
        new_page=True,
        text=[
            say(
                "paper.sample_text",
                count=len(proof.sample),
                of=proof.drawn_from,
                day=day(proof.drawn_on, told.language),
                seed=proof.seed,
            ),
            " ".join(match_words(proof.match, told.language)),
            say("paper.signed"),
        ],
        table=Table(
            head=[
                say(key)
                for key in (
                    "paper.col_code", "paper.col_rw", "paper.col_rt", "paper.col_met",
                    "paper.col_agrees", "paper.col_note",
                )
            ],
            rows=[
                Line(cells=[code, str(rw or DASH), str(rt or DASH), "[   ]", "[   ]", ""])
                for code, rw, rt in proof.sample
            ],
            widths=[4, 1, 1, 2, 2, 6],
            tall=True,
        ),
    )  # fmt: skip
