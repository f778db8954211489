"""A village through the months, on a clock of its own: phones that talk with the real conversations.

A day is: what the programme does (`daily`, in order), then what people do on their phones, then
what must hold (`claims`). Whatever comes unasked later (reminders, summaries) is one more of `daily`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from bot.conversations.router import Conversations
from bot.terminal import Screen
from kkb_core import definitions
from kkb_core.messaging import Address, Channel, MsgIn, MsgOut, QuickReply
from kkb_core.roles import Scope
from kkb_core.services import areas, inviting
from kkb_core.storage import Database, Tx
from kkb_core.storage.interviews import StoredInterview
from kkb_core.storage.standing import Standing, standing
from kkb_core.survey.questionnaire import QuestionType

VILLAGE = "33.75.04.1004"
BEGIN = datetime(2026, 3, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ROUND_DAYS, BREAK_DAYS = 84, 7
ASKED = definitions.load().current

WRITES = 0.3  # chances: that a phone is picked up on a day on which something is left to answer
DETOURS = {"back": 0.03, "skip": 0.04, "dk": 0.04, "why": 0.02, "later": 0.02, "help": 0.005}
WEIGHTS = {  # of buttons where no question is asked
    "lang:": 1, "adult:yes": 30, "consent:yes": 30, "join:": 1, "same:yes": 4, "same:no": 1,
    "home:on": 20, "home:enough": 3, "home:result": 1, "home:edit": 1, "result:": 0.5, "permit:": 5,
    "call:": 3, "edit:x": 0.3, "edit:": 1, "s:": 5, "aside:": 5, "fam:": 1,
}  # fmt: skip

Daily = Callable[[Tx, datetime], object]


@dataclass
class Phone:
    """One phone: whose, its screen, and what its person did last."""

    address: Address
    draw: Random
    code: str
    screen: Screen = field(default_factory=Screen)
    went_back: bool = False

    def does(self, here: Standing | None) -> MsgIn:
        """What the person does about what stands on the screen."""
        buttons = [one for one in self.screen.buttons() if not one[1].data.startswith("join:back")]
        if not buttons:
            return self._types(here)
        names = [button.data for _, button in buttons]
        if any(one.startswith("n:") for one in names):
            return self._replies(buttons)
        chances = [_weight(one) for one in names]
        if not any(chances):
            return self._writes("/lanjut")
        msg_id, button = self.draw.choices(buttons, chances)[0]
        return self._taps(msg_id, button.data)

    def _types(self, here: Standing | None) -> MsgIn:
        topic = "join.code" if here is None else here.conversation.topic
        if topic == "join.code":
            return self._writes(f"/start {self.code}")
        return self._writes(str(self.draw.randint(1, 9)) if topic[:5] == "join." else "/lanjut")

    def _replies(self, buttons: list[tuple[str, QuickReply]]) -> MsgIn:
        by_verb: dict[str, list[tuple[str, str]]] = {}
        for msg_id, button in buttons:
            by_verb.setdefault(button.data[:1], []).append((msg_id, button.data))
        moves = {data.rpartition(":")[2]: (msg_id, data) for msg_id, data in by_verb["n"]}
        for move, chance in DETOURS.items():
            if move in moves and self.draw.random() < chance:
                return self._taps(*moves[move])
        if ticks := by_verb.get("p"):
            done = any(":-" in data for _, data in ticks) and self.draw.random() < 0.6
            return self._taps(*(moves["done"] if done else self.draw.choice(ticks)))
        name = by_verb["n"][0][1].split(":")[2]
        if (answers := by_verb.get("a")) and self.draw.random() < 0.9:
            return self._taps(*self.draw.choice(answers))
        return self._writes(self._words(name, answers))

    def _words(self, name: str, answers: list[tuple[str, str]] | None) -> str:
        """An answer typed: a choice's number, a number, a day."""
        question = ASKED.questions[name]
        if answers and question.choices:
            return str(self.draw.randint(1, len(answers)))
        match question.type:
            case QuestionType.DATE:
                return f"{self.draw.randint(1, 28)}/{self.draw.randint(1, 12)}/1990"
            case QuestionType.DECIMAL:
                return str(self.draw.randint(10, 120))
            case _:
                return str(self.draw.randint(1, 40 if name == "wife_age" else 6))

    def _taps(self, msg_id: str, data: str) -> MsgIn:
        self.went_back = data.endswith(":back") or data.startswith(("edit:q", "result:"))
        return MsgIn(address=self.address, tap=data, msg_id=msg_id)

    def _writes(self, text: str) -> MsgIn:
        self.went_back = text == "/lanjut"
        return MsgIn(address=self.address, text=text, msg_id=self.screen.say())

    def shows(self, outs: list[MsgOut]) -> Iterator[str]:
        """Put *outs* on the screen; the ids of private ones, which are to be remembered."""
        for out in outs:
            msg_id = self.screen.show(out)
            if out.private and msg_id is not None:
                yield msg_id
        for old in list(self.screen.messages)[:-40]:
            del self.screen.messages[old]


@dataclass(frozen=True)
class Step:
    """One turn as the claims see it: the interview before and after, and what was said."""

    phone: Phone
    msg: MsgIn
    before: StoredInterview | None
    after: StoredInterview | None
    outs: list[MsgOut]

    @property
    def asked(self) -> str | None:
        """The question asked at the end of the turn."""
        buttons = [b.data for out in self.outs for row in out.replies for b in row]
        names = [one.split(":")[2] for one in buttons if one.startswith("n:")]
        return names[-1] if names else None


class Village:
    """Households, their phones and their days."""

    def __init__(self, database: Database, draw: Random, *, households: int) -> None:
        self.database = database
        self.draw = draw
        self.now = BEGIN
        self.conversations = Conversations(definitions.load())
        self.phones: list[Phone] = []
        self.round_opened = BEGIN
        self.turns = 0
        self.daily: list[Daily] = [self._open_rounds, self._sweep]
        self.claims: list[Callable[[Step], None]] = []
        self._households = households

    async def live(self, days: int) -> None:
        """So many days go by."""
        if not self.phones:
            await self.database.run(self._settle)
        for _ in range(days):
            await self.database.run(self._day)
            self.now += DAY

    def _settle(self, tx: Tx) -> None:
        areas.add_area(tx, VILLAGE)
        code = inviting.village_code(tx, Scope(VILLAGE), by=None, now=self.now).code
        for number in range(self._households):
            self.phones.append(self._phone(f"household {number}", code))

    def _phone(self, name: str, code: str) -> Phone:
        return Phone(Address(Channel.TERMINAL, name), Random(self.draw.random()), code)

    def _day(self, tx: Tx) -> None:
        for work in self.daily:
            work(tx, self.now)
        for phone in list(self.phones):
            if phone.draw.random() < WRITES:
                self._sitting(tx, phone)

    def _sitting(self, tx: Tx, phone: Phone) -> None:
        """The person answers for a while; days later the screen still shows what it did."""
        here = standing(tx, phone.address)
        if _is_done(here, since=self.round_opened) and phone.draw.random() < 0.97:
            return
        if phone.draw.random() < 0.3:
            self._turn(tx, phone, phone._writes("/lanjut"))
        for _ in range(phone.draw.randint(3, 40)):
            msg = phone.does(standing(tx, phone.address))
            self._turn(tx, phone, msg)
            if (msg.tap or "").endswith((":later", "home:enough")):
                break
        self._invite(tx, phone)

    def _turn(self, tx: Tx, phone: Phone, msg: MsgIn) -> None:
        before = standing(tx, phone.address)
        outs = self.conversations.turn(tx, msg, now=self.now)
        for msg_id in phone.shows(outs):
            self.conversations.shown(tx, phone.address, msg_id, now=self.now)
        after = standing(tx, phone.address)
        step = Step(phone, msg, before and before.interview, after and after.interview, outs)
        self.turns += 1
        for claim in self.claims:
            claim(step)

    def _invite(self, tx: Tx, phone: Phone) -> None:
        """Now and then a second phone joins the family."""
        here = standing(tx, phone.address)
        if here is None or here.household is None or phone.draw.random() > 0.03:
            return
        issued = inviting.invite_to_household(
            tx, here.household.id, by=here.person.id, now=self.now
        )
        self.phones.append(self._phone(f"{phone.address.id}+{len(self.phones)}", issued.code))

    def _open_rounds(self, tx: Tx, now: datetime) -> None:
        if (now - BEGIN).days % (ROUND_DAYS + BREAK_DAYS) == 0:
            self.round_opened, until = now, (now + ROUND_DAYS * DAY).date()
            areas.open_round(tx, VILLAGE, questionnaire=ASKED, now=now, until=until)

    def _sweep(self, tx: Tx, now: datetime) -> None:
        self.conversations.sweep(tx, now=now)


def _weight(data: str) -> float:
    return next((weight for start, weight in WEIGHTS.items() if data.startswith(start)), 0)


def _is_done(here: Standing | None, *, since: datetime) -> bool:
    stored = here and here.interview
    return stored is not None and stored.started_at >= since and stored.completed_at is not None
