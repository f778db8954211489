"""The questionnaire on A4 for a family without a phone, with the numbers and letters that are keyed in.

Private questions are not on it: paper lies about, and nobody keys them in.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from kkb_core.i18n import say
from kkb_core.messaging import Language
from kkb_core.reports.pictures import drawable, press, square
from kkb_core.survey.paper import letters, numbered
from kkb_core.survey.questionnaire import Question, Questionnaire

TEMPLATE = "paper_form.typ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Whose form it is. `number` is what stands before the entries (RT03-12), `url` opens it in the chat."""

    number: str
    household: str
    place: str
    url: str | None = None


def pdf(questionnaire: Questionnaire, head: Head, language: Language) -> bytes:
    """The form as PDF. Any thread may call it."""
    (made,) = _drawn(questionnaire, head, language, "pdf")
    return made


def pages(
    questionnaire: Questionnaire, head: Head, language: Language, *, ppi: float = 80
) -> list[bytes]:
    """Each page as PNG, to be looked at."""
    return _drawn(questionnaire, head, language, "png", ppi=ppi)


def _drawn(
    questionnaire: Questionnaire,
    head: Head,
    language: Language,
    form: Literal["png", "pdf"],
    *,
    ppi: float = 144,
) -> list[bytes]:
    words = words_on(questionnaire, head, language)
    data = drawable(words) | {"svg": None if head.url is None else square(head.url)}
    return press(TEMPLATE).compile_pages(json.dumps(data, ensure_ascii=False), form, ppi=ppi)


def words_on(questionnaire: Questionnaire, head: Head, language: Language) -> dict[str, Any]:
    """What the form says, section by section; numbers and letters are those `read_form` reads."""
    places = {question.name: number for number, question in numbered(questionnaire).items()}
    private = [str(places[one.name]) for one in questionnaire.questions.values() if one.sensitive]
    shown = [
        (section, [questionnaire.questions[name] for name in section.questions])
        for section in questionnaire.sections
    ]
    return {
        "title": say("form.title", language),
        "number": head.number,
        "household": head.household,
        "place": head.place,
        "url": head.url or "",
        "scan": say("form.scan", language),
        "how": [
            say("form.consent", language),
            say("form.answer", language),
            say("form.private", language, numbers=", ".join(private)),
            say("form.key_in", language, number=head.number),
        ],
        "sections": [
            {
                "name": section.label[language],
                "questions": [
                    _line(one, places[one.name], language) for one in asked if not one.sensitive
                ],
            }
            for section, asked in shown
        ],
    }


def _line(question: Question, number: int, language: Language) -> dict[str, Any]:
    return {
        "number": number,
        "label": question.label[language],
        "choices": [
            {"letter": letter, "label": choice.label[language]}
            for letter, choice in zip(letters(question), question.choices, strict=True)
        ],
    }
