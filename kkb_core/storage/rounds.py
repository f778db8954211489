"""Rounds: when which households answer which version."""

from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import zip_longest

from sqlalchemy import RowMapping, bindparam, func, literal_column, or_, select, update

from kkb_core.roles import Scope
from kkb_core.storage.prepared import Prepared
from kkb_core.storage.statements import add_row, inside_area
from kkb_core.storage.tables import rounds
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRound:
    """A round to be kept: for *area_code* and everything inside it."""

    area_code: str
    questionnaire: str  # "kkb.v1"
    digest: str
    name: str
    opens_at: datetime
    closes_at: datetime  # the first moment at which it is no longer open


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(NewRound):
    """A round that is kept."""

    id: int


def put_round(tx: Tx, new: NewRound) -> int:
    """Keep a new round; its id."""
    return add_row(tx, rounds, asdict(new))


def round_called(tx: Tx, round_id: int) -> Round | None:
    """The round with this id."""
    row = tx.execute(select(rounds).where(rounds.c.id == round_id)).mappings().one_or_none()
    return None if row is None else _round_from(row)


# An area and those above it; fewer are said more than once.
_PLACES = ("village", "kecamatan", "kota", "province")
_OPEN = Prepared(
    select(rounds)
    .where(
        or_(*(rounds.c.area_code == bindparam(name) for name in _PLACES)),
        rounds.c.opens_at <= bindparam("now"),
        rounds.c.closes_at > bindparam("now"),
    )
    .order_by(func.length(rounds.c.area_code).desc(), rounds.c.opens_at.desc(), rounds.c.id.desc())
    .limit(literal_column("1"))
)


def round_for(tx: Tx, area_code: str, *, now: datetime) -> Round | None:
    """The open round nearest to the area: its own, else its kecamatan's, kota's, province's."""
    places = dict(zip_longest(_PLACES, _with_above(area_code), fillvalue=area_code))
    row = _OPEN.one(tx, places | {"now": now})
    return None if row is None else Round(**{of.name: value for of, value in row.items()})


def latest_round(tx: Tx, area_code: str, *, before: datetime) -> Round | None:
    """The round for the area opened last *before* a moment: its own or that of an area above it."""
    asked = (
        select(rounds)
        .where(rounds.c.area_code.in_(_with_above(area_code)), rounds.c.opens_at < before)
        .order_by(
            rounds.c.opens_at.desc(), func.length(rounds.c.area_code).desc(), rounds.c.id.desc()
        )
        .limit(1)
    )
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else _round_from(row)


def rounds_of(tx: Tx, area_code: str) -> tuple[Round, ...]:
    """The rounds kept for exactly this area, the newest first."""
    asked = (
        select(rounds)
        .where(rounds.c.area_code == area_code)
        .order_by(rounds.c.opens_at.desc(), rounds.c.id.desc())
    )
    return tuple(map(_round_from, tx.execute(asked).mappings()))


def rounds_inside(tx: Tx, scope: Scope, *, ended_after: datetime) -> tuple[Round, ...]:
    """The rounds of an area and of all inside it that end after *ended_after*, the newest first."""
    asked = (
        select(rounds)
        .where(inside_area(rounds.c.area_code, scope.area), rounds.c.closes_at > ended_after)
        .order_by(rounds.c.opens_at.desc(), rounds.c.area_code, rounds.c.id.desc())
    )
    return tuple(map(_round_from, tx.execute(asked).mappings()))


def newest_rounds(tx: Tx) -> tuple[Round, ...]:
    """The round opened last in each area that ever had one, the widest area first."""
    nth = func.row_number().over(
        partition_by=rounds.c.area_code, order_by=(rounds.c.opens_at.desc(), rounds.c.id.desc())
    )
    numbered = select(rounds, nth.label("nth")).subquery()
    columns = [numbered.c[column.name] for column in rounds.c]
    asked = (
        select(*columns)
        .where(numbered.c.nth == 1)
        .order_by(func.length(numbered.c.area_code), numbered.c.area_code)
    )
    return tuple(map(_round_from, tx.execute(asked).mappings()))


def set_end(tx: Tx, round_id: int, closes_at: datetime) -> None:
    """The round is no longer open from *closes_at* on."""
    tx.execute(update(rounds).where(rounds.c.id == round_id).values(closes_at=closes_at))


def _with_above(area_code: str) -> list[str]:
    parts = area_code.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _round_from(row: RowMapping) -> Round:
    return Round(**row)
