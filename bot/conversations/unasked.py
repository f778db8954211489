"""What is said unasked: every kind of message of the outbox, and its words.

A kind's words are made when the message leaves, from what is true then; words that are true no
longer are not said. A conversation adds its kinds by being listed in `KINDS`.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.conversations import announcing, monthly, reminding, summaries
from bot.conversations.notices import WORK_NOTICES
from kkb_core.i18n import say
from kkb_core.messaging import MsgOut, Text
from kkb_core.roles import Act, may
from kkb_core.services import unreachable
from kkb_core.services.letters import Kind, Kinds, Letter, one_by_one
from kkb_core.services.monthly import CHANGES
from kkb_core.services.reminding import REMINDER
from kkb_core.services.unanswered import UNANSWERED
from kkb_core.storage import Tx, audit, households, reaching, roles
from kkb_core.storage.consents import ConsentKind


def gathered(kinds: Iterable[Kinds]) -> dict[str, Kind]:
    """All *kinds* as one; two of the same name are a mistake of ours."""
    whole: dict[str, Kind] = {}
    for some in kinds:
        assert not whole.keys() & some.keys(), f"twice: {sorted(whole.keys() & some.keys())}"
        whole |= some
    return whole


def _notice(tx: Tx, letter: Letter, now: datetime) -> MsgOut | None:
    """Word to somebody with work; what it is about says which."""
    match letter.params.get("about"):
        case unreachable.ABOUT:
            return _unreachable(tx, letter, now)
    return None


def _unreachable(tx: Tx, letter: Letter, now: datetime) -> MsgOut | None:
    household = households.household(tx, letter.params["household_id"])
    if household is None or reaching.reachable(tx, household.id):
        return None
    if not may(roles.grants_of(tx, letter.person.id), Act.SEE_HOUSEHOLD, household.scope):
        return None
    audit.note(tx, letter.person.id, "told_unreachable", household.id, now=now)
    return MsgOut(
        text=Text.of(say("notice.unreachable", letter.language, household=household.label))
    )


NOTICES: Kinds = {
    unreachable.KIND: Kind(words=one_by_one(_notice), may_repeat=True, work=True),
}

_REMINDERS = reminding.Words()

REMINDERS: Kinds = {
    REMINDER: Kind(words=_REMINDERS.reminders, may_repeat=True, consent=ConsentKind.SURVEY),
    CHANGES: Kind(words=monthly.words, may_repeat=True, consent=ConsentKind.SURVEY),
    UNANSWERED: Kind(words=_REMINDERS.unanswered, may_repeat=True, work=True),
}

# The kinds of every conversation that says something unasked.
KINDS: Kinds = gathered((NOTICES, REMINDERS, WORK_NOTICES, announcing.KINDS, summaries.UNASKED))
