"""The figure of a field check: what counts in it, and when it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkb_core.messaging import Language
from kkb_core.reports.field_words import match_words
from kkb_core.summary.match import Match, Verdict, match_of

YES, NO, AWAY, REFUSED = Verdict
verdicts = st.lists(st.lists(st.sampled_from([None, *Verdict]), min_size=1, max_size=3))


@given(verdicts)
def test_every_household_is_asked_or_not_met_or_left(households):
    found = match_of(households)

    assert found.asked + found.not_met + found.left == len(households)


@pytest.mark.parametrize(
    ("households", "match"),
    [
        ([], Match()),
        ([[YES, NO, None]], Match(agrees=1, differs=1, asked=1)),
        ([[YES, REFUSED]], Match(agrees=1, asked=1)),
        ([[AWAY, AWAY], [REFUSED]], Match(not_met=2)),
        ([[None, None]], Match(left=1)),
    ],
)
def test_only_what_was_looked_at_agrees_or_differs(households, match):
    assert match_of(households) == match


@pytest.mark.parametrize(
    ("asked", "percent"), [(4, None), (5, 80)], ids=["four households", "five households"]
)
def test_the_figure_of_fewer_than_five_households_is_not_told(asked, percent):
    found = Match(agrees=12, differs=3, asked=asked)

    said = match_words(found, Language.ID)[0]

    assert found.percent == percent
    assert ("12 dari 15" in said) is (percent is not None)


def test_a_refusal_cannot_be_told_from_an_absence():
    away, refused = (match_of([[one]] + [[YES]] * 5) for one in (AWAY, REFUSED))

    assert match_words(away, Language.ID) == match_words(refused, Language.ID)
