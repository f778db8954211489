"""People who answer what they are asked, whatever becomes of the replies; and what they will have said."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from random import Random
from typing import Any

from kkb_core import definitions
from kkb_core.survey import interview as talk
from kkb_core.survey.interview import SKIPPED, UNKNOWN, Interview, Tap
from tests.chaos.bad_server import BadServer
from tests.end_to_end.telegram_server import Shown

ONWARD = ("lang:id", "adult:yes", "consent:yes", "join:name:", "same:yes", "home:on", "permit:")
DETOURS = ("back", "why", "later")  # they lead away from a question and never change an answer
ASKED = definitions.load().current


def choice(seed: int, name: str, offered: list[str]) -> str:
    """What this family says to a question: always the same, whenever it is asked."""
    digest = sha256(f"{seed}:{name}".encode()).digest()
    if digest[1] < 20 and not ASKED.questions[name].required:
        return SKIPPED
    if not offered or digest[1] > 235:
        return UNKNOWN
    return offered[digest[0] % len(offered)]


def will_have_said(seed: int, sections: int) -> dict[str, str]:
    """The answers of this family after so many sections, told by the interview alone."""
    turn = talk.start(ASKED)
    while not _enough(turn.interview, sections):
        turn = _replied(seed, turn.interview)
    return dict(turn.interview.answers)


def _enough(interview: Interview, sections: int) -> bool:
    return all(talk.is_complete(ASKED, interview, one.name) for one in ASKED.sections[:sections])


def _replied(seed: int, interview: Interview) -> talk.Turn:
    name = interview.waiting_for
    if name is None:
        return talk.go_on(ASKED, interview)
    tap = Tap(name, interview.revision)
    if interview.asking_safety:
        return talk.resume(ASKED, interview, "safe", tap=tap)
    value = choice(seed, name, buttons_of(interview))
    if value == SKIPPED:
        return talk.skip(ASKED, interview, tap=tap)
    return talk.resume(ASKED, interview, value, tap=tap)


def buttons_of(interview: Interview) -> list[str]:
    """The answers that have a button of their own; ticks and typed ones have none."""
    assert interview.waiting_for is not None
    question = ASKED.questions[interview.waiting_for]
    if question.type.value != "select_one":
        return []
    return [one.name for one in talk.choices_now(ASKED, interview, question.name)]


@dataclass
class Steadfast:
    """Somebody who taps on; who hears nothing asks where they are; who is unsure taps twice.

    `acknowledged` has what they answered and saw taken; `asked` each question as it was first shown.
    """

    server: BadServer
    id: int
    code: str
    seed: int
    acknowledged: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    detours: bool = True
    _pending: tuple[str, str] | None = None
    _used: set[str] = field(default_factory=set)
    _detoured: set[str] = field(default_factory=set)
    _numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._draw = Random(f"{self.seed}:{self.id}")

    async def until(self, done: Callable[[], bool], *, patience: float) -> None:
        """Answer until *done*; who waited *patience* seconds, and then longer each time, asks where they are."""
        screen, unheard = self.server.screens[self.id], 0
        if not screen.said:
            await self.types(f"/start {self.code}")
        while not done():
            shown = screen.newest
            if shown is not None and (tap := self._tap(shown)) is not None:
                await self._act(tap, shown)
            said = len(screen.said)
            moved = await self.server.changes(
                lambda s=said: len(screen.said) > s, within=patience * 2**unheard
            )
            unheard = 0 if moved else min(unheard + 1, 5)
            if not moved:
                started = shown is not None or screen.said
                await self.types("/lanjut" if started else f"/start {self.code}")
            self._see()

    async def types(self, text: str) -> None:
        """Write *text*."""
        await self._sends("message", message_id=next(self._numbers) + 500_000, text=text)

    async def taps(self, data: str, msg_id: int) -> None:
        """Tap a button that says *data*."""
        chat = {"id": self.id, "type": "private"}
        message = {"message_id": msg_id, "date": 1, "chat": chat, "text": "?"}
        await self._sends(
            "callback_query", id=f"q{self.id}.{next(self._numbers)}", message=message, data=data
        )

    async def _act(self, data: str, shown: Shown) -> None:
        self._used.add(_once(data, shown))
        if data.startswith(("a:", "n:")):
            verb, _, name, _, value = data.split(":")
            kept = {"dk": UNKNOWN, "skip": SKIPPED}.get(value, value if verb == "a" else None)
            self._pending = None if kept is None else (name, kept)
        for _ in range(self._draw.choice((1, 1, 1, 1, 1, 1, 1, 2, 3)) if self.detours else 1):
            await self.taps(data, shown.id)

    def _see(self) -> None:
        """An answer is acknowledged when something else is asked under it."""
        shown = self.server.screens[self.id].newest
        if self._pending is None or shown is None:
            return
        name, value = self._pending
        if "✓" in shown.text and f":{name}:" not in str(shown.keyboard):
            self.acknowledged[name] = value
            self._pending = None

    def _tap(self, shown: Shown) -> str | None:
        data = [button["callback_data"] for button in shown.buttons if "callback_data" in button]
        question = next((one.split(":")[2] for one in data if one.startswith("n:")), None)
        if question is not None and question not in self.asked:
            self.asked.append(question)
        wanted = self._other(data) if question is None else self._answer(question, data)
        return None if wanted is None or _once(wanted, shown) in self._used else wanted

    def _answer(self, name: str, data: list[str]) -> str:
        if self.detours and name not in self._detoured and self._draw.random() < 0.15:
            self._detoured.add(name)
            detour = self._draw.choice(DETOURS)
            return next(one for one in data if one.endswith(f":{detour}"))
        select_one = ASKED.questions[name].type.value == "select_one"
        offered = [one.split(":")[4] for one in data if one.startswith("a:")] if select_one else []
        value = choice(self.seed, name, offered)
        word = {SKIPPED: "skip", UNKNOWN: "dk"}.get(value)
        if word is not None:
            return next(one for one in data if one.endswith(f":{word}"))
        return next(one for one in data if one.startswith("a:") and one.endswith(f":{value}"))

    def _other(self, data: list[str]) -> str | None:
        safe = [one for one in data if one.endswith(":safe")]
        return next(iter(safe), None) or next(
            (one for wanted in ONWARD for one in data if one.startswith(wanted)), None
        )

    async def _sends(self, kind: str, **body: Any) -> None:
        chat = {"id": self.id, "type": "private"}
        body = {
            "from": {**chat, "is_bot": False},
            "date": 1,
            **({"chat": chat} if kind == "message" else {}),
            **body,
        }
        await self.server.enqueue_update({kind: body})


def _once(data: str, shown: Shown) -> str:
    """What is not tapped twice: a button of one revision, or any other button of one message."""
    return data if data.startswith(("a:", "n:", "s:")) else f"{shown.id} {data}"
