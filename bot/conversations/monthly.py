"""Ada perubahan? Once a month between rounds: five buttons, and what each leads to."""

from collections.abc import Sequence
from datetime import datetime

from bot.conversations import calling, sitting
from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, column
from bot.conversations.letters import Letter
from kkb_core.i18n import say
from kkb_core.messaging import Language, MsgOut, QuickReply, Text, bold
from kkb_core.services import monthly
from kkb_core.storage import Tx, interviews, people

EDITED = {"pregnant": "pregnant", "born": "kids"}  # the question that a change asks again
CALLED = ("moved", "ill", "help")
WHAT = (*EDITED, *CALLED, "none")


def words(tx: Tx, letters: Sequence[Letter], now: datetime) -> Sequence[MsgOut | None]:
    """The question, to those who can still be asked."""
    asked = [(one.params["household_id"], one.person.id) for one in letters]
    still = monthly.still_settled(tx, asked, now=now)
    return [
        _question(key[0], still[key], letter.person.language or Language.ID)
        if key in still
        else None
        for letter, key in zip(letters, asked, strict=True)
    ]


def _question(household_id: int, label: str, language: Language) -> MsgOut:
    buttons = [
        QuickReply(say(f"change.{what}", language), f"change:{what}:{household_id}")
        for what in WHAT
    ]
    return MsgOut(
        text=Text.lines([f"🏠 {label}", bold(say("change.ask", language))]),
        replies=column(*buttons),
    )


def tapped(exchange: Exchange, what: str, household_id: str) -> None:
    """A change asks its answer anew, or calls the cadre; nothing new is only thanked for."""
    homes = people.memberships_of(exchange.tx, exchange.person)
    chosen = next((one for one in homes if str(one.id) == household_id), None)
    if chosen is None or what not in WHAT or exchange.topic != "rest":
        exchange.outdated()
        return
    if what == "none":
        exchange.show(exchange.words("change.thanks"))
        return
    if chosen.id != exchange.household_id:
        exchange.household, exchange.interview = chosen, None
    if what in CALLED:
        calling.call_about(exchange, None)
    else:
        _edit(exchange, EDITED[what])


def _edit(exchange: Exchange, name: str) -> None:
    """Ask the answer again, in the interview that is answered last; it may be in a later round."""
    latest = next(iter(interviews.interviews_of(exchange.tx, exchange.household_id or 0)), None)
    if latest is None or latest.completed_at is None:
        exchange.where()
        return
    exchange.interview = interviews.load_interview(exchange.tx, latest.id, exchange.person)
    exchange.below()
    if exchange.has_begun and name in exchange.stored.answers:
        sitting.change(exchange, name)
    else:
        exchange.where()


DOORS = Doors(taps={"change": (2, tapped)})
