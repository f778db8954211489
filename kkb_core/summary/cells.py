"""Small cells: which numbers of a hierarchy must stay hidden so that none can be worked out.

A cell below SMALLEST is hidden; so is all that lies inside it. Where a shown place has hidden parts,
they are two or more and together large enough, so that taking the shown parts from the whole gives
no small group away. More is hidden until that holds, the smallest first.
"""

from collections.abc import Callable, Mapping, Sequence

from kkb_core.summary.tallies import SMALLEST, Place

Counts = Sequence[int]  # of households, disjoint (three bands) or just one


def hidden(cells: Mapping[Place, Counts], *, smallest: int = SMALLEST) -> frozenset[Place]:
    """The places of *cells* whose counts must not be shown.

    *cells* has every place of the hierarchy and the counts of a place are the sums of its parts'.
    A count of nought gives nobody away and is no reason to hide.
    """
    parts: dict[Place, list[Place]] = {place: [] for place in cells}
    tops: list[Place] = []
    for place in cells:
        parts.get(place[:-1], tops).append(place)
    found: set[Place] = set()
    for top in tops:
        if _is_small(cells[top], smallest):
            _hide(top, parts, found)
        else:
            _look_below(top, cells, parts, found, smallest)
    return frozenset(found)


def _look_below(
    whole: Place,
    cells: Mapping[Place, Counts],
    parts: Mapping[Place, Sequence[Place]],
    found: set[Place],
    smallest: int,
) -> None:
    """Decide about the parts of a place that is shown, and of those that are shown theirs."""
    present = sorted((part for part in parts[whole] if any(cells[part])), key=_by_size(cells))
    away = [part for part in present if _is_small(cells[part], smallest)]
    left = [part for part in present if part not in away]
    while away and left and not _is_safe(away, cells, smallest):
        away.append(left.pop(0))
    for part in away:
        _hide(part, parts, found)
    for part in parts[whole]:
        if part not in found:
            _look_below(part, cells, parts, found, smallest)


def _is_small(counts: Counts, smallest: int) -> bool:
    return any(0 < count < smallest for count in counts)


def _is_safe(away: Sequence[Place], cells: Mapping[Place, Counts], smallest: int) -> bool:
    sums = [sum(column) for column in zip(*(cells[part] for part in away), strict=True)]
    return len(away) > 1 and not _is_small(sums, smallest)


def _hide(place: Place, parts: Mapping[Place, Sequence[Place]], found: set[Place]) -> None:
    found.add(place)
    for part in parts[place]:
        _hide(part, parts, found)


def _by_size(cells: Mapping[Place, Counts]) -> Callable[[Place], tuple[int, Place]]:
    return lambda place: (sum(cells[place]), place)
