"""No hidden number can be worked out from the shown ones."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kkb_core.summary.cells import hidden

small_counts = st.integers(0, 12)
trees = st.dictionaries(
    st.tuples(st.sampled_from("AB"), st.sampled_from("123"), st.sampled_from("xyz")),
    st.tuples(small_counts, small_counts),
    min_size=1,
)


def with_places_above(leaves):
    cells = {}
    for path, counts in leaves.items():
        for length in range(len(path) + 1):
            whole = ("top", *path[:length])
            before = cells.get(whole, (0,) * len(counts))
            cells[whole] = tuple(map(sum, zip(before, counts, strict=True)))
    return cells


def one_column(leaves):
    return with_places_above({path: (counts[0],) for path, counts in leaves.items()})


def reduced(rows):
    """The rows in echelon form: each with its leading place."""
    basis = []
    for row in rows:
        rest = remainder(row, basis)
        lead = next((at for at, value in enumerate(rest) if value), None)
        if lead is not None:
            basis.append((lead, [value / rest[lead] for value in rest]))
    return basis


def remainder(row, basis):
    rest = [Fraction(value) for value in row]
    for lead, base in basis:
        factor = rest[lead]
        rest = [mine - factor * theirs for mine, theirs in zip(rest, base, strict=True)]
    return rest


@settings(deadline=None)  # exact fractions, on a machine that may be busy
@given(trees)
def test_no_hidden_cell_follows_from_the_shown_ones(leaves):
    cells = one_column(leaves)

    away = hidden(cells)

    # The unknowns are the leaves that are not nought; each shown place is an equation of them.
    unknown = [place for place in cells if len(place) == 4 and cells[place][0]]
    over = {
        place: [int(leaf[: len(place)] == place) for leaf in unknown]
        for place in cells
        if cells[place][0]
    }
    basis = reduced(over[place] for place in over if place not in away)
    assert all(any(remainder(over[place], basis)) for place in away if place in over)


@given(trees)
def test_every_small_cell_is_hidden_and_what_is_left_over_is_never_small(leaves):
    cells = with_places_above(leaves)

    away = hidden(cells)

    assert all(place in away for place in cells if any(0 < one < 5 for one in cells[place]))
    for whole in cells.keys() - away:
        parts = [place for place in away if place[:-1] == whole]
        for column in zip(*(cells[part] for part in parts), strict=True):
            assert sum(column) == 0 or sum(column) >= 5


@given(trees)
def test_what_lies_inside_a_hidden_place_is_hidden(leaves):
    away = hidden(one_column(leaves))

    assert all(place in away for place in one_column(leaves) if place[:-1] in away)


@pytest.mark.parametrize(
    ("parts", "away"),
    [
        ({"a": 9, "b": 7, "c": 30}, ""),
        ({"a": 3, "b": 7, "c": 30}, "ab"),  # alone it would be the rest
        ({"a": 2, "b": 2, "c": 30}, "abc"),  # together four
        ({"a": 0, "b": 7, "c": 30}, ""),
        ({"a": 4, "b": 4, "c": 30}, "ab"),
    ],
)
def test_as_few_as_possible_are_hidden(parts, away):
    cells = with_places_above({(name,): (count,) for name, count in parts.items()})

    assert {place[-1] for place in hidden(cells)} == set(away)


def test_a_band_of_three_hides_the_bands_of_a_neighbour_too():
    cells = with_places_above({("a",): (3, 20, 9), ("b",): (8, 9, 10), ("c",): (50, 60, 70)})

    assert {place[-1] for place in hidden(cells)} == {"a", "b"}
