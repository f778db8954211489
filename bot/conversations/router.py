"""One message, one turn: who writes, what they mean, what is said back, all in one transaction."""

from collections.abc import Callable
from datetime import datetime

from bot.conversations import (
    announcing,
    helping,
    replies_to_family,
    work,
)
from bot.conversations.exchange import CLOSED, PRIVATE_STAYS, Exchange, Office
from bot.conversations.meaning import act_on
from bot.conversations.occupations import WORK
from bot.conversations.screen import is_private, take_private_away
from bot.conversations.whereabouts import show_where
from kkb_core.broadcast import BroadcastRules
from kkb_core.definitions import Definitions
from kkb_core.errors import DatabaseUnavailable
from kkb_core.i18n import say
from kkb_core.messaging import Address, Language, MsgIn, MsgOut, Text
from kkb_core.services.reminding import Policy
from kkb_core.storage import Database, Tx, people
from kkb_core.storage.conversations import (
    forget_prompts,
    prompts_older_than,
    remember_prompt,
    save_conversation,
)
from kkb_core.storage.standing import arrive, standing

LEADS = 4  # more is a circle: a mistake of ours, and no reason to stand still for ever


async def hear(
    database: Database, conversations: "Conversations", msg: MsgIn, *, now: datetime
) -> list[MsgOut]:
    """Take one message; when the database is in trouble, say so kindly and keep nothing."""
    try:
        return await database.run(lambda tx: conversations.turn(tx, msg, now=now))
    except DatabaseUnavailable:
        lines = [say("refused.trouble", language) for language in Language]
        return [MsgOut(text=Text.lines(lines))]


class Conversations:
    """Every conversation, on every channel alike. Holds no state of anybody's."""

    def __init__(
        self,
        definitions: Definitions,
        *,
        link: Callable[[str], str] | None = None,
        office: Office | None = None,
        policy: Policy | None = None,
        broadcasts: BroadcastRules | None = None,
    ) -> None:
        """*link* makes a deep link from a code, where the channel has them."""
        self._definitions = definitions
        self._link = link
        self._office = office or Office()
        self._policy = policy or Policy()
        self._broadcasts = broadcasts or BroadcastRules()

    def turn(self, tx: Tx, msg: MsgIn, *, now: datetime) -> list[MsgOut]:
        """One whole turn; nothing a person sends makes it raise."""
        exchange = Exchange(
            tx=tx,
            msg=msg,
            now=now,
            standing=arrive(tx, msg.address, now=now),
            definitions=self._definitions,
            office=self._office,
            policy=self._policy,
            broadcasts=self._broadcasts,
            link=self._link,
        )
        if exchange.standing.person.blocked_at is not None:
            people.mark_unblocked(tx, msg.address)
        was_private = is_private(exchange)
        if exchange.standing.answer_waits and exchange.standing.person.status not in CLOSED:
            replies_to_family.tell_answers(exchange)
        work.end_filling_in_without_the_role(exchange)
        act_on(exchange)
        _lead_on(exchange)
        if exchange.erased:
            return exchange.said
        if exchange.moved:
            save_conversation(
                tx,
                exchange.person,
                topic=exchange.topic,
                state=exchange.state,
                household_id=exchange.household_id,
                interview_id=exchange.interview_id,
                now=now,
            )
        return take_private_away(exchange, was_private=was_private)

    def shown(self, tx: Tx, address: Address, msg_id: str, *, now: datetime) -> None:
        """A private message is on the screen under this id: remember to take it away."""
        remember_prompt(tx, address, msg_id, now=now)

    def sweep(self, tx: Tx, *, now: datetime) -> list[tuple[Address, MsgOut]]:
        """What screens must show otherwise now: private messages nobody answered, and progress."""
        gone = []
        for prompt in prompts_older_than(tx, now - PRIVATE_STAYS):
            forget_prompts(tx, prompt.address, [prompt.msg_id])
            found = standing(tx, prompt.address)
            language = (found.person.language if found else None) or Language.ID
            away = Text.of(say("ask.private_gone", language))
            gone.append((prompt.address, MsgOut(text=away, replaces=prompt.msg_id)))
        return [*gone, *announcing.progress(tx)]

    def menu(self, tx: Tx, address: Address) -> tuple[Language, list[tuple[str, str]]]:
        """The command menu in the person's language."""
        found = standing(tx, address)
        language = (found.person.language if found else None) or Language.ID
        worn = work.worn(tx, found) if found else None
        if worn is None:
            return language, helping.menu(language)
        return language, work.menu(language, worn.grant.role, WORK.offered)


def _lead_on(exchange: Exchange) -> None:
    """Show where the person is; a code that was kept leads on once more."""
    for _ in range(LEADS):
        if exchange.lead is None:
            return
        show_where(exchange, exchange.lead)
    assert exchange.lead is None, f"topic {exchange.topic} leads to itself"
