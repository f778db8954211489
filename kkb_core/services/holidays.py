"""The national holidays (SKB 3 Menteri), as dates."""

from datetime import date

from lokal import HOLIDAY_YEARS, get_holidays

NATIONAL = "libur_nasional"
JOINT_LEAVE = "cuti_bersama"


def holidays(*, national: bool = True, joint_leave: bool = False) -> frozenset[date]:
    """Every holiday that is known; years the government has not decided yet have none."""
    wanted = {kind for kind, on in ((NATIONAL, national), (JOINT_LEAVE, joint_leave)) if on}
    return frozenset(
        date.fromisoformat(one.date)
        for year in HOLIDAY_YEARS
        for one in get_holidays(year).holidays
        if one.type in wanted
    )


def known_until() -> int:
    """The last year whose holidays are known."""
    return max(HOLIDAY_YEARS)
