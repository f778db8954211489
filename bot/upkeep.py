"""What the clock has to be done whoever writes and on whatever channel: one job a subject."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from bot.settings import Settings
from kkb_core.definitions import Definitions
from kkb_core.services import retention, rounds
from kkb_core.services.retention import Terms
from kkb_core.storage import Database

Job = tuple[str, Callable[[datetime], Awaitable[Mapping[str, int]]]]

BATCHES = 20  # transactions of one job in one tick; the rest waits for the next


class Upkeep:
    """The jobs over one database; each returns what it counted."""

    def __init__(self, database: Database, definitions: Definitions, settings: Settings) -> None:
        self._database = database
        self._definitions = definitions
        self._settings = settings

    @property
    def jobs(self) -> Sequence[Job]:
        """Every job with its name, in the order in which they are done."""
        return [("rounds", self.open_rounds), ("retention", self.retain)]

    async def open_rounds(self, now: datetime) -> Mapping[str, int]:
        """Open the rounds that are due."""
        months = self._settings.rounds.every_months
        asked = self._definitions.current
        return await self._database.run(
            lambda tx: rounds.open_due(tx, questionnaire=asked, every_months=months, now=now)
        )

    async def retain(self, now: datetime) -> Mapping[str, int]:
        """Take out what is past its term."""
        terms = Terms(**self._settings.retention.model_dump())
        gone: dict[str, int] = {}
        for _ in range(BATCHES):
            batch = await self._database.run(lambda tx: retention.enforce(tx, terms, now=now))
            if not any(batch.values()):
                break
            gone = {kind: gone.get(kind, 0) + count for kind, count in batch.items()}
        return gone
