"""One message, one turn: who writes, what they mean, what is said back, all in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.conversations import (
    announcing,
    appointing,
    aside,
    calling,
    cases,
    changing,
    exports,
    families,
    filling,
    helping,
    hours,
    joining,
    monthly,
    muting,
    permits,
    reminding,
    replies_to_family,
    residents,
    results,
    rights,
    rounds,
    same,
    sitting,
    spoken,
    summaries,
    tasks,
    welcome,
    work,
)
from bot.conversations.doors import Doors, joined
from bot.conversations.exchange import PRIVATE_STAYS, Exchange, Office, Said
from kkb_core.broadcast import BroadcastRules
from kkb_core.definitions import Definitions
from kkb_core.errors import DatabaseUnavailable
from kkb_core.i18n import say
from kkb_core.messaging import Address, Language, MsgIn, MsgOut, Text
from kkb_core.services.answering import value_of
from kkb_core.services.reminding import Policy
from kkb_core.storage import Database, Tx, people
from kkb_core.storage.conversations import (
    forget_prompts,
    prompts_of,
    prompts_older_than,
    remember_prompt,
    save_conversation,
)
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.standing import arrive, standing

CLOSED = (PersonStatus.REFUSED, PersonStatus.STOPPED)
# The conversations of cadres, officers and admins, and what begins with a message of ours.
WORK: Doors = joined(
    (
        tasks.DOORS,
        residents.DOORS,
        filling.DOORS,
        cases.DOORS,
        appointing.DOORS,
        replies_to_family.DOORS,
        rounds.DOORS,
        reminding.DOORS,
        monthly.DOORS,
        announcing.DOORS,
        muting.DOORS,
        exports.DOORS,
        summaries.DOORS,
        work.DOORS,
    )
)
FAMILYS = ("lanjut", "hasil", "ubah", "keluarga")  # what only a family asks for
ALWAYS_OPEN = ("mulai", "start", "bahasa", "hapus", "data_saya", "privasi", "bantuan")


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
        was_private = _is_private(exchange)
        if exchange.standing.answer_waits and exchange.standing.person.status not in CLOSED:
            replies_to_family.tell_answers(exchange)
        work.end_filling_in_without_the_role(exchange)
        _dispatch(exchange)
        while exchange.lead is not None:  # a code that was kept leads on once more
            _show_where(exchange, exchange.lead)
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
        return _take_private_away(exchange, was_private=was_private)

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


# -- what was meant ----------------------------------------------------------------------------


def _dispatch(exchange: Exchange) -> None:
    msg = exchange.msg
    if msg.tap is not None:
        _tapped(exchange, msg.tap)
    elif msg.text is None:
        _sent(exchange)
    elif msg.text.lstrip().startswith("/"):
        command, _, rest = msg.text.strip()[1:].partition(" ")
        _commanded(exchange, command.partition("@")[0].casefold(), rest.strip())
    else:
        _heard(exchange, msg.text)


def _commanded(exchange: Exchange, command: str, rest: str) -> None:
    if command in ("start", "mulai"):
        _begin(exchange, rest)
        return
    if exchange.standing.person.language is None:
        welcome.ask_language(exchange)
        return
    if exchange.standing.person.status in CLOSED and command not in ALWAYS_OPEN:
        welcome.refused(exchange)
        return
    if command in FAMILYS and _has_agreed(exchange) and not exchange.fills_in:
        work.as_family(exchange)
    match command:
        case "lanjut":
            if exchange.standing.person.status is PersonStatus.PAUSED:
                exchange.stand(PersonStatus.ACTIVE)
            _on(exchange)
        case "hasil":
            _stop_joining(exchange)
            results.show_result(exchange)
        case "ubah":
            _stop_joining(exchange)
            changing.ask_section(exchange)
        case "keluarga" if exchange.hat is not None:
            work.tapped(exchange, "family")
        case "keluarga" if _has_agreed(exchange):
            families.show_families(exchange)
        case "undang" if _may_answer(exchange) and exchange.hat is None:
            families.invite(exchange)
        case "bahasa":
            welcome.choose_again(exchange)
        case "data_saya":
            rights.show_mine(exchange)
        case "jeda":
            rights.ask_pause(exchange)
        case "berhenti":
            rights.ask_stop(exchange)
        case "hapus":
            rights.ask_erase(exchange)
        case "privasi":
            helping.show_privacy(exchange)
        case "bantuan" | "help":
            helping.show_help(exchange, _menu(exchange))
        case _ if command in WORK.commands:
            WORK.commands[command](exchange, rest)
        case _:
            exchange.where(exchange.words("refused.command"))


def _menu(exchange: Exchange) -> list[tuple[str, str]]:
    """The commands of the hat that is worn, else a family's."""
    held = people.roles_of(exchange.tx, exchange.person) if exchange.hat is not None else ()
    hat = next((one for one in held if one.id == exchange.hat), None)
    if hat is None:
        return helping.menu(exchange.language)
    return work.menu(exchange.language, hat.grant.role, WORK.offered)


def _begin(exchange: Exchange, code: str) -> None:
    """/start, /mulai, and a deep link with a code."""
    if not _has_agreed(exchange):
        _begin_new(exchange, code)
    elif code:
        joining.enter(exchange, code)
    else:
        exchange.stand(PersonStatus.ACTIVE)
        exchange.where()


def _begin_new(exchange: Exchange, code: str) -> None:
    """Somebody who has not agreed to the survey; who is invited to a role comes to work."""
    if code:
        exchange.state["code"] = code
    if exchange.standing.person.language is not None and joining.take_role(exchange):
        return
    if exchange.hat is not None and not code:
        exchange.where()
    else:
        welcome.begin_again(exchange)


def _may_answer(exchange: Exchange) -> bool:
    # A cadre's own consent is not what another family's answers need.
    return _has_agreed(exchange) or exchange.fills_in


def _has_agreed(exchange: Exchange) -> bool:
    return exchange.standing.person.status in (PersonStatus.ACTIVE, PersonStatus.PAUSED)


def _stop_joining(exchange: Exchange) -> None:
    """Who began to add a family, and has one, goes back to it by asking for anything of it."""
    if exchange.topic in joining.TOPICS and exchange.household is not None:
        exchange.move("rest")


def _on(exchange: Exchange) -> None:
    _stop_joining(exchange)
    if _may_answer(exchange) and exchange.topic == "rest":
        sitting.on(exchange)
    else:
        exchange.where()


def _tapped(exchange: Exchange, data: str) -> None:
    verb, *args = data.split(":")
    taps: dict[str, tuple[int, Callable[..., None]]] = {
        "lang": (1, welcome.tapped_language),
        "adult": (1, welcome.tapped_adult),
        "consent": (1, welcome.tapped_consent),
        "join": (2, joining.tapped),
        "same": (1, same.tapped),
        "permit": (2, permits.tapped),
        "call": (1, calling.tapped),
        "aside": (2, aside.tapped),
        "home": (1, _tapped_home),
        "result": (2, results.tapped),
        "edit": (3, changing.tapped),
        "pausing": (1, rights.tapped_pause),
        "stopping": (1, rights.tapped_stop),
        "erasing": (1, rights.tapped_erase),
        "fam": (1, families.tapped),
        "help": (1, helping.tapped),
    }
    closed = not _may_answer(exchange) and verb not in (
        "lang", "adult", "consent", "erasing", "help", "home",
    )  # fmt: skip
    is_work = verb in WORK.taps and exchange.standing.person.status is PersonStatus.NEW
    if closed and not is_work:
        exchange.outdated()
    elif verb in ("a", "n", "p", "s"):
        _stop_joining(exchange)
        if exchange.topic in ("rest", ""):
            sitting.tapped(exchange, verb, args)
        else:
            exchange.outdated()
    elif verb in taps and len(args) == taps[verb][0]:
        taps[verb][1](exchange, *args)
    elif verb in WORK.taps and len(args) == WORK.taps[verb][0]:
        WORK.taps[verb][1](exchange, *args)
    else:
        exchange.outdated()


def _tapped_home(exchange: Exchange, what: str) -> None:
    match what:
        case "on":
            _on(exchange)
        case "enough":
            exchange.show(
                exchange.words("section.enough_done"),
                exchange.words("reminder.when"),
                replies=hours.hours_buttons(exchange),
            )
        case "result":
            results.show_result(exchange)
        case "edit":
            changing.ask_section(exchange)
        case _:
            exchange.outdated()


def _sent(exchange: Exchange) -> None:
    """Something that is not text; only where a picture or a document is asked for it is taken."""
    topic, file = WORK.topics.get(exchange.topic), exchange.msg.file
    closed = exchange.standing.person.status in CLOSED
    if closed or file is None or topic is None or topic.sent is None:
        exchange.where(exchange.words("refused.other"))
    else:
        topic.sent(exchange, file)


def _heard(exchange: Exchange, text: str) -> None:
    topic = exchange.topic
    if spoken.cries_for_help(text):
        helping.answer_cry(exchange)
    elif exchange.standing.person.status in CLOSED and topic not in ("adult", "consent"):
        welcome.refused(exchange)
    elif topic in welcome.TOPICS:
        welcome.heard(exchange, text)
    elif topic in joining.TOPICS:
        joining.heard(exchange, text)
    elif topic == "same" and exchange.interview is not None:
        same.heard(exchange, text)
    elif topic == "permit":
        permits.heard(exchange, text)
    elif topic == "call":
        calling.heard(exchange, text)
    elif topic == "aside":
        aside.heard(exchange, text)
    elif topic in WORK.topics:
        WORK.topics[topic].heard(exchange, text)
    elif topic == "rest" and (minute := spoken.hour(text)) is not None:
        hours.wish(exchange, minute)
    elif _is_waiting(exchange) and not _left_alone(exchange):
        sitting.heard(exchange, text)
    elif wish := spoken.wish(text):
        _tapped_home(exchange, wish)
    else:
        exchange.where()


def _is_waiting(exchange: Exchange) -> bool:
    return exchange.has_begun and value_of(exchange.stored).waiting_for is not None


def _left_alone(exchange: Exchange) -> bool:
    """A private question left standing: somebody else may hold the phone by now."""
    return _is_private(exchange) and exchange.idle > PRIVATE_STAYS


# -- where the person is -----------------------------------------------------------------------


def _show_where(exchange: Exchange, lead: Sequence[Said]) -> None:
    exchange.lead = None
    person = exchange.standing.person
    if person.language is None:
        welcome.ask_language(exchange)
    elif person.status in CLOSED:
        welcome.refused(exchange, *lead)
    elif person.status is PersonStatus.NEW and exchange.hat is None:
        welcome.show_again(exchange, *lead)
    elif "code" in exchange.state:
        joining.enter(exchange, exchange.state["code"])
    elif exchange.topic in joining.TOPICS:
        joining.again(exchange, *lead)
    elif exchange.topic == "permit":
        permits.again(exchange, *lead)
    elif exchange.topic == "call":
        calling.again(exchange, *lead)
    elif exchange.topic == "aside":
        aside.again(exchange, *lead)
    elif exchange.topic in WORK.topics:
        WORK.topics[exchange.topic].again(exchange, *lead)
    elif work.is_at_work(exchange):
        work.show_home(exchange, *lead)
    elif exchange.topic == "same" and exchange.interview is not None:
        same.ask_same(exchange, *lead)
    elif exchange.household is None:
        joining.ask_code(exchange, *lead)
    else:
        sitting.enter(exchange, *lead)


# -- what must leave the screen ----------------------------------------------------------------


def _is_private(exchange: Exchange) -> bool:
    if exchange.topic == "aside":
        return True
    if not exchange.has_begun:
        return False
    interview = value_of(exchange.stored)
    waiting = interview.waiting_for
    return (
        waiting is not None
        and not interview.asking_safety
        and exchange.questionnaire.questions[waiting].sensitive
    )


def _take_private_away(exchange: Exchange, *, was_private: bool) -> list[MsgOut]:
    """Question and answer leave the screen: edited by the tap, or removed when typed."""
    tx, msg, said = exchange.tx, exchange.msg, exchange.said
    replaced = next((out for out in said if out.replaces is not None), None)
    if replaced is not None and replaced.replaces is not None and replaced.private:
        remember_prompt(tx, msg.address, replaced.replaces, now=exchange.now)
        return said
    if not was_private:
        return said
    on_screen = [one.msg_id for one in prompts_of(tx, msg.address)]
    forget_prompts(tx, msg.address, on_screen)
    gone = [one for one in on_screen if replaced is None or one != replaced.replaces]
    if msg.tap is None and msg.msg_id is not None and not any(out.removes for out in said):
        gone.append(msg.msg_id)
    return [MsgOut(removes=tuple(gone)), *said] if gone else said
