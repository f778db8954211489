"""/ringkasan: the week of a village, or of one's own part of it; and the same, unasked, each Monday."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, Rows, column
from kkb_core.definitions import Definitions, load
from kkb_core.messaging import Language, MsgOut, Picture, QuickReply, Text
from kkb_core.reports.week_words import NAMED, Told, Unfinished, past_part, picture, screen
from kkb_core.roles import PERMITTED, Act, Grant, Role, Scope, may
from kkb_core.services import past_weeks, summarising
from kkb_core.services.letters import Kind, Kinds, Letter
from kkb_core.services.scoring import EIGHT_FUNCTIONS
from kkb_core.storage import Tx, areas, audit, participation, roles, rollups, rounds
from kkb_core.storage.areas import Area, AreaLevel
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.rounds import Round
from kkb_core.summary.week import Activity, Quality, Week

SEEING = tuple(role for role, acts in PERMITTED.items() if Act.SEE_AGGREGATES in acts)
OFFERED = 30  # villages behind buttons


def show(exchange: Exchange, _rest: str) -> None:
    """The week so far: of the only village the person works for, or of one they choose."""
    grants = roles.grants_of(exchange.tx, exchange.person)
    villages = _villages(exchange.tx, grants)
    if not villages:
        exchange.show(exchange.words("summary.not_yours"))
    elif len(villages) == 1:
        _show_village(exchange, villages[0], grants)
    else:
        buttons = [QuickReply(one.name, f"sum:at:{one.code}") for one in villages[:OFFERED]]
        exchange.show(exchange.words("summary.choose"), replies=column(*buttons))


def tapped(exchange: Exchange, what: str, code: str) -> None:
    """A village was chosen, or its picture asked for."""
    grants = roles.grants_of(exchange.tx, exchange.person)
    village = areas.area(exchange.tx, code)
    if village is None or not summarising.widest(grants, SEEING, code):
        exchange.outdated()
    elif what == "at":
        _show_village(exchange, village, grants)
    elif what == "pic":
        _show_picture(exchange, village)
    else:
        exchange.outdated()


def _villages(tx: Tx, grants: tuple[Grant, ...]) -> list[Area]:
    found = {
        one.code: one
        for grant in grants
        if Act.SEE_AGGREGATES in PERMITTED[grant.role]
        for one in areas.areas_under(tx, grant.scope.area)
        if one.level is AreaLevel.VILLAGE
    }
    return sorted(found.values(), key=lambda one: one.name)


def _show_village(exchange: Exchange, area: Area, grants: tuple[Grant, ...]) -> None:
    tx, definitions = exchange.tx, exchange.definitions
    village = _gathered(exchange, area)
    if village is None:
        exchange.where(exchange.words("summary.none"))
        return
    scopes = summarising.widest(grants, SEEING, area.code)
    told = Told(
        week=summarising.told(tx, definitions, village, scopes),
        village=area.name,
        questionnaire=definitions.questionnaire(village.round.questionnaire),
        language=exchange.language,
        spots=_spots(scopes),
    )
    mine = summarising.widest(grants, (Role.CADRE,), area.code)
    unfinished = _unfinished(
        tx, mine, village.round, person=exchange.person, done=told.week, now=exchange.now
    )
    button = exchange.button("summary.picture", f"sum:pic:{area.code}")
    earlier = past_weeks.week_before(tx, area.code, village.monday)
    exchange.show(
        *screen(told, unfinished), replies=((button,), *_earlier(exchange, area, earlier))
    )


def past(exchange: Exchange, code: str, day: str) -> None:
    """A week that is over, as it was kept, for who may see a part of the village today."""
    area = areas.area(exchange.tx, code)
    scopes = summarising.widest(roles.grants_of(exchange.tx, exchange.person), SEEING, code)
    try:
        monday = date.fromisoformat(day)
    except ValueError:
        monday = date.min
    kept = past_weeks.past_week(exchange.tx, code, scopes, monday) if area and scopes else None
    of = rounds.round_called(exchange.tx, kept.round_id) if kept else None
    if area is None or kept is None or of is None:
        exchange.outdated()
        return
    told = Told(
        week=kept.week or _only(monday, kept),
        village=area.name,
        questionnaire=exchange.definitions.questionnaire(of.questionnaire),
        language=exchange.language,
        spots=_spots(scopes),
    )
    gap = kept.earlier is not None and kept.earlier < monday - summarising.WEEK
    exchange.show(
        *(screen(told) if kept.week else past_part(told, kept.functions)),
        *(("", exchange.words("summary.gap")) if gap else ()),
        *(("", exchange.words("summary.first_kept")) if kept.earlier is None else ()),
        replies=(
            *_earlier(exchange, area, kept.earlier),
            (exchange.button("summary.now", f"sum:at:{code}"),),
        ),
    )


def _earlier(exchange: Exchange, area: Area, monday: date | None) -> Rows:
    if monday is None:
        return ()
    return ((exchange.button("summary.earlier", f"past:{area.code}:{monday}"),),)


def _only(monday: date, kept: past_weeks.PastWeek) -> Week:
    return Week(
        monday=monday,
        activity=Activity(),
        tasks={},
        functions=kept.functions,
        ibangga=None,
        item=None,
        counts={},
        quality=Quality(),
    )


def _show_picture(exchange: Exchange, area: Area) -> None:
    village = _gathered(exchange, area)
    if village is None:
        exchange.outdated()
        return
    week = summarising.told(exchange.tx, exchange.definitions, village, (Scope(area.code),))
    exchange.below()
    exchange.show(
        exchange.words("summary.picture_note", village=area.name),
        picture=_picture(exchange.definitions, area, village.round, week, exchange.language),
    )


def _gathered(exchange: Exchange, area: Area) -> summarising.Village | None:
    today = exchange.now.astimezone(ZoneInfo(area.zone)).date()
    monday = today - timedelta(days=today.weekday())
    return summarising.gather(
        exchange.tx, exchange.definitions, area.code, monday=monday, now=exchange.now
    )


def _spots(scopes: tuple[Scope, ...]) -> tuple[tuple[int | None, int | None], ...]:
    return tuple((one.rw, one.rt) for one in scopes)


def _picture(
    definitions: Definitions, area: Area, of: Round, week: Week, language: Language
) -> Picture:
    told = Told(
        week=week,
        village=area.name,
        questionnaire=definitions.questionnaire(of.questionnaire),
        language=language,
    )
    return picture(told, definitions.pack(EIGHT_FUNCTIONS).bands)


def _unfinished(
    tx: Tx,
    scopes: tuple[Scope, ...],
    of: Round,
    *,
    person: int,
    done: Week,
    now: datetime,
) -> Unfinished | None:
    """Names only of a cadre's own households; that they were read is in the audit log."""
    if not scopes:
        return None
    found = [
        one
        for scope in scopes
        for one in participation.waiting(tx, scope, of.id, now=now, limit=NAMED)
    ][:NAMED]
    if not found:
        return Unfinished(names=())
    left = done.activity.registered - done.activity.complete - done.activity.paused
    for scope in scopes:
        detail = {"area": scope.area, "rw": scope.rw, "rt": scope.rt}
        entry = AuditEntry(
            at=now, actor=person, act="see_names", subject_kind="area", detail=detail
        )
        audit.put_audit(tx, entry)
    return Unfinished(
        names=tuple((one.label, one.rt) for one in found), more=max(left - len(found), 0)
    )


# -- unasked -----------------------------------------------------------------------------------


def words(tx: Tx, letters: Sequence[Letter], now: datetime) -> list[MsgOut | None]:
    """Monday's summaries: the village as a picture, with the reader's own part on one screen.

    None for somebody whose right to it has ended since it was queued. A village is looked up once
    for all its cadres.
    """
    definitions = load()
    villages: dict[tuple[str, str], _Village | None] = {}
    for letter in letters:
        key = (letter.params["village"], letter.params["week"]["monday"])
        if key not in villages:
            villages[key] = _village(tx, definitions, letter.params)
    return [
        _told(tx, village, letter, now)
        for letter in letters
        for village in (villages[letter.params["village"], letter.params["week"]["monday"]],)
    ]


@dataclass(slots=True, kw_only=True)
class _Village:
    """A village's kept week, and its pictures by language."""

    area: Area
    round: Round
    week: Week
    definitions: Definitions
    pictures: dict[Language, Picture] = field(default_factory=dict)

    def picture(self, language: Language) -> Picture:
        if language not in self.pictures:
            self.pictures[language] = _picture(
                self.definitions, self.area, self.round, self.week, language
            )
        return self.pictures[language]


def _village(tx: Tx, definitions: Definitions, params: Mapping[str, Any]) -> _Village | None:
    code, monday = params["village"], date.fromisoformat(params["week"]["monday"])
    area, of = areas.area(tx, code), rounds.round_called(tx, params["round"])
    kept = rollups.rollup(tx, Scope(code), monday)
    if area is None or of is None or kept is None:
        return None
    week = Week.from_json(kept.figures["week"])
    return _Village(area=area, round=of, week=week, definitions=definitions)


def _told(tx: Tx, village: _Village | None, letter: Letter, now: datetime) -> MsgOut | None:
    if village is None:
        return None
    code = village.area.code
    grants = roles.grants_of(tx, letter.person.id)
    scopes = tuple(Scope(code, rw, rt) for rw, rt in letter.params["spots"])
    if not all(may(grants, Act.SEE_AGGREGATES, scope) for scope in scopes):
        return None
    told = Told(
        week=Week.from_json(letter.params["week"]),
        village=village.area.name,
        questionnaire=village.definitions.questionnaire(village.round.questionnaire),
        language=letter.language,
        spots=_spots(scopes),
    )
    mine = summarising.widest(grants, (Role.CADRE,), code)
    unfinished = _unfinished(
        tx, mine, village.round, person=letter.person.id, done=told.week, now=now
    )
    return MsgOut(
        text=Text.lines(screen(told, unfinished)), picture=village.picture(letter.language)
    )


DOORS = Doors(commands={"ringkasan": show}, taps={"sum": (2, tapped), "past": (2, past)})
UNASKED: Kinds = {summarising.KIND: Kind(words=words, work=True)}
