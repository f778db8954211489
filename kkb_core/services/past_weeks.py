"""Weeks that are over, as they were kept: the whole village as it was told, a part by its means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kkb_core.roles import Scope
from kkb_core.storage import Tx, rollups
from kkb_core.summary.tallies import SMALLEST
from kkb_core.summary.week import Scale, Week


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWeek:
    """What was kept of a place: the whole *week*, or of a part the *functions* alone.

    `earlier` is the Monday of the week kept before it.
    """

    round_id: int
    functions: tuple[Scale, ...]
    week: Week | None = None
    earlier: date | None = None


def week_before(tx: Tx, code: str, monday: date) -> date | None:
    """The newest week kept of a village before *monday*."""
    return next(iter(rollups.weeks_kept(tx, code, before=monday, limit=1)), None)


def past_week(tx: Tx, code: str, scopes: tuple[Scope, ...], monday: date) -> PastWeek | None:
    """The week as it was kept, for who sees *scopes* of the village; None when it was not.

    Of several parts nothing was kept together, and a part is not told where what is left of the
    village would be fewer than five households.
    """
    kept = rollups.spots_of(tx, code, monday)
    whole = kept.get((0, 0))
    if whole is None:
        return None
    earlier = week_before(tx, code, monday)
    if any(scope.rw is None for scope in scopes):
        week = Week.from_json(whole.figures["week"])
        return PastWeek(
            round_id=whole.round_id, functions=week.functions, week=week, earlier=earlier
        )
    part = kept.get((scopes[0].rw or 0, scopes[0].rt or 0)) if len(scopes) == 1 else None
    figures = part.figures if part is not None and part.round_id == whole.round_id else {}
    return PastWeek(
        round_id=whole.round_id, functions=_functions(figures, whole.figures), earlier=earlier
    )


def _functions(part: Mapping[str, Any], whole: Mapping[str, Any]) -> tuple[Scale, ...]:
    mine, all_of = part.get("scales", {}), whole.get("scales", {})
    names = [one["name"] for one in whole["week"]["functions"]]
    return tuple(
        Scale(name=name, households=mine[name]["n"], mean=mine[name]["mean"])
        for name in names
        if name in mine and not 0 < all_of[name]["n"] - mine[name]["n"] < SMALLEST
    )
