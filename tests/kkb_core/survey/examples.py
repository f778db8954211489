"""A small questionnaire in which everything occurs that a questionnaire can have."""

from typing import Any

from kkb_core.messaging import Language
from kkb_core.survey.interview import Interview, Turn, go_on, resume, start
from kkb_core.survey.questionnaire import (
    Choice,
    Flag,
    Item,
    Level,
    LocalText,
    Question,
    Questionnaire,
    QuestionType,
    Route,
    Section,
)


def said(id_: str, jv: str | None = None, en: str | None = None) -> LocalText:
    return {Language.ID: id_, Language.JV: jv or id_, Language.EN: en or id_}


YES = Choice(name="ya", label=said("Ya", "Inggih", "Yes"), aliases=("y", "iya", "yo"))
NO = Choice(name="tidak", label=said("Tidak", "Mboten", "No"), aliases=("t", "ora", "gak"))
OFTEN = (
    Choice(name="selalu", label=said("Selalu", "Ajeg", "Always")),
    Choice(name="sering", label=said("Sering", "Kerep", "Often")),
    Choice(name="kadang", label=said("Kadang-kadang", "Kadhang-kadhang", "Sometimes")),
    Choice(name="tidak_pernah", label=said("Tidak pernah", "Ora tau", "Never")),
)
KIDS = (
    Choice(name="2_4", label=said("2-4 tahun", "2-4 taun", "2-4 years")),
    Choice(name="5_6", label=said("5-6 tahun", "5-6 taun", "5-6 years")),
    Choice(name="7_15", label=said("7-15 tahun", "7-15 taun", "7-15 years")),
    Choice(
        name="tidak_ada",
        label=said("Tidak ada", "Ora ana", "None"),
        aliases=("kosong",),
        exclusive=True,
    ),
)
HARMS = (
    Choice(name="a", label=said("Dimarahi di depan orang", en="Shouted at")),
    Choice(
        name="b",
        label=said("Ditinggal pasangan", en="Left by the partner"),
        choice_filter="${couple} = 'ya'",
    ),
    Choice(name="c", label=said("Tidak ada semuanya", en="None of these"), exclusive=True),
)
WATER = (
    Choice(name="leding", label=said("Leding", en="Piped")),
    Choice(name="sumur", label=said("Sumur terbuka", en="Open well")),
)


def flag(when: str, route: Route = Route.CADRE) -> Flag:
    return Flag(level=Level.RED, route=route, due_hours=24, when=when, follow_up="Visit.")


def question(name: str, section: str, type_: str, **more: Any) -> Question:
    text = said(f"{name}?", f"{name}, nggih?", f"{name}, please?")
    more = {"item": name, "label": text, **more}
    return Question(name=name, section=section, type=QuestionType(type_), **more)


QUESTIONS = (
    question("members", "profile", "integer", required=True, constraint=". >= 1 and . <= 30"),
    question("couple", "profile", "select_one", choices=(YES, NO)),
    question("kids", "profile", "select_multiple", choices=KIDS, required=True),
    question("kids_2_4", "profile", "integer", relevant="selected(${kids}, '2_4')"),
    question("kids_5_6", "profile", "integer", relevant="selected(${kids}, '5_6')"),
    question("floor", "home", "decimal", unit="m²", constraint=". >= 4 and . <= 1000"),
    question(
        "water",
        "home",
        "select_one",
        choices=WATER,
        flag=flag("${water} = 'sumur' and ${kids_2_4} > 0"),
    ),
    question("since", "home", "date", relevant="${members} > 1"),
    question("note", "home", "text"),
    question(
        "play_a", "home", "select_one", choices=OFTEN, item="play", relevant="${kids_2_4} > 0"
    ),
    question(
        "play_b", "home", "select_one", choices=OFTEN, item="play", relevant="${kids_2_4} > 0"
    ),
    question(
        "help",
        "home",
        "select_one",
        choices=(YES, NO),
        default="if(${members} > 4, 'ya', 'tidak')",
    ),
    question(
        "fear",
        "care",
        "select_one",
        choices=(YES, NO),
        sensitive=True,
        flag=flag("${fear} = 'ya'", Route.PROTECTION),
    ),
    question("harms", "care", "select_multiple", choices=HARMS, sensitive=True),
    question("calm", "care", "select_one", choices=OFTEN),
    question(
        "married",
        "care",
        "select_one",
        choices=(YES, NO),
        sensitive=True,
        relevant="${couple} = 'ya'",
    ),
)


def _items() -> dict[str, Item]:
    parts: dict[str, list[Question]] = {}
    for each in QUESTIONS:
        parts.setdefault(each.item, []).append(each)
    return {
        name: Item(
            name=name,
            section=members[0].section,
            label=members[0].label,
            questions=tuple(each.name for each in members),
            sensitive=members[0].sensitive,
        )
        for name, members in parts.items()
    }


def _section(name: str) -> Section:
    own = [each for each in QUESTIONS if each.section == name]
    return Section(
        name=name,
        label=said(name.title()),
        questions=tuple(each.name for each in own),
        items=tuple(dict.fromkeys(each.item for each in own)),
        is_profile=name == "profile",
    )


EXAMPLE = Questionnaire(
    name="example",
    version=1,
    digest="0" * 64,
    title=said("Contoh"),
    sections=tuple(_section(name) for name in ("profile", "home", "care")),
    items=_items(),
    questions={each.name: each for each in QUESTIONS},
)


def talk(*replies: str, interview: Interview | None = None) -> Turn:
    """The last turn of a talk; a section that is complete is followed by the next one."""
    turn = start(EXAMPLE) if interview is None else Turn(interview)
    for reply in replies:
        if turn.interview.waiting_for is None:
            turn = go_on(EXAMPLE, turn.interview)
        turn = resume(EXAMPLE, turn.interview, reply)
    return turn


PROFILE = ("5", "ya", "2-4", "1")
HOME = ("36", "leding", "9/3/2020", "Baik.", "selalu", "sering", "ya")
CARE = ("safe", "tidak", "c", "sering", "safe", "tidak")
