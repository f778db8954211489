"""What people with work need in a test: a role, and what the clock and the sender would bring."""

from datetime import datetime

from sqlalchemy import select, update

from bot.conversations.notices import WORK_NOTICES
from bot.terminal import shown
from kkb_core import definitions
from kkb_core.messaging import Language
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import following_up
from kkb_core.services.letters import Letter
from kkb_core.storage import conversations, people, roles
from kkb_core.storage.standing import arrive
from kkb_core.storage.tables import outbox

KNOWN = definitions.load()


async def given_role(phone, role: Role, scope: Scope) -> int:
    """The person at *phone* speaks Indonesian, holds the role and acts in it; their id."""

    def work(tx):
        person = arrive(tx, phone.address, now=phone.now).person.id
        people.set_language(tx, person, Language.ID)
        roles.grant_role(tx, person, Grant(role, scope), now=phone.now)
        hat = next(one.id for one in roles.roles_of(tx, person) if one.grant == Grant(role, scope))
        conversations.save_conversation(
            tx, person, topic="rest", state={}, household_id=None, interview_id=None, now=phone.now
        )
        conversations.wear(tx, person, hat)
        return person

    return await phone.database.run(work)


async def delivered(phone) -> list[str]:
    """What is due is queued, what is queued stands on its phone; as lines of a transcript."""
    lines: list[str] = []
    before = phone.address.id
    for name in tuple(phone.screens):
        phone.take_up(name)
        for out in await phone.database.run(lambda tx: _post(tx, phone, phone.now)):
            msg_id = phone.screen.show(out)
            for button in (button for row in out.replies for button in row):
                phone.first.setdefault(button.label, (msg_id or "", button.data))
            lines += [f"  to {name}:", *(f"  {line}" for line in shown(out))]
    phone.take_up(before)
    return lines


def _post(tx, phone, now: datetime):
    following_up.tell_everybody(tx, KNOWN, now=now)
    person = arrive(tx, phone.address, now=now).person
    queued = select(outbox).where(
        outbox.c.person_id == person.id, outbox.c.state == "queued", outbox.c.not_before <= now
    )
    outs = []
    for row in tx.execute(queued.order_by(outbox.c.id)).all():
        letter = Letter(id=row.id, kind=row.kind, params=row.params, person=person)
        (said,) = WORK_NOTICES[row.kind].words(tx, [letter], now)
        tx.execute(update(outbox).where(outbox.c.id == row.id).values(state="sent"))
        outs += [said] if said is not None else []
    return outs
