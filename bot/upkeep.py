"""What the clock has to be done whoever writes and on whatever channel: one job a subject."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from bot.settings import Settings, Weekday
from kkb_core.definitions import Definitions
from kkb_core.reminders import Rhythm
from kkb_core.services import following_up, reminding, retention, rounds
from kkb_core.services.reminding import Policy
from kkb_core.services.retention import Terms
from kkb_core.services.summarising import Hour
from kkb_core.services.summary_job import SummaryJob
from kkb_core.storage import Database, Tx

Job = tuple[str, Callable[[datetime], Awaitable[Mapping[str, int]]]]

BATCHES = 20  # transactions of one job in one tick; the rest waits for the next


class Upkeep:
    """The jobs over one database; each returns what it counted."""

    def __init__(self, database: Database, definitions: Definitions, settings: Settings) -> None:
        self._database = database
        self._definitions = definitions
        self._settings = settings
        self._policy = policy_of(settings)
        self._summaries = SummaryJob(database, definitions, summary_hour(settings))

    @property
    def jobs(self) -> Sequence[Job]:
        """Every job with its name, in the order in which they are done."""
        return [
            ("rounds", self.open_rounds),
            ("summaries", self._summaries.run),
            ("reminders", self.remind),
            ("follow_up", self.follow_up),
            ("retention", self.retain),
        ]

    async def open_rounds(self, now: datetime) -> Mapping[str, int]:
        """Open the rounds that are due."""
        months = self._settings.rounds.every_months
        asked = self._definitions.current
        return await self._database.run(
            lambda tx: rounds.open_due(tx, questionnaire=asked, every_months=months, now=now)
        )

    async def remind(self, now: datetime) -> Mapping[str, int]:
        """Plan the day of each village whose day has begun."""
        return await self._repeat(
            lambda tx: reminding.plan(tx, self._definitions, self._policy, now=now)
        )

    async def follow_up(self, now: datetime) -> Mapping[str, int]:
        """Let people with work know of what waits for them: each thing once."""
        return await self._database.run(
            lambda tx: following_up.tell_everybody(tx, self._definitions, now=now)
        )

    async def retain(self, now: datetime) -> Mapping[str, int]:
        """Take out what is past its term."""
        terms = Terms(**self._settings.retention.model_dump())
        return await self._repeat(lambda tx: retention.enforce(tx, terms, now=now))

    async def _repeat(self, work: Callable[[Tx], Mapping[str, int]]) -> Mapping[str, int]:
        """A transaction a batch, until one has nothing to do; what all of them counted."""
        counts: dict[str, int] = {}
        for _ in range(BATCHES):
            batch = await self._database.run(work)
            if not any(batch.values()):
                break
            counts = {kind: counts.get(kind, 0) + count for kind, count in batch.items()}
        return counts


def policy_of(settings: Settings) -> Policy:
    """How families are reminded, as the settings have it."""
    return Policy(
        rhythm=Rhythm(**settings.reminders.model_dump()), hours=settings.hours.open_hours()
    )


def summary_hour(settings: Settings) -> Hour:
    """When the week's summary goes out, by each village's own clock."""
    given = settings.summary
    return Hour(day=tuple(Weekday).index(given.day), at=given.time)
