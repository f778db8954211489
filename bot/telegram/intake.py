"""Updates come in: kept in one commit, then acknowledged, then heard, or heard in that commit.

What was kept and not done is done after a restart; what is done is never done again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import structlog

from bot.clock import Clock
from bot.metrics import DATABASE_ERRORS, UPDATES
from bot.telegram.parse import lane, update_id
from bot.telegram.turns import Turns, Update
from kkb_core.errors import DatabaseUnavailable
from kkb_core.messaging import Channel
from kkb_core.storage import Database, Tx, updates

log = structlog.get_logger(__name__)

LEFT = timedelta(seconds=10)  # whoever took an update has begun its turn long before

Sleep = Callable[[float], Awaitable[None]]
Keep = Callable[[Mapping[int, Any]], Callable[[Tx], tuple[int, ...]]]


@dataclass(slots=True)
class _Batch:
    """Updates that share a commit; `kept` is None until it was tried."""

    raws: list[Any] = field(default_factory=list)
    kept: bool | None = None


class Intake:
    """Where Telegram's updates enter, by polling or handed in by a webhook."""

    def __init__(self, *, account: str, database: Database, turns: Turns, clock: Clock) -> None:
        self._account = account
        self._database = database
        self._turns = turns
        self._clock = clock
        self._told: set[int] = set()
        self._arriving = _Batch()
        self._keeping = asyncio.Lock()

    async def recover(self, *, before: datetime | None = None) -> None:
        """Line up what was kept (before then) and never done, by whatever process."""
        count, after = 0, -1
        while kept := await self._kept(after, before):
            for one in kept:
                self._line_up(one.update_id, one.raw)
            count, after = count + len(kept), kept[-1].update_id
        if count:
            log.info("updates from before are taken up", count=count)

    async def _kept(self, after: int, before: datetime | None) -> Sequence[updates.RawUpdate]:
        return await self._database.read(
            lambda tx: updates.pending(tx, self._account, after=after, before=before)
        )

    async def watch(self, *, sleep: Sleep = asyncio.sleep) -> None:
        """For ever take up what a process that died has left, once it is old enough."""
        while True:
            await sleep(LEFT.total_seconds())
            try:
                await self.recover(before=self._clock.now() - LEFT)
            except DatabaseUnavailable as error:
                DATABASE_ERRORS.inc()
                log.warning("nothing could be taken up", reason=str(error))

    async def receive(self, raws: Sequence[Any]) -> bool:
        """Take what a webhook brings; False when it is not kept and has to be brought again.

        What arrives while a commit is under way shares the next one.
        """
        if self._turns.closed:
            return False  # another process, or this one after its restart, hears it sooner
        batch = self._arriving
        batch.raws += raws
        async with self._keeping:
            if batch.kept is None:
                self._arriving = _Batch()
                batch.kept = await self._keep(batch.raws)
        return batch.kept

    async def _keep(self, raws: Sequence[Any]) -> bool:
        try:
            await self.take(raws)
        except DatabaseUnavailable as error:
            DATABASE_ERRORS.inc()
            log.warning("an update was not kept", reason=str(error))
            await self.apologise(raws)
            return False
        return True

    async def take(self, raws: Sequence[Any]) -> None:
        """Keep *raws* in one commit, then line up those that are new.

        Raises DatabaseUnavailable when they are not kept: they must not be acknowledged.
        """
        known = {number: raw for raw in raws if (number := update_id(raw)) is not None}
        if any(update_id(raw) is None for raw in raws):
            log.warning("updates without a usable id are passed over")
        if not known:
            return
        UPDATES.labels(Channel.TELEGRAM).inc(len(known))
        now, keys = self._clock.now(), {number: lane(raw) for number, raw in known.items()}

        def keep(some: Mapping[int, Any]) -> Callable[[Tx], tuple[int, ...]]:
            return lambda tx: updates.take(tx, self._account, some, now=now, keys=keys)

        new = await self._heard_at_once(known, keys, keep)
        if new is None:
            new = await self._database.run(keep(known))
        self._told.clear()
        for number in new:
            self._line_up(number, known[number])

    async def _heard_at_once(
        self, known: Mapping[int, Any], keys: Mapping[int, str], keep: Keep
    ) -> tuple[int, ...] | None:
        """Hear whom nobody keeps waiting in the commit that keeps the rest; which of it are new.

        None when nothing could be kept so: then all are kept first, and heard one by one.
        """
        since = perf_counter()
        heads = self._turns.step_out(
            (keys[number], Update(number, raw, since)) for number, raw in known.items()
        )
        if not heads:
            return None
        out = {update.id for _, update in heads}
        rest = {number: raw for number, raw in known.items() if number not in out}
        return await self._turns.heard_with(heads, keep(rest))

    async def apologise(self, raws: Sequence[Any]) -> None:
        """Tell those who sent *raws*, which could not be kept, that they will be; each once."""
        new = [raw for raw in raws if (number := update_id(raw)) and number not in self._told]
        self._told.update(number for raw in new if (number := update_id(raw)) is not None)
        await asyncio.gather(*(self._turns.apologise(raw) for raw in new))

    def _line_up(self, number: int, raw: Any) -> None:
        self._turns.line_up(lane(raw), Update(number, raw, perf_counter()))
