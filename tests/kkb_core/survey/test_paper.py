"""Paper forms in one line: what is read, and the exact entry that cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkb_core import definitions
from kkb_core.survey.events import SectionCompleted
from kkb_core.survey.paper import (
    Form,
    Mistake,
    form_in,
    key_in,
    letters,
    numbered,
    read_form,
)
from kkb_core.survey.place import Interview
from kkb_core.survey.questionnaire import QuestionType

ASKED = definitions.load().current
NUMBERS = {question.name: number for number, question in numbered(ASKED).items()}


def entry(name: str, said: str) -> str:
    return f"{NUMBERS[name]}{said}"


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ("RT03-12: 1A 2B 3C", Form(rt=3, household=12, entries=("1A", "2B", "3C"))),
        ("rt 3 - 12 : 1a,2b;3c", Form(rt=3, household=12, entries=("1a", "2b", "3c"))),
        ("RT03-12 1A", None),
        ("03-12: 1A", None),
        ("", None),
    ],
)
def test_a_form_begins_with_the_number_written_on_it(line, form):
    assert form_in(line) == form


def test_letters_are_choices_numbers_follow_an_equals_sign():
    said = (entry("members", "=4"), entry("couple", "a"), entry("wife_age", "=31"))

    read = read_form(ASKED, said, {})

    assert (read.values, read.wrong) == ({"members": "4", "couple": "ya", "wife_age": "31"}, ())


def test_several_letters_are_several_choices():
    first, second = (one.name for one in ASKED.questions["kids"].choices[:2])

    read = read_form(ASKED, (entry("kids", "BA"),), {"members": "4"})

    assert read.values == {"kids": f"{first} {second}"}


def test_a_question_mark_is_not_known():
    assert read_form(ASKED, (entry("couple", "?"),), {"members": "2"}).values == {"couple": "?"}


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        ("A1", Mistake.UNREADABLE),
        ("1x2", Mistake.UNREADABLE),
        ("", Mistake.UNREADABLE),
        ("999A", Mistake.NO_QUESTION),
        ("0A", Mistake.NO_QUESTION),
        (entry("couple", "Z"), Mistake.NO_CHOICE),
        (entry("couple", "AB"), Mistake.NO_CHOICE),
        (entry("kids", "AA"), Mistake.NO_CHOICE),
        (entry("members", "=banyak"), Mistake.NOT_A_NUMBER),
        (entry("members", "=0"), Mistake.OUT_OF_RANGE),
        (entry("wife_age", "=30"), Mistake.NOT_ASKED),
        (entry("LIN1", "A"), Mistake.PRIVATE),
        (entry("EKO6", "A"), Mistake.PRIVATE),
    ],
)
def test_a_mistake_points_to_its_entry_and_nothing_is_taken(typed, mistake):
    read = read_form(ASKED, (entry("pregnant", "B"), typed), {"members": "1", "couple": "tidak"})

    assert [(one.entry, one.mistake) for one in read.wrong] == [(typed, mistake)]
    assert read.values == {}


def test_a_question_answered_twice_is_asked_back():
    read = read_form(ASKED, (entry("couple", "A"), entry("couple", "B")), {"members": "2"})

    assert [one.mistake for one in read.wrong] == [Mistake.TWICE]


def test_a_whole_form_is_one_turn_that_ends_between_sittings():
    start = Interview(questionnaire=ASKED.id)
    read = read_form(
        ASKED,
        tuple(
            entry(name, said)
            for name, said in [
                ("members", "=1"), ("pregnant", "B"), ("elder", "A"), ("disability", "B"),
                ("head_status", "B"),
            ]
        ),
        {},
    )  # fmt: skip

    turn = key_in(ASKED, start, read.values)

    assert turn.interview.waiting_for is None
    assert SectionCompleted("profile") in turn.events
    assert turn.interview.answers == read.values


@given(st.lists(st.text(max_size=8), max_size=12))
def test_anything_typed_is_read_or_named(entries):
    read = read_form(ASKED, tuple(entries), {"members": "3"})

    assert read.wrong or len(read.values) == len(entries)
    assert not (read.wrong and read.values)


@given(st.data())
def test_what_is_written_by_the_letters_is_the_choice(data):
    singles = [
        one
        for one in ASKED.questions.values()
        if one.type is QuestionType.SELECT_ONE and one.relevant is None and not one.sensitive
    ]
    question = data.draw(st.sampled_from(singles))
    place = data.draw(st.integers(0, len(question.choices) - 1))

    read = read_form(ASKED, (entry(question.name, letters(question)[place]),), {})

    offered = question.choices[place]
    assert read.values == {question.name: offered.name} or offered.choice_filter
