"""A family that answers everything it is asked, by tapping what a phone shows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from kkb_core import definitions
from kkb_core.roles import Scope
from kkb_core.services import areas, inviting
from kkb_core.storage import Database
from kkb_core.survey.questionnaire import QuestionType
from tests.end_to_end.telegram_server import Person, Shown

JENGGOT = "33.75.04.1004"

# What is tapped where no question is asked, by how the button's data begins; the first that fits.
CHOICES = (
    "lang:id",
    "adult:yes",
    "consent:yes",
    "join:name:",
    "same:yes",
    "home:on",
    "home:",
)
TYPED = {QuestionType.INTEGER: "30", QuestionType.DATE: "1990-03-09", QuestionType.TEXT: "biasa"}


async def open_village(database: Database) -> str:
    """Jenggot takes part, a round is open; the code that lets families in."""
    now = datetime.now(UTC)  # noqa: TID251 - the bot under test lives in the real time too
    asked = definitions.load().current

    def work(tx):
        areas.add_area(tx, JENGGOT)
        areas.ensure_round(tx, JENGGOT, questionnaire=asked, now=now)
        return inviting.village_code(tx, Scope(JENGGOT), by=None, now=now).code

    return await database.run(work)


@dataclass
class Family:
    """One phone, and what was asked on it: `asked` has a question's name each time it came up."""

    person: Person
    code: str
    asked: list[str] = field(default_factory=list)
    taps: list[tuple[str, int]] = field(default_factory=list)
    _typed: int = 0

    async def begin(self) -> None:
        """From the first hello to the first question."""
        await self.person.types(f"/start {self.code}")
        while not self.asked:
            await self.step()

    async def step(self) -> Shown:
        """Do the one thing the screen asks for; what stood there."""
        shown = await self.person.prompt()
        data = [button["callback_data"] for button in shown.buttons if "callback_data" in button]
        if data in ([], ["join:back:"]):
            await self._types_a_place()
            return shown
        question = next((one.split(":")[2] for one in data if one.startswith("n:")), None)
        if question is not None:
            await self._answers(question, data, shown)
        else:
            await self._taps(self._choice(data), shown)
        return shown

    async def _answers(self, name: str, data: list[str], shown: Shown) -> None:
        ticks = [one for one in data if one.startswith("p:")]
        if not ticks or name not in self.asked[-1:]:
            self.asked.append(name)
            unticked = [one for one in ticks if "+" in one]
            answers = [one for one in data if one.startswith("a:")] or unticked
        else:
            answers = [one for one in data if one.endswith(":done")]
        if answers:
            # A large family: with everybody in it, every question comes up.
            await self._taps(answers[-1 if name == "members" else 0], shown)
        else:
            asked = definitions.load().current.questions[name]
            await self.person.types("40" if asked.unit else TYPED.get(asked.type, "2"))

    async def _taps(self, data: str, shown: Shown) -> None:
        self.taps.append((data, shown.id))
        await self.person.taps_data(data, shown)

    async def _types_a_place(self) -> None:
        self._typed += 1
        await self.person.types("2")

    @staticmethod
    def _choice(data: list[str]) -> str:
        safe = [one for one in data if one.endswith(":safe")]
        for wanted in CHOICES:
            safe += [one for one in data if one.startswith(wanted)]
        return (safe or data)[0]
