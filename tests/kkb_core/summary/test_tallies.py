"""Sums add up, whatever the order and the level."""

from hypothesis import given
from hypothesis import strategies as st

from kkb_core.summary.tallies import Figures, Tally, added, rolled_up

tallies = st.builds(
    Tally,
    count=st.integers(0, 50),
    total=st.integers(0, 5000),
    squares=st.integers(0, 5000),
    low=st.just(0),
    high=st.just(0),
)
figures = st.builds(
    Figures,
    households=st.integers(0, 9),
    krs=st.integers(0, 9),
    scales=st.dictionaries(st.sampled_from(("agama", "total")), tallies),
)
leaves = st.dictionaries(
    st.tuples(st.just("kota"), st.sampled_from("AB"), st.sampled_from("12")), figures, min_size=1
)


@given(leaves)
def test_every_level_adds_up_to_the_same_whole(parts):
    rolled = rolled_up(parts)

    for length in (1, 2, 3):
        level = [one for place, one in rolled.items() if len(place) == length]
        whole = added(level)
        assert (whole.households, whole.krs) == (
            rolled[("kota",)].households,
            rolled[("kota",)].krs,
        )
        assert whole.tally("total") == rolled[("kota",)].tally("total")


def test_four_households_have_no_mean_and_five_have_one():
    assert Tally(count=4, total=2000).mean is None
    assert Tally(count=5, total=2002).mean == 400


def test_bands_are_low_middle_high():
    assert Tally(count=10, low=2, high=3).bands == (2, 5, 3)
