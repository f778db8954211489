"""Bantu kader: a call reaches whoever looks after the family, and the answer goes back to the caller."""

from datetime import datetime, timedelta

from kkb_core.errors import NotAllowed
from kkb_core.roles import Act, Role, demand
from kkb_core.services.looking_after import looking_after
from kkb_core.storage import Tx, audit, outbox, roles
from kkb_core.storage import help as calls
from kkb_core.storage.help import HelpRequest
from kkb_core.storage.households import Household
from kkb_core.storage.outbox import Wanted

CALL_LASTS = timedelta(days=3)
ANSWER_LASTS = timedelta(days=14)
LONGEST = 500  # characters of an answer


def call(
    tx: Tx,
    household: Household,
    person_id: int,
    *,
    now: datetime,
    interview_id: int | None = None,
    question: str | None = None,
) -> None:
    """Keep a call for the cadre and let the cadres of the place know; a waiting one is not doubled."""
    made = calls.ask_help(
        tx, household.id, person_id, now=now, interview_id=interview_id, question=question
    )
    if made is None:
        return
    readers = looking_after(tx, Role.CADRE, [household.scope])[household.scope]
    wanted = [
        Wanted(
            kind="help_asked",
            person_id=reader,
            dedupe_key=f"help:{made}:{reader}",
            not_before=now,
            not_after=now + CALL_LASTS,
            params={"household_id": household.id, "request": made},
        )
        for reader in readers
    ]
    outbox.put(tx, wanted, now=now)


def waiting_request(tx: Tx, person_id: int, request_id: int) -> HelpRequest:
    """The call, still without an answer. Raises NotAllowed outside the person's scope."""
    request = calls.help_request(tx, request_id)
    if request is None or request.answered_at is not None:
        raise NotAllowed(f"request {request_id}")
    demand(roles.grants_of(tx, person_id), Act.SEE_HOUSEHOLD, request.household.scope)
    return request


def answer(tx: Tx, person_id: int, request_id: int, text: str, *, now: datetime) -> None:
    """The cadre's words go back to whoever called. Raises NotAllowed."""
    request = waiting_request(tx, person_id, request_id)
    calls.answer_help(tx, request_id, by=person_id, now=now, answer=text)
    audit.note(tx, person_id, "answer_help", request.household.id, now=now, request=request_id)
    back = Wanted(
        kind="help_answered",
        person_id=request.person_id,
        dedupe_key=f"help:{request_id}:answered",
        not_before=now,
        not_after=now + ANSWER_LASTS,
        params={"household_id": request.household.id, "request": request_id},
    )
    outbox.put(tx, [back], now=now)
