from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkb_core.broadcast import REACHABLE_AGAIN
from kkb_core.errors import InputRefused
from kkb_core.roles import Role
from kkb_core.segments import (
    FUNCTIONS,
    And,
    Answered,
    Everybody,
    HouseholdKind,
    InArea,
    InBand,
    InRt,
    InRw,
    Missed,
    Not,
    OfKind,
    Or,
    WithRole,
    areas_named,
    confined_to,
    joined,
    means_staff,
    read,
    without_last,
    written,
)
from kkb_core.survey.scoring import Band

JENGGOT, KRADENAN = InArea("33.75.04.1004"), InArea("33.75.04.1001")

NUMBERS = st.integers(1, 99)
CONDITIONS = st.one_of(
    st.just(Everybody()),
    st.just(Answered()),
    st.sampled_from(["33", "33.75", "33.75.04", "33.75.04.1004"]).map(InArea),
    NUMBERS.map(InRw),
    NUMBERS.map(InRt),
    st.sampled_from(Role).map(WithRole),
    st.builds(InBand, st.sampled_from(FUNCTIONS), st.sampled_from(Band)),
    st.sampled_from(HouseholdKind).map(OfKind),
    st.builds(Missed, st.integers(1, 10**9), st.sampled_from(REACHABLE_AGAIN)),
)
SEGMENTS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)


@given(SEGMENTS)
def test_what_is_written_reads_back_as_it_was(segment):
    assert read(written(segment)) == segment


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    with suppress(InputRefused):
        assert read(written(read(text))) == read(text)


def test_and_binds_before_or():
    assert read("rw:1 and rt:2 or rt:3") == Or((And((InRw(1), InRt(2))), InRt(3)))
    assert read("rw:1 and (rt:2 or rt:3)") == And((InRw(1), Or((InRt(2), InRt(3)))))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind:prgnant", "segment, character 1: 'kind:prgnant': did you mean pregnant?"),
        ("band:lindung=low", "character 1: 'band:lindung=low': did you mean lingkungan?"),
        ("rw:1 and rw:100", "character 10: 'rw:100': give a number from 1 to 99"),
        ("area:jenggot", "use a Kemendagri code"),
        ("rw:1 rw:2", "character 6: 'rw:2': join conditions"),
        ("(rw:1", "character 6: the end: close the parenthesis"),
        ("", "character 1: the end: a condition is missing here"),
        ("rw:1 and", "the end: a condition is missing here"),
        ("answerd", "did you mean answered?"),
        ("missed:12=sent", "say one of"),
        ("not " * 13 + "all", "no more than 12 inside each other"),
        ("rw:1 or " * 200 + "rw:1", "longer than 1000 characters"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_a_cure(text, told):
    with pytest.raises(InputRefused, match="segment") as refused:
        read(text)

    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("area:33.75.04.1004 and not answered", ("33.75.04.1004",)),
        ("rw:1 and (area:33.75 or area:33.26)", ("33.75", "33.26")),
        ("area:33.75 or answered", None),
        ("not area:33.75", None),
    ],
)
def test_a_segment_knows_the_areas_nobody_in_it_is_outside_of(text, areas):
    assert confined_to(read(text)) == areas


def test_an_area_that_is_left_out_is_named_too():
    assert areas_named(read("rw:1 and not area:33.75")) == ("33.75",)


def test_only_a_role_or_an_earlier_broadcast_means_people_with_work():
    assert means_staff(read("role:cadre or kind:elder"))
    assert means_staff(read("missed:3=failed"))
    assert not means_staff(read("kind:elder and not answered"))


def test_a_segment_grows_by_one_condition_and_gives_it_back():
    both = joined(joined(JENGGOT, InRw(1), by=And), InRt(2), by=And)

    assert joined(Everybody(), JENGGOT, by=And) == JENGGOT
    assert both == And((JENGGOT, InRw(1), InRt(2)))
    assert joined(both, KRADENAN, by=Or) == Or((both, KRADENAN))
    assert without_last(both) == And((JENGGOT, InRw(1)))
    assert without_last(without_last(both)) == JENGGOT
    assert without_last(JENGGOT) == Everybody()
