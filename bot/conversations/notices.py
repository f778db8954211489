"""The words of what is sent unasked to people with work, and to families about it.

They are made when the message leaves: what is no longer true is not sent. No name and no reason
stands in a message that may light up on a locked screen; the family's own household is the
exception, in the family's own chat.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from kkb_core.definitions import Definitions
from kkb_core.i18n import say
from kkb_core.messaging import Language, MsgOut, QuickReply, Text, bold
from kkb_core.services.tasks import question_of
from kkb_core.storage import Tx, people
from kkb_core.storage import help as calls
from kkb_core.storage.people import Person


class Addressed(Protocol):
    """What is to be said, and to whom."""

    @property
    def params(self) -> Mapping[str, Any]:
        """What it was queued with."""
        ...

    @property
    def person(self) -> Person:
        """Who gets it."""
        ...

    @property
    def language(self) -> Language:
        """Theirs."""
        ...


Words = Callable[[Tx, Addressed, datetime], MsgOut | None]


def notices(definitions: Definitions) -> dict[str, Words]:
    """The words of each kind of notice; None when it is no longer true."""

    def answered(tx: Tx, letter: Addressed, _: datetime) -> MsgOut | None:
        return _answered(tx, letter, definitions)

    return {
        "help_asked": _asked,
        "help_answered": answered,
        "task_new": _to_work("notice.task_new"),
        "task_overdue": _to_work("notice.task_overdue"),
        "case_new": _case,
        "visit_check": _visit_check,
        "greeting": _greeting,
    }


TO_WORK = frozenset({"help_asked", "task_new", "task_overdue", "case_new"})


def _message(letter: Addressed, key: str, *buttons: tuple[str, str], **values: object) -> MsgOut:
    return MsgOut(
        text=Text.of(say(key, letter.language, **values)),
        replies=tuple((QuickReply(say(label, letter.language), data),) for label, data in buttons),
    )


def _to_work(key: str) -> Words:
    def words(_: Tx, letter: Addressed, __: datetime) -> MsgOut:
        return _message(letter, key, ("notice.open_tasks", "task:list:walk:0"))

    return words


def _asked(tx: Tx, letter: Addressed, _: datetime) -> MsgOut | None:
    request = calls.help_request(tx, letter.params["request"])
    if request is None or request.answered_at is not None:
        return None
    card = ("notice.open_tasks", f"task:open:{request.household.id}:0")
    return _message(letter, "notice.help_asked", card)


def _answered(tx: Tx, letter: Addressed, definitions: Definitions) -> MsgOut | None:
    """The cadre's words, and a button back to the question."""
    request = calls.help_request(tx, letter.params["request"])
    if request is None or request.answer is None or request.told_at is not None:
        return None
    question = question_of(definitions, request.question or "")
    shown = question is not None and not question.sensitive
    about = [f"“{question.label[letter.language]}”"] if question and shown else []
    return MsgOut(
        text=Text.lines([bold(say("cadre.answered", letter.language)), *about, request.answer]),
        replies=((QuickReply(say("notice.go_on", letter.language), f"told:{request.id}"),),),
    )


def _case(_: Tx, letter: Addressed, __: datetime) -> MsgOut:
    return _message(letter, "notice.case_new", ("notice.open_cases", "case:list:0"))


def _visit_check(tx: Tx, letter: Addressed, _: datetime) -> MsgOut | None:
    number = letter.params["household_id"]
    homes = people.memberships_of(tx, letter.person.id)
    home = next((one for one in homes if one.id == number), None)
    if home is None:
        return None
    yes, no = ("notice.came_yes", f"came:{number}:yes"), ("notice.came_no", f"came:{number}:no")
    return _message(letter, "notice.visit_check", yes, no, household=home.label)


def _greeting(_: Tx, letter: Addressed, __: datetime) -> MsgOut:
    return _message(letter, "notice.greeting")
