"""The week of a village and of each part of it: gathered once, told in text, pictures and papers.

All numbers come from here. A village is gathered by RT in a handful of statements; what a
coordinator and each cadre are told are sums of the same parts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kkb_core.definitions import Definitions
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services.areas import known_area
from kkb_core.services.scoring import EIGHT_FUNCTIONS, IBANGGA
from kkb_core.storage import Tx, outbox, participation, roles, rollups, rounds, summaries
from kkb_core.storage.areas import Area
from kkb_core.storage.flags import FlagState
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.participation import Window
from kkb_core.storage.rollups import Rollup
from kkb_core.storage.rounds import Round
from kkb_core.storage.summaries import SCALES, Limits, Spot
from kkb_core.summary.changes import Both
from kkb_core.summary.quality import QualityRule
from kkb_core.summary.readings import Reader
from kkb_core.summary.tallies import Figures, added
from kkb_core.summary.week import (
    NONE_OPEN,
    Gathered,
    Week,
    age_of,
    both_added,
    figures_shown,
    week_of,
)
from kkb_core.survey.packs import Pack
from kkb_core.survey.questionnaire import Level, Questionnaire

KIND = "summary"
TOLD = (Role.CADRE, Role.COORDINATOR)
OPEN = (FlagState.OPEN, FlagState.SEEN, FlagState.VISITED, FlagState.REFERRED)
URGENT = (Level.RED, Level.ORANGE)
WEEK = timedelta(days=7)
GOOD_FOR = timedelta(days=5)  # a summary that could not leave by then is old news


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """A village in a round, by the RW and RT of its households, and the round before."""

    area: Area
    round: Round
    before: Round | None
    monday: date
    spots: Mapping[Spot, Gathered]
    both: Mapping[tuple[Spot, Spot], Mapping[str, Both]]

    def part(self, scopes: Iterable[Scope]) -> Gathered:
        """What lies inside the scopes, added up."""
        wanted = tuple(scopes)
        inside = {spot for spot in self._every() if _covers(wanted, self.area.code, spot)}
        whole = Gathered()
        for spot in inside & self.spots.keys():
            whole += self.spots[spot]
        both: dict[str, Both] = {}
        for (now, then), pairs in self.both.items():
            if now in inside and then in inside:
                both = both_added(both, pairs)
        return whole + Gathered(both=both)

    def whole(self) -> Gathered:
        """The village added up."""
        return self.part((Scope(self.area.code),))

    def _every(self) -> set[Spot]:
        pairs = {spot for pair in self.both for spot in pair}
        return pairs | set(self.spots)


def _covers(scopes: tuple[Scope, ...], area: str, spot: Spot) -> bool:
    return any(scope.covers(Scope(area, *spot)) for scope in scopes)


# -- gathering ---------------------------------------------------------------------------------


def gather(
    tx: Tx, definitions: Definitions, code: str, *, monday: date, now: datetime
) -> Village | None:
    """The village in its newest round; None before its first. *monday* begins the week asked about.

    Raises InputRefused for an area that does not take part.
    """
    area = known_area(tx, code)
    zone = ZoneInfo(area.zone)
    window = Window(start=_midnight(monday, zone), end=_midnight(monday + WEEK, zone))
    current = rounds.latest_round(tx, area.code, before=min(window.end, now))
    if current is None:
        return None
    before = rounds.latest_round(tx, area.code, before=current.opens_at)
    scope = Scope(area.code)
    return Village(
        area=area,
        round=current,
        before=before,
        monday=monday,
        spots=dict(_spots(tx, definitions, scope, (current, before), window, now)),
        both={}
        if before is None
        else summaries.both_rounds(tx, scope, current.id, before=before.id),
    )


def _spots(
    tx: Tx,
    definitions: Definitions,
    scope: Scope,
    told: tuple[Round, Round | None],
    window: Window,
    now: datetime,
) -> Iterator[tuple[Spot, Gathered]]:
    current, before = told
    questionnaire = definitions.questionnaire(current.questionnaire)
    limits = limits_of(definitions)
    activity = participation.activity(tx, scope, current.id, window, now=now)
    figures = summaries.figures(tx, scope, current.id, limits=limits)
    earlier = {} if before is None else summaries.figures(tx, scope, before.id, limits=limits)
    answers: dict[Spot, list[Mapping[str, str]]] = {}
    for spot, one in summaries.answers(tx, scope, current.id):
        answers.setdefault(spot, []).append(one)
    tasks = _tasks(tx, questionnaire, scope, now)
    quality = participation.quality(
        tx, scope, current.id, window, rule=_quality_rule(questionnaire)
    )
    reader = reader_of(definitions.pack(EIGHT_FUNCTIONS), questionnaire)
    places = {place[1:] for found in (activity, figures, earlier) for place in found}
    empty = Gathered()
    for spot in sorted(places | answers.keys() | tasks.keys(), key=_walking):
        place = (scope.area, *spot)
        yield (
            spot,
            Gathered(
                activity=activity.get(place, empty.activity),
                now=figures.get(place, empty.now),
                before=earlier.get(place, empty.before),
                readings=reader.read(answers.get(spot, ())),
                tasks=tasks.get(spot, {}),
                quality=quality.get(spot, empty.quality),
            ),
        )


def limits_of(definitions: Definitions) -> dict[str, Limits]:
    """Below and above which points a scale is in its lower and upper band."""
    eight, index = definitions.pack(EIGHT_FUNCTIONS), definitions.pack(IBANGGA)
    return {name: index.bands if name == IBANGGA else eight.bands for name in SCALES}


def _tasks(
    tx: Tx, questionnaire: Questionnaire, scope: Scope, now: datetime
) -> dict[Spot, dict[str, tuple[int, ...]]]:
    counted: Counter[tuple[Spot, str, int]] = Counter(
        (task.spot, task.level, age_of(task.raised_at, now))
        for task in participation.open_tasks(
            tx, scope, states=OPEN, levels=URGENT, leave_out=private_questions(questionnaire)
        )
    )
    found: dict[Spot, dict[str, tuple[int, ...]]] = {}
    for (spot, level, age), count in counted.items():
        ages = list(found.setdefault(spot, {}).get(level, NONE_OPEN))
        ages[age] += count
        found[spot][level] = tuple(ages)
    return found


def private_questions(questionnaire: Questionnaire) -> tuple[str, ...]:
    """Questions of which nothing is counted for anybody."""
    return tuple(name for name, one in questionnaire.questions.items() if one.sensitive)


def _quality_rule(questionnaire: Questionnaire) -> QualityRule:
    asked = questionnaire.questions
    return QualityRule(
        sections=tuple(
            (one.name, tuple(name for name in one.questions if not asked[name].sensitive))
            for one in questionnaire.functions
        )
    )


_READERS: dict[tuple[str, str], Reader] = {}


def reader_of(pack: Pack, questionnaire: Questionnaire) -> Reader:
    """The reader of a version by a pack; made once."""
    key = (pack.digest, questionnaire.digest)
    if key not in _READERS:
        _READERS[key] = Reader(pack, questionnaire)
    return _READERS[key]


def _walking(spot: Spot) -> tuple[int, int]:
    return spot[0] or 0, spot[1] or 0


# -- telling -----------------------------------------------------------------------------------


def told(tx: Tx, definitions: Definitions, village: Village, scopes: Iterable[Scope]) -> Week:
    """The week of the part of the village inside *scopes*."""
    wanted = tuple(scopes)
    ago = rollups.spots_of(tx, village.area.code, village.monday - WEEK)
    return _week(definitions, village, wanted, ago, village.whole())


def _week(
    definitions: Definitions,
    village: Village,
    scopes: tuple[Scope, ...],
    ago: Mapping[tuple[int, int], Rollup],
    whole: Gathered,
) -> Week:
    is_whole = any(scope.rw is None for scope in scopes)
    return week_of(
        whole if is_whole else village.part(scopes),
        monday=village.monday,
        functions=items_of(definitions, village.round),
        last_week=_means(ago, scopes, village.round),
        whole=None if is_whole else whole.now,
    )


def items_of(definitions: Definitions, of: Round) -> dict[str, tuple[str, ...]]:
    """The functions in the order they are asked, each with the items that may be spoken of."""
    questionnaire = definitions.questionnaire(of.questionnaire)
    items = reader_of(definitions.pack(EIGHT_FUNCTIONS), questionnaire).items
    return {
        section.name: tuple(item.name for item in items[section.name])
        for section in questionnaire.functions
    }


def _means(
    ago: Mapping[tuple[int, int], Rollup], scopes: tuple[Scope, ...], of: Round
) -> dict[str, int]:
    """What the same place had a week ago in the same round; nothing for a part of several places."""
    if len(scopes) != 1:
        return {}
    found = ago.get((scopes[0].rw or 0, scopes[0].rt or 0))
    if found is None or found.round_id != of.id:
        return {}
    return {name: one["mean"] for name, one in found.figures.get("scales", {}).items()}


def widest(grants: Iterable[Grant], roles: Iterable[Role], area: str) -> tuple[Scope, ...]:
    """The parts of the village that these roles reach, none inside another."""
    wanted = set(roles)
    mine = {
        Scope(area, grant.scope.rw, grant.scope.rt) if grant.scope.area == area else Scope(area)
        for grant in grants
        if grant.role in wanted and grant.scope.covers(_lowest(area, grant))
    }
    return tuple(
        sorted(
            (one for one in mine if not any(one != other and other.covers(one) for other in mine)),
            key=lambda one: (one.rw or 0, one.rt or 0),
        )
    )


def _lowest(area: str, grant: Grant) -> Scope:
    return Scope(area, grant.scope.rw, grant.scope.rt)


# -- every week --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """When summaries go out, by the clock of each village: a day (0 is Monday) and a time."""

    day: int = 0
    at: time = time(7)


def week_due(area: Area, hour: Hour, now: datetime) -> date | None:
    """The Monday of the week to be told of now: the last whole one; None before this week's hour."""
    local = now.astimezone(ZoneInfo(area.zone))
    monday = local.date() - timedelta(days=local.weekday())
    due = datetime.combine(monday + timedelta(days=hour.day), hour.at, local.tzinfo)
    return monday - WEEK if local >= due else None


def enqueue(
    tx: Tx, definitions: Definitions, area: Area, *, monday: date, now: datetime
) -> int | None:
    """Keep the village's figures of the week and queue everybody's summary, once; how many.

    None when there is nothing to tell of yet. Twice in a row changes nothing: the figures are kept
    by week and each message has its key.
    """
    village = gather(tx, definitions, area.code, monday=monday, now=now)
    if village is None:
        return None
    ago = rollups.spots_of(tx, area.code, monday - WEEK)
    whole = village.whole()
    told_whole = _week(definitions, village, (Scope(area.code),), ago, whole)
    rollups.put_rollups(tx, _kept(village, whole, told_whole), now=now)
    wanted = []
    for person, grants in roles.holders(tx, area.code, TOLD).items():
        scopes = widest(grants, TOLD, area.code)
        week = _week(definitions, village, scopes, ago, whole)
        wanted.append(
            Wanted(
                kind=KIND,
                person_id=person,
                dedupe_key=f"summary:{monday}:{area.code}:{person}",
                not_before=now,
                not_after=now + GOOD_FOR,
                at_its_hour=True,
                params={
                    "village": area.code,
                    "round": village.round.id,
                    "spots": [[scope.rw, scope.rt] for scope in scopes],
                    "week": week.as_json(),
                },
            )
        )
    return outbox.put(tx, wanted, now=now)


def _kept(village: Village, whole: Gathered, week: Week) -> Iterator[Rollup]:
    code = village.area.code
    figures: dict[tuple[int, int], Figures] = {}
    for (rw, rt), part in village.spots.items():
        for key in {(rw or 0, 0), (rw or 0, rt or 0)} - {(0, 0)}:
            figures[key] = figures.get(key, Figures()) + part.now
    shown = {key: figures_shown(one) for key, one in figures.items()}
    shown[0, 0] = figures_shown(whole.now) | {"week": week.as_json()}
    for (rw, rt), one in shown.items():
        scope = Scope(code, rw or None, rt or None)
        yield Rollup(scope=scope, week=village.monday, round_id=village.round.id, figures=one)


def keep_above(
    tx: Tx, definitions: Definitions, codes: Iterable[str], *, monday: date, now: datetime
) -> None:
    """Keep the figures of kecamatan and kota that have a round of their own or above."""
    limits = limits_of(definitions)
    kept = []
    for code in sorted(codes):
        of = rounds.latest_round(tx, code, before=now)
        if of is None:
            continue
        whole = added(summaries.figures_by_village(tx, Scope(code), of.id, limits=limits).values())
        shown = figures_shown(whole)
        kept.append(Rollup(scope=Scope(code), week=monday, round_id=of.id, figures=shown))
    rollups.put_rollups(tx, kept, now=now)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
