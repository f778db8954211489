"""Every week, by each village's own clock: figures are kept and summaries queued, once."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from kkb_core.definitions import Definitions
from kkb_core.services.summarising import Hour, enqueue, keep_above, week_due
from kkb_core.storage import Database, Tx, areas, rollups
from kkb_core.storage.areas import Area


class SummaryJob:
    """What the clock runs; villages that are done, and those without a round, cost one look."""

    def __init__(self, database: Database, definitions: Definitions, hour: Hour) -> None:
        self._database = database
        self._definitions = definitions
        self._hour = hour

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Queue the summaries of every village whose hour has come, a transaction each."""
        villages = queued = 0
        above: dict[date, set[str]] = {}
        for area, monday in await self._database.read(lambda tx: due(tx, self._hour, now=now)):
            made = await self._database.run(
                partial(enqueue, definitions=self._definitions, area=area, monday=monday, now=now)
            )
            villages += made is not None
            queued += made or 0
            if made is not None:
                above.setdefault(monday, set()).update(_above(area.code))
        for monday, codes in above.items():
            await self._database.run(
                partial(
                    keep_above, definitions=self._definitions, codes=codes, monday=monday, now=now
                )
            )
        return {"villages": villages, "queued": queued}


def due(tx: Tx, hour: Hour, *, now: datetime) -> list[tuple[Area, date]]:
    """Villages whose hour has come and whose week is not kept yet, each with the week's Monday."""
    waiting: dict[date, list[Area]] = {}
    for area in areas.villages(tx):
        monday = week_due(area, hour, now)
        if monday is not None:
            waiting.setdefault(monday, []).append(area)
    return [
        (area, monday)
        for monday, found in waiting.items()
        for done in (rollups.areas_done(tx, monday),)
        for area in found
        if area.code not in done
    ]


def _above(code: str) -> tuple[str, str]:
    """The kota and the kecamatan of a village."""
    kota, kecamatan = code.split(".")[:2], code.split(".")[:3]
    return ".".join(kota), ".".join(kecamatan)
