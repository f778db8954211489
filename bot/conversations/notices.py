"""The words of what is sent unasked to people with work, and to families about it.

They are made when the message leaves: what is no longer true is not sent. No name and no reason
stands in a message that may light up on a locked screen; the family's own household is the
exception, in the family's own chat.
"""

from collections.abc import Callable
from datetime import datetime

from kkb_core import definitions
from kkb_core.i18n import say
from kkb_core.messaging import MsgOut, QuickReply, Text, bold
from kkb_core.services.letters import Kind, Kinds, Letter, Words, one_by_one
from kkb_core.services.tasks import question_of
from kkb_core.storage import Tx, people
from kkb_core.storage import help as calls


def _message(letter: Letter, key: str, *buttons: tuple[str, str], **values: object) -> MsgOut:
    return MsgOut(
        text=Text.of(say(key, letter.language, **values)),
        replies=tuple((QuickReply(say(label, letter.language), data),) for label, data in buttons),
    )


def _to_work(key: str) -> Words:
    def words(_: Tx, letter: Letter, __: datetime) -> MsgOut:
        return _message(letter, key, ("notice.open_tasks", "task:list:walk:0"))

    return one_by_one(words)


def _asked(tx: Tx, letter: Letter, _: datetime) -> MsgOut | None:
    request = calls.help_request(tx, letter.params["request"])
    if request is None or request.answered_at is not None:
        return None
    card = ("notice.open_tasks", f"task:open:{request.household.id}:0")
    return _message(letter, "notice.help_asked", card)


def _answered(tx: Tx, letter: Letter, _: datetime) -> MsgOut | None:
    """The cadre's words, and a button back to the question."""
    request = calls.help_request(tx, letter.params["request"])
    if request is None or request.answer is None or request.told_at is not None:
        return None
    question = question_of(definitions.load(), request.question or "")
    shown = question is not None and not question.sensitive
    about = [f"“{question.label[letter.language]}”"] if question and shown else []
    return MsgOut(
        text=Text.lines([bold(say("cadre.answered", letter.language)), *about, request.answer]),
        replies=((QuickReply(say("notice.go_on", letter.language), f"told:{request.id}"),),),
    )


def _case(_: Tx, letter: Letter, __: datetime) -> MsgOut:
    return _message(letter, "notice.case_new", ("notice.open_cases", "case:list:0"))


def _case_answered(_: Tx, letter: Letter, __: datetime) -> MsgOut:
    return _message(letter, "notice.case_answered", ("notice.open_cases", "case:list:0"))


def _visit_check(tx: Tx, letter: Letter, _: datetime) -> MsgOut | None:
    number = letter.params["household_id"]
    homes = people.memberships_of(tx, letter.person.id)
    home = next((one for one in homes if one.id == number), None)
    if home is None:
        return None
    yes, no = ("notice.came_yes", f"came:{number}:yes"), ("notice.came_no", f"came:{number}:no")
    return _message(letter, "notice.visit_check", yes, no, household=home.label)


def _greeting(_: Tx, letter: Letter, __: datetime) -> MsgOut:
    answer = ("notice.hello", f"hello:{letter.params['about']}")
    return _message(letter, "notice.greeting", answer)


def _to_families(words: Callable[[Tx, Letter, datetime], MsgOut | None]) -> Kind:
    return Kind(words=one_by_one(words), may_repeat=True)


def _to_workers(words: Words) -> Kind:
    return Kind(words=words, may_repeat=True, work=True)


WORK_NOTICES: Kinds = {
    "help_asked": _to_workers(one_by_one(_asked)),
    "task_new": _to_workers(_to_work("notice.task_new")),
    "task_overdue": _to_workers(_to_work("notice.task_overdue")),
    "case_new": _to_workers(one_by_one(_case)),
    "case_answered": _to_workers(one_by_one(_case_answered)),
    "help_answered": _to_families(_answered),
    "visit_check": _to_families(_visit_check),
    "greeting": Kind(words=one_by_one(_greeting)),
}
