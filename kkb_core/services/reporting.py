"""Papers a village shows others: made from the same week as the text and the picture, and put on record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from kkb_core.definitions import Definitions
from kkb_core.errors import InputRefused
from kkb_core.messaging import Language
from kkb_core.reports.month_book import Book, Value, write_book
from kkb_core.reports.papers import Paper, pdf
from kkb_core.reports.tables import Cell, Format, Row, write_table
from kkb_core.reports.village_paper import Facts, Proof, binder, description, village_paper
from kkb_core.reports.week_words import Told
from kkb_core.roles import Act, Scope, demand
from kkb_core.services import field_sample, summarising
from kkb_core.services.areas import known_area
from kkb_core.services.scoring import EIGHT_FUNCTIONS
from kkb_core.services.summarising import Village, limits_of, private_questions
from kkb_core.storage import (
    Tx,
    areas,
    audit,
    field_checks,
    roles,
    rounds,
    summaries,
    verifying,
)
from kkb_core.storage.areas import AreaLevel
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.flags import FlagState
from kkb_core.storage.rounds import Round
from kkb_core.storage.summaries import SCALES
from kkb_core.summary.cells import hidden
from kkb_core.summary.readings import Share
from kkb_core.summary.tallies import Figures, Place, rolled_up
from kkb_core.summary.week import Gathered

DONE = (FlagState.CONFIRMED, FlagState.CLOSED)
RT_DEPTH = 3  # village, RW, RT
# What the registers BKB, BKR, BKL, UPPKA and Posyandu ask for (R/I/…, due on the 3rd).
TARGETS = ("bkb", "bkr", "elder", "pregnant", "baduta")
HABITS = (
    "play_with_child", "talk_with_teen", "care_for_elder", "plan_spending", "savings", "posyandu",
)  # fmt: skip


class Report(StrEnum):
    """What can be made."""

    MONTH = "month"
    VILLAGE = "village"
    BINDER = "binder"
    ROLLUP = "rollup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who wants which paper of which area. `by` is a person, None an operator at the machine."""

    report: Report
    code: str
    by: int | None = None
    language: Language = Language.ID
    seed: int = 1
    form: Format = Format.XLSX  # of a roll-up


@dataclass(frozen=True, slots=True)
class Made:
    """A paper: what its file is called, and its bytes."""

    name: str
    content: bytes


def make(tx: Tx, definitions: Definitions, request: Request, *, now: datetime) -> Made:
    """Make a paper and write that to the audit log.

    Raises NotAllowed, and InputRefused for an area that does not take part or has nothing to show.
    """
    permit(tx, request, now=now)
    if request.report is Report.ROLLUP:
        return _made(request, now, request.form.value, _rollup_file(tx, definitions, request, now))
    village = gathered(tx, definitions, request.code, now=now)
    match request.report:
        case Report.MONTH:
            book = month_book(tx, definitions, village, request.language, now=now)
            return _made(request, now, "xlsx", write_book(book))
        case Report.VILLAGE:
            paper = village_paper(facts_of(tx, definitions, village, request.language, now=now))
        case Report.BINDER:
            paper = binder_of(tx, definitions, village, request, now=now)
    return _made(request, now, "pdf", pdf(paper))


def permit(tx: Tx, request: Request, *, now: datetime) -> None:
    """Check that the paper may be had, and write it to the audit log. Raises NotAllowed, InputRefused."""
    area = known_area(tx, request.code)
    if request.by is not None:
        demand(roles.grants_of(tx, request.by), Act.EXPORT_SCORES, Scope(area.code))
    detail = {"report": request.report.value, "area": area.code}
    entry = AuditEntry(
        at=now, actor=request.by, act="make_report", subject_kind="area", detail=detail
    )
    audit.put_audit(tx, entry)


def _made(request: Request, now: datetime, ending: str, content: bytes) -> Made:
    return Made(f"{request.report.value}-{request.code}-{now:%Y-%m-%d}.{ending}", content)


def gathered(tx: Tx, definitions: Definitions, code: str, *, now: datetime) -> Village:
    """The village this week. Raises InputRefused for what is no village or has had no round."""
    area = known_area(tx, code)
    if area.level is not AreaLevel.VILLAGE:
        raise InputRefused(
            f"area {area.code} ({area.name}) is no village; name one, or make a rollup"
        )
    today = now.astimezone(ZoneInfo(area.zone)).date()
    monday = today - timedelta(days=today.weekday())
    village = summarising.gather(tx, definitions, area.code, monday=monday, now=now)
    if village is None:
        raise InputRefused(f"area {area.code} ({area.name}) has had no round; kkb round open")
    return village


# -- PDF ---------------------------------------------------------------------------------------


def facts_of(
    tx: Tx, definitions: Definitions, village: Village, language: Language, *, now: datetime
) -> Facts:
    """What both PDF papers are made of."""
    area, of = village.area, village.round
    zone = ZoneInfo(area.zone)
    parents = [areas.area(tx, area.code[:length]) for length in (8, 5)]
    return Facts(
        told=Told(
            week=summarising.told(tx, definitions, village, (Scope(area.code),)),
            village=area.name,
            questionnaire=definitions.questionnaire(of.questionnaire),
            language=language,
        ),
        gathered=village.whole(),
        code=area.code,
        above=", ".join(one.name for one in parents if one is not None),
        round_name=of.name,
        opened=of.opens_at.astimezone(zone).date(),
        made=now.astimezone(zone).date(),
    )


def binder_of(
    tx: Tx, definitions: Definitions, village: Village, request: Request, *, now: datetime
) -> Paper:
    """The verification binder; the same seed draws the same households."""
    scope, of = Scope(village.area.code), village.round
    zone = ZoneInfo(village.area.zone)
    questionnaire = definitions.questionnaire(of.questionnaire)
    sample = field_sample.drawn(tx, definitions, village.area.code, of, request.seed, now=now)
    homes = () if sample is None else field_checks.drawn_in(tx, sample.id)
    proof = Proof(
        by_hand=verifying.answers_by_hand(tx, scope, of.id),
        not_counted=verifying.not_counted(tx, scope, of.id),
        erased=verifying.erased(tx, scope.area, of.id),
        tasks_closed=verifying.tasks_closed(
            tx, scope, of.id, states=DONE, leave_out=private_questions(questionnaire)
        ),
        questionnaire=questionnaire.id,
        digest=questionnaire.digest,
        packs=[pack.id for pack in definitions.packs.values()],
        bands=definitions.pack(EIGHT_FUNCTIONS).bands,
        sample=[(one.household.public_id, one.household.rw, one.household.rt) for one in homes],
        drawn_from=0 if sample is None else sample.drawn_from,
        drawn_on=(now if sample is None else sample.drawn_at).astimezone(zone).date(),
        seed=request.seed,
        match=field_sample.match(homes),
    )
    return binder(facts_of(tx, definitions, village, request.language, now=now), proof)


# -- XLSX --------------------------------------------------------------------------------------


def month_book(
    tx: Tx, definitions: Definitions, village: Village, language: Language, *, now: datetime
) -> Book:
    """The month-end workbook: an RT a row, RWs and the village as totals, small cells hidden."""
    facts = facts_of(tx, definitions, village, language, now=now)
    say = facts.told.say
    places = _places(village)
    columns = [
        *(_yes(places, name) for name in TARGETS),
        _krs(places),
        *(one for name in HABITS for one in _both(places, name)),
    ]
    return Book(
        title=say("paper.month_title"),
        place=say("paper.place", village=facts.told.village, code=facts.code, above=facts.above),
        sheet="RT",
        head=[
            "RW",
            "RT",
            *(say(f"paper.col_{name}") for name in ("registered", "begun", "complete")),
            *(say(f"share.{name}") for name in (*TARGETS, "krs")),
            *(
                words
                for name in HABITS
                for words in (
                    f"{say(f'share.{name}')}: {say('paper.col_of')}",
                    f"{say(f'share.{name}')}: {say('paper.col_yes')}",
                )
            ),
        ],
        rows=[
            (
                [
                    *_spot_words(place, say("paper.total")),
                    one.activity.registered,
                    one.activity.begun,
                    one.activity.complete,
                    *(column[place] for column in columns),
                ],
                len(place) < RT_DEPTH,
            )
            for place, one in places.items()
        ],
        notes=[say("paper.hidden_note"), say("paper.self_selected")],
        words_sheet=say("paper.description"),
        words=[description(facts)],
    )


def _places(village: Village) -> dict[Place, Gathered]:
    """The village, its RWs and its RTs, each after its parts."""
    found: dict[Place, Gathered] = {}
    for (rw, rt), part in village.spots.items():
        path = (village.area.code, f"{rw or 0:02d}", f"{rt or 0:02d}")
        for length in (1, 2, 3):
            place = path[:length]
            found[place] = found[place] + part if place in found else part
    return dict(sorted(found.items(), key=lambda one: (*one[0][1:], *("~",) * (3 - len(one[0])))))


def _spot_words(place: Place, total: str) -> tuple[str, str]:
    match [*(part.lstrip("0") or "\u2013" for part in place[1:])]:
        case [rw, rt]:
            return rw, rt
        case [rw]:
            return f"RW {rw}", ""
    return total, ""


def _shown(
    places: Mapping[Place, Gathered], cells: Mapping[Place, tuple[int, int]], at: int | None
) -> dict[Place, Value]:
    away = hidden(cells)
    return {
        place: None if place in away else sum(cells[place]) if at is None else cells[place][at]
        for place in places
    }


def _split(share: Share) -> tuple[int, int]:
    return share.yes, share.of - share.yes


def _yes(places: Mapping[Place, Gathered], name: str) -> dict[Place, Value]:
    cells = {place: _split(one.readings.share(name)) for place, one in places.items()}
    return _shown(places, cells, 0)


def _both(places: Mapping[Place, Gathered], name: str) -> tuple[dict[Place, Value], ...]:
    cells = {place: _split(one.readings.share(name)) for place, one in places.items()}
    return _shown(places, cells, None), _shown(places, cells, 0)


def _krs(places: Mapping[Place, Gathered]) -> dict[Place, Value]:
    cells = {
        place: (one.now.krs, one.now.households - one.now.krs) for place, one in places.items()
    }
    return _shown(places, cells, 0)


# -- RT to kota --------------------------------------------------------------------------------


def _rollup_file(tx: Tx, definitions: Definitions, request: Request, now: datetime) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "rollup")
        write_table(path, rollup_rows(tx, definitions, request.code, now=now), request.form)
        return path.read_bytes()


def rollup_rows(tx: Tx, definitions: Definitions, code: str, *, now: datetime) -> Iterator[Row]:
    """Every place of the area down to its RTs in its newest round, the first row naming the columns.

    What is hidden is decided in the whole hierarchy of the round, so that two files cut from it
    cannot be taken from each other.
    """
    area = known_area(tx, code)
    of = rounds.latest_round(tx, area.code, before=now)
    if of is None:
        raise InputRefused(f"area {area.code} ({area.name}) has had no round; kkb round open")
    yield [
        "area", "name", "rw", "rt", "round", "households", "krs",
        *(f"{name}{part}" for name in SCALES for part in ("", "_n", "_low", "_middle", "_high")),
    ]  # fmt: skip
    names = {one.code: one.name for one in areas.areas_under(tx, area.code)}
    places = _hierarchy(tx, definitions, of)
    away = _Away(places)
    for place, figures in places.items():
        if area.code in place:
            yield _rollup_row(place, figures, away, of, names)


def _hierarchy(tx: Tx, definitions: Definitions, of: Round) -> dict[Place, Figures]:
    leaves = summaries.figures(tx, Scope(of.area_code), of.id, limits=limits_of(definitions))
    top = of.area_code.count(".")
    paths = {
        (*_codes(area)[top:], f"RW {rw or '?'}", f"RT {rt or '?'}"): figures
        for (area, rw, rt), figures in leaves.items()
    }
    return rolled_up(paths)


def _codes(area: str) -> list[str]:
    parts = area.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


class _Away:
    """What is hidden, column by column, over the whole hierarchy."""

    def __init__(self, places: Mapping[Place, Figures]) -> None:
        self.households = hidden({place: (one.households,) for place, one in places.items()})
        self.krs = hidden(
            {place: (one.krs, one.households - one.krs) for place, one in places.items()}
        )
        self.counts: dict[str, frozenset[Place]] = {}
        self.bands: dict[str, frozenset[Place]] = {}
        for name in SCALES:
            tallies = {place: one.tally(name) for place, one in places.items()}
            self.counts[name] = hidden({place: (one.count,) for place, one in tallies.items()})
            self.bands[name] = hidden({place: one.bands for place, one in tallies.items()})


def _rollup_row(
    place: Place, figures: Figures, away: _Away, of: Round, names: Mapping[str, str]
) -> list[Cell]:
    codes = [part for part in place if not part.startswith("R")]
    rw, rt = [*place[len(codes) :], None, None][:2]
    row: list[Cell] = [
        codes[-1],
        names.get(codes[-1], ""),
        rw and rw.removeprefix("RW "),
        rt and rt.removeprefix("RT "),
        of.name,
        None if place in away.households else figures.households,
        None if place in away.households or place in away.krs else figures.krs,
    ]
    for name in SCALES:
        tally = figures.tally(name)
        if place in away.counts[name] or tally.mean is None:
            row += [None] * 5
        else:
            bands = [None] * 3 if place in away.bands[name] else list(tally.bands)
            row += [tally.mean / 10, tally.count, *bands]
    return row
