"""The part of the country that takes part."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import RowMapping, select

from kkb_core.storage.statements import put_row
from kkb_core.storage.tables import areas
from kkb_core.storage.transaction import Tx


class AreaLevel(StrEnum):
    """What an area is, by the parts of its Kemendagri code."""

    PROVINCE = "province"
    REGENCY = "regency"
    DISTRICT = "district"
    VILLAGE = "village"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A province, kabupaten/kota, kecamatan or village. `zone` is an IANA name."""

    code: str
    name: str
    level: AreaLevel
    parent: str | None
    zone: str


def add_area(tx: Tx, area: Area) -> None:
    """Take *area* up, or correct its name, parent and zone; its parent must be there."""
    put_row(tx, areas, asdict(area), key=("code",))


def area(tx: Tx, code: str) -> Area | None:
    """The area with this code, if it takes part."""
    row = tx.execute(select(areas).where(areas.c.code == code)).mappings().one_or_none()
    return None if row is None else _area_from(row)


def names_of(tx: Tx, codes: Iterable[str]) -> dict[str, str]:
    """The names of these areas, of those that take part."""
    wanted = areas.c.code.in_(sorted(set(codes)))
    found = tx.execute(select(areas.c.code, areas.c.name).where(wanted))
    return {row.code: row.name for row in found}


def areas_under(tx: Tx, prefix: str) -> tuple[Area, ...]:
    """*prefix* itself and every area inside it, by code."""
    code = areas.c.code
    here = (code == prefix) | ((code >= f"{prefix}.") & (code < f"{prefix}/"))
    found = tx.execute(select(areas).where(here).order_by(code)).mappings()
    return tuple(map(_area_from, found))


def villages(tx: Tx) -> tuple[Area, ...]:
    """Every village that takes part, by code."""
    wanted = areas.c.level == AreaLevel.VILLAGE.value
    found = tx.execute(select(areas).where(wanted).order_by(areas.c.code)).mappings()
    return tuple(map(_area_from, found))


def _area_from(row: RowMapping) -> Area:
    return Area(
        code=row["code"],
        name=row["name"],
        level=AreaLevel(row["level"]),
        parent=row["parent"],
        zone=row["zone"],
    )
