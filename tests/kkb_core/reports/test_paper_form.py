"""The printed form: what stands on it can be keyed in as it stands."""

import re

import pytest

from kkb_core import definitions
from kkb_core.messaging import Language
from kkb_core.reports import paper_form
from kkb_core.reports.paper_form import Head, words_on
from kkb_core.survey.paper import form_in, form_number, letters, numbered, read_form

ASKED = definitions.load().current
HEAD = Head(number=form_number(3, 12), household="Keluarga Bu Siti", place="RT 3 RW 1, Jenggot")


@pytest.mark.parametrize("language", Language)
def test_it_is_a_pdf_of_a_few_pages(language):
    head = Head(
        number="RT03-12", household="Bu Siti", place="RT 3", url="https://t.me/x?start=RT03-12"
    )

    assert paper_form.pdf(ASKED, head, language).startswith(b"%PDF")
    assert len(paper_form.pages(ASKED, head, language, ppi=30)) <= 4


def test_its_number_is_read_as_that_family():
    (how,) = [line for line in words_on(ASKED, HEAD, Language.ID)["how"] if "RT03-12" in line]

    form = form_in(re.search(r"RT\S+: [^.]+", how)[0])

    assert (form.rt, form.household, form.entries) == (3, 12, ("1=4", "2A", "4B"))
    assert read_form(ASKED, form.entries, {}).wrong == ()


def test_every_letter_on_it_is_the_choice_that_stands_beside_it():
    questions = numbered(ASKED)
    for section in words_on(ASKED, HEAD, Language.ID)["sections"]:
        for line in section["questions"]:
            asked = questions[line["number"]]
            said = dict(zip(letters(asked), asked.choices, strict=True))
            assert line["label"] == asked.label[Language.ID]
            assert {one["letter"]: one["label"] for one in line["choices"]} == {
                letter: choice.label[Language.ID] for letter, choice in said.items()
            }


def test_private_questions_are_not_on_paper():
    told = words_on(ASKED, HEAD, Language.ID)
    shown = {line["number"] for section in told["sections"] for line in section["questions"]}
    left_out = {number: one for number, one in numbered(ASKED).items() if number not in shown}

    assert all(one.sensitive for one in left_out.values())
    assert not any(numbered(ASKED)[number].sensitive for number in shown)
    assert ", ".join(map(str, left_out)) in told["how"][2]
