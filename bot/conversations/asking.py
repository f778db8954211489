"""How a question looks: its text, its progress line that tells the truth, and its buttons."""

from bot.conversations.exchange import Exchange, Rows, Said, grid
from kkb_core.messaging import QuickReply, Text, bold
from kkb_core.survey.expressions import compiled
from kkb_core.survey.interview import (
    SKIPPED,
    UNKNOWN,
    Interview,
    choices_now,
    progress,
    relevant_questions,
    suggestion,
)
from kkb_core.survey.questionnaire import Choice, Question, Questionnaire, QuestionType

NUMBER_BUTTONS = 8  # two rows a thumb can reach; larger numbers are typed
SMALL = 9  # 0-8: what may get a button
SHORT_LABEL = 14  # characters that fit half a narrow screen


def ask(
    exchange: Exchange,
    questionnaire: Questionnaire,
    interview: Interview,
    *,
    lead: tuple[Said, ...] = (),
    explain: bool = False,
) -> None:
    """Show the question *interview* waits for, or first whether it is safe to ask it."""
    assert interview.waiting_for is not None
    question = questionnaire.questions[interview.waiting_for]
    lead = (*lead, "") if lead else ()
    if interview.asking_safety:
        _ask_safety(exchange, question, interview, lead)
        return
    lines = [*lead, *_body(exchange, questionnaire, interview, question, explain=explain)]
    exchange.show(
        *lines,
        replies=_buttons(exchange, questionnaire, interview, question),
        private=question.sensitive,
    )


def answer_words(exchange: Exchange, question: Question, value: str) -> str:
    """An answer as a person reads it."""
    if value == SKIPPED:
        return exchange.words("value.skipped")
    if value == UNKNOWN:
        return exchange.words("value.unknown")
    if question.choices:
        chosen = [question.choice(name) for name in value.split()]
        return ", ".join(exchange.local(choice.label) for choice in chosen if choice)
    return f"{value} {question.unit}" if question.unit else value


def _ask_safety(
    exchange: Exchange, question: Question, interview: Interview, lead: tuple[Said, ...]
) -> None:
    mark = f"s:{exchange.interview_id}:{question.name}:{interview.revision}"
    asked = "fill.private" if exchange.fills_in else "ask.safe"
    exchange.show(
        *lead,
        *_named(exchange),
        bold(exchange.words(f"{asked}_now")),
        exchange.words(f"{asked}_why"),
        replies=(
            (
                exchange.button("ask.safe", f"{mark}:safe"),
                exchange.button("ask.not_safe", f"{mark}:later"),
            ),
            (exchange.button("ask.skip", f"{mark}:skip"),),
        ),
    )


def _named(exchange: Exchange) -> list[Said]:
    """The household's name, on a phone that answers for several or for somebody else."""
    several = exchange.standing.several_households or exchange.fills_in
    if exchange.household is None or not several:
        return []
    return [f"🏠 {exchange.household.label}"]


def _body(
    exchange: Exchange,
    questionnaire: Questionnaire,
    interview: Interview,
    question: Question,
    *,
    explain: bool,
) -> list[Said]:
    lines = [
        *_named(exchange),
        _progress_line(exchange, questionnaire, interview, question),
        bold(exchange.local(question.label)),
    ]
    if explain and question.hint:
        lines.append(Text.of("💡 ", exchange.local(question.hint)))
    lines.extend(_how(exchange, interview, question))
    lines.extend(_earlier(exchange, questionnaire, interview, question))
    return lines


def _progress_line(
    exchange: Exchange, questionnaire: Questionnaire, interview: Interview, question: Question
) -> str:
    done = progress(questionnaire, interview, question.section)
    names = questionnaire.section(question.section).label
    applying = relevant_questions(questionnaire, interview.answers, question.section)
    number = applying.index(question.name) + 1 if question.name in applying else done.total
    if done.left <= 1 and number == done.total:
        return exchange.words(
            "ask.progress_last", section=exchange.local(names), number=number, total=done.total
        )
    return exchange.words(
        "ask.progress",
        section=exchange.local(names),
        number=number,
        total=done.total,
        minutes=minutes(done.seconds),
    )


def minutes(seconds: int) -> int:
    """Whole minutes, never none."""
    return max(1, round(seconds / 60))


def _how(exchange: Exchange, interview: Interview, question: Question) -> list[Said]:
    match question.type:
        case QuestionType.SELECT_MULTIPLE:
            done = exchange.words("ask.done_picking")
            return [exchange.words("ask.pick_many", done=done)]
        case QuestionType.INTEGER if _numbers(question, interview):
            return [exchange.words("ask.type_number")]
        case QuestionType.INTEGER | QuestionType.DECIMAL:
            return [exchange.words("ask.type_only_number")]
        case QuestionType.TEXT:
            return [exchange.words("ask.type_text")]
        case QuestionType.DATE:
            return [exchange.words("ask.type_date")]
        case _:
            return []


def _earlier(
    exchange: Exchange, questionnaire: Questionnaire, interview: Interview, question: Question
) -> list[Said]:
    earlier = suggestion(questionnaire, interview, question.name)
    if earlier is None or question.sensitive:
        return []
    key = "ask.before" if question.name in interview.answers else "ask.suggested"
    return [exchange.words(key, answer=answer_words(exchange, question, earlier))]


def _buttons(
    exchange: Exchange, questionnaire: Questionnaire, interview: Interview, question: Question
) -> Rows:
    mark = f"{exchange.interview_id}:{question.name}:{interview.revision}"
    return (
        *_answers(exchange, questionnaire, interview, question, mark),
        *_as_it_is(exchange, interview, question, mark),
        *_navigation(exchange, question, mark),
    )


def _answers(
    exchange: Exchange,
    questionnaire: Questionnaire,
    interview: Interview,
    question: Question,
    mark: str,
) -> Rows:
    offered = choices_now(questionnaire, interview, question.name)
    if question.type is QuestionType.SELECT_MULTIPLE:
        return _ticks(exchange, interview, offered, mark)
    if question.type is QuestionType.INTEGER:
        return grid([QuickReply(n, f"a:{mark}:{n}") for n in _numbers(question, interview)], 4)
    buttons = [QuickReply(_label(exchange, c), f"a:{mark}:{c.name}") for c in offered]
    wide = any(len(button.label) > SHORT_LABEL for button in buttons)
    return grid(buttons, 1 if wide else 2)


def _label(exchange: Exchange, choice: Choice) -> str:
    label = exchange.local(choice.label)
    hint = exchange.local(choice.hint) if choice.hint else ""
    return f"{label} ({hint})" if hint and hint.casefold() != label.casefold() else label


def _ticks(
    exchange: Exchange, interview: Interview, offered: tuple[Choice, ...], mark: str
) -> Rows:
    buttons = [
        QuickReply(
            f"{'☑' if choice.name in interview.picked else '☐'} {exchange.local(choice.label)}",
            f"p:{mark}:{'-' if choice.name in interview.picked else '+'}{choice.name}",
        )
        for choice in offered
    ]
    return (*grid(buttons, 1), (exchange.button("ask.done_picking", f"n:{mark}:done"),))


def _numbers(question: Question, interview: Interview) -> list[str]:
    """The small numbers a family most often means, as far as the constraint allows them here."""
    if question.type is not QuestionType.INTEGER or question.unit or question.constraint is None:
        return []
    rule = compiled(question.constraint)
    fitting = [n for n in map(str, range(SMALL)) if rule.holds(interview.answers, n)]
    return fitting[:NUMBER_BUTTONS]


def _as_it_is(exchange: Exchange, interview: Interview, question: Question, mark: str) -> Rows:
    """Somebody who only looked again leaves the answer as it is."""
    if interview.answers.get(question.name, SKIPPED) == SKIPPED:
        return ()
    return ((exchange.button("ask.keep", f"n:{mark}:keep"),),)


def _navigation(exchange: Exchange, question: Question, mark: str) -> Rows:
    first = [exchange.button("ask.back", f"n:{mark}:back")]
    if not question.required:
        first.append(exchange.button("ask.skip", f"n:{mark}:skip"))
    first.append(exchange.button("ask.dont_know", f"n:{mark}:dk"))
    second = [
        exchange.button("ask.explain", f"n:{mark}:why"),
        exchange.button("ask.later", f"n:{mark}:later"),
    ]
    if not exchange.fills_in:
        second.append(exchange.button("ask.help", f"n:{mark}:help"))
    return (tuple(first), tuple(second))
