"""The reminders of families and the word to their cadre: how they read, and what a tap leads to."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.conversations import hours, sitting
from bot.conversations.asking import minutes
from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange
from bot.conversations.letters import Letter
from kkb_core import definitions
from kkb_core.definitions import Definitions
from kkb_core.i18n import say
from kkb_core.messaging import Language, MsgOut, QuickReply, Text, bold
from kkb_core.reminders import MOST, Place
from kkb_core.services import reminding, unanswered
from kkb_core.services.reminding import Asked, Still
from kkb_core.storage import Tx, people
from kkb_core.storage.people import PersonStatus

LISTED = 15  # households in one notice to a cadre


# -- how they read -----------------------------------------------------------------------------


class Words:
    """The words of both kinds, made when they are sent; None where they are no longer true."""

    def __init__(self, definitions: Definitions | None = None) -> None:
        """Without *definitions*, those the package brings; they are read when first needed."""
        self._given = definitions

    def reminders(
        self, tx: Tx, letters: Sequence[Letter], now: datetime
    ) -> Sequence[MsgOut | None]:
        """What a family has to do next, with a button that leads there."""
        asked = [_asked(letter) for letter in letters]
        known = self._given or definitions.load()
        still = reminding.still_due(tx, known, asked, now=now)
        return [
            _reminder(letter, found) if (found := still.get(one)) else None
            for letter, one in zip(letters, asked, strict=True)
        ]

    def unanswered(
        self, tx: Tx, letters: Sequence[Letter], now: datetime
    ) -> Sequence[MsgOut | None]:
        """Which of a cadre's households have not answered; never what."""
        return [_unanswered(tx, letter, now) for letter in letters]


def _asked(letter: Letter) -> Asked:
    params = letter.params
    return Asked(
        household_id=params["household_id"],
        round_id=params["round_id"],
        person_id=letter.person.id,
        section=params["section"],
        touched=params["touched"],
    )


def _reminder(letter: Letter, still: Still) -> MsgOut:
    language = letter.person.language or Language.ID
    # The words vary by how often they were said: three the same would be nagging.
    number = min(max(int(letter.params["number"]), 1), MOST)
    household = letter.params["household_id"]
    return MsgOut(
        text=Text.lines(
            [
                bold(f"🏠 {still.label}"),
                say(f"reminder.{still.place.kind.value}_{number}", language),
                _left(still.place, language),
            ]
        ),
        replies=(
            (QuickReply(say("home.continue", language), f"remind:on:{household}"),),
            (QuickReply(say("ask.later", language), f"remind:later:{household}"),),
        ),
    )


def _left(place: Place, language: Language) -> str:
    return say(
        "reminder.left", language, count=place.left.left, minutes=minutes(place.left.seconds)
    )


def _unanswered(tx: Tx, letter: Letter, now: datetime) -> MsgOut | None:
    params, language = letter.params, letter.person.language or Language.ID
    day = date.fromisoformat(params["day"])
    found = unanswered.still_unanswered(tx, letter.person.id, params["area"], day=day, now=now)
    if not found:
        return None
    lines = [
        say(
            "reminder.cadre_line",
            language,
            household=one.label,
            rt=one.scope.rt or "-",
            rw=one.scope.rw or "-",
        )
        for one in found[:LISTED]
    ]
    if len(found) > LISTED:
        lines.append(say("reminder.cadre_more", language, count=len(found) - LISTED))
    title = bold(say("reminder.cadre_title", language, count=len(found)))
    return MsgOut(text=Text.lines([title, *lines, say("reminder.cadre_what", language)]))


# -- what a tap leads to -----------------------------------------------------------------------


def tapped(exchange: Exchange, what: str, household_id: str) -> None:
    """Lanjut leads to the same question; Nanti saja asks when."""
    homes = people.memberships_of(exchange.tx, exchange.person)
    chosen = next((one for one in homes if str(one.id) == household_id), None)
    if chosen is None or what not in ("on", "later"):
        exchange.outdated()
        return
    if chosen.id != exchange.household_id:
        exchange.household, exchange.interview = chosen, None
        exchange.move("rest")
    if what == "later":
        exchange.show(exchange.words("reminder.when"), replies=hours.hours_buttons(exchange))
        return
    if exchange.standing.person.status is PersonStatus.PAUSED:
        exchange.stand(PersonStatus.ACTIVE)
    exchange.below()
    if exchange.topic == "rest":
        sitting.on(exchange)
    else:
        exchange.where()


DOORS = Doors(taps={"remind": (2, tapped), "hour": (1, hours.tapped)})
