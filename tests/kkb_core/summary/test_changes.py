"""What a mean did, and why: the parts add up, and chance is not called a fall."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkb_core.summary.changes import Both, change_of, variance
from kkb_core.summary.tallies import Tally

scores = st.none() | st.integers(0, 1000)
households = st.lists(st.tuples(scores, scores), min_size=12, max_size=60)


def tally(values):
    return Tally(
        count=len(values),
        total=sum(values),
        squares=sum(value * value for value in values),
        low=sum(value < 600 for value in values),
        high=sum(value > 800 for value in values),
    )


def told(pairs):
    """Tallies of (before, now), None for a household that was not there."""
    both = [(then, now) for then, now in pairs if then is not None and now is not None]
    return (
        tally([now for _, now in pairs if now is not None]),
        tally([then for then, _ in pairs if then is not None]),
        Both(
            count=len(both),
            now=sum(now for _, now in both),
            before=sum(then for then, _ in both),
            products=sum(then * now for then, now in both),
        ),
    )


@given(households)
def test_answers_and_composition_add_up_to_what_people_read(pairs):
    now, before, both = told(pairs)

    change = change_of(now, before, both)

    if now.count < 5 or before.count < 5:
        assert change is None
    else:
        assert change.answers + change.composition == change.tenths == now.mean - before.mean


@given(households)
def test_the_variance_is_that_of_each_households_influence(pairs):
    now, before, both = told(pairs)
    if now.count < 5 or before.count < 5:
        return

    influences = [
        (0 if one is None else (one - now.exact) / now.count)
        - (0 if then is None else (then - before.exact) / before.count)
        for then, one in pairs
    ]

    # Ours divides by n - 1 where a mean of n is estimated, so it is never smaller.
    assert variance(now, before, both) >= sum(one * one for one in influences)


def test_households_that_left_are_no_worse_answers():
    stayed = [(700, 700)] * 20
    left = [(1000, None)] * 20

    change = change_of(*told(stayed + left))

    assert (change.tenths, change.answers, change.composition) == (-150, 0, -150)
    assert change.is_fall


def test_the_same_households_answering_lower_is_all_answers():
    change = change_of(*told([(700 + at, 640 + at) for at in range(20)]))

    assert (change.tenths, change.answers, change.composition) == (-60, -60, 0)
    assert change.is_fall


def test_a_small_sample_that_swings_is_noise():
    change = change_of(*told([(1000, 0), (0, 1000), (900, 100), (100, 900), (500, 0), (400, 200)]))

    assert change.tenths < 0
    assert not change.is_fall


def test_chance_alone_is_called_a_fall_about_once_in_forty():
    random = Random(7)
    falls = 0
    for _ in range(400):
        pairs = [(random.randint(300, 1000), random.randint(300, 1000)) for _ in range(40)]
        falls += change_of(*told(pairs)).is_fall

    assert falls <= 24


@pytest.mark.parametrize("few", [0, 4])
def test_too_few_households_have_no_change(few):
    assert change_of(tally([500] * few), tally([500] * 30), Both()) is None
