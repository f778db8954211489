"""`kill -9` at any moment: what was acknowledged is there, once; what was not is not half there."""

import asyncio
import contextlib
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from kkb_core.storage import Database, Tx
from kkb_core.storage.tables import addresses, answer_history, updates
from kkb_core.storage.updates import UpdateState
from tests.bot.test_bootstrap import settings
from tests.chaos.bad_server import CALM, BadServer, bad_server
from tests.chaos.crowd import check_histories
from tests.chaos.lengths import LONG, length, seed
from tests.chaos.steadfast import Steadfast
from tests.chaos.test_faults import code_of
from tests.end_to_end.telegram_server import TOKEN

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(7_200)]

KILLS = length(1, 50)  # for each database, and each way updates come in
PEOPLE = 12
LONGEST_LIFE = 1.5  # seconds between the first answer a process takes and its end
PATIENCE = 1.0  # seconds
SHORT = [("sqlite", "polling"), ("postgresql", "webhook")]
WAYS = list(product(("sqlite", "postgresql"), ("polling", "webhook"))) if LONG else SHORT
SECRET = "f" * 48


@dataclass
class Bot:
    """`kkb run` as an operator starts it."""

    config: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "--config", str(self.config), "run",
            env=dict(os.environ), stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def kill(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def end(self) -> int:
        """Stop it as an operator does; its exit code."""
        assert self.process is not None
        self.process.terminate()
        return await self.process.wait()


@pytest.fixture
async def bot(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, server: BadServer
) -> AsyncIterator[Bot]:
    config, port = tmp_path / "config.toml", settings(database_url).web.port
    config.write_text(
        f'database.url = "{database_url}"\nweb.port = {port}\n'
        f'telegram.token = "{TOKEN}"\ntelegram.api_base_url = "{server.address}"\n'
        f'telegram.mode = "{request.param}"\n'
        f'telegram.webhook_url = "https://kkb.example"\ntelegram.webhook_secret = "{SECRET}"\n',
        encoding="utf-8",
    )
    made = Bot(config)
    async with asyncio.TaskGroup() as tasks:
        if request.param == "webhook":
            url = f"http://127.0.0.1:{port}/telegram"
            calling = tasks.create_task(server.deliver(url, SECRET))
        yield made
        if request.param == "webhook":
            calling.cancel()
    if made.process is not None:
        await made.kill()


@pytest.fixture
async def server() -> AsyncIterator[BadServer]:
    async with bad_server(Random(seed()), chances=CALM) as started:
        yield started


@pytest.mark.parametrize(("database_url", "bot"), WAYS, indirect=True)
async def test_whenever_it_is_killed_nothing_is_lost_doubled_or_half_kept(
    bot: Bot, server: BadServer, database: Database
) -> None:
    draw, code = Random(seed()), await code_of(database)
    crowd = Crowd(server, code)

    for number in range(KILLS):
        await bot.start()
        async with crowd.answering():
            await server.changes(crowd.has_answered(), within=20)
            await asyncio.sleep(draw.uniform(0, LONGEST_LIFE))
            await bot.kill()
        await database.read(lambda tx, n=number: crowd.check(tx, f"KKB_SEED={seed()}, kill {n}"))

    await bot.start()
    async with crowd.answering():
        await server.changes(crowd.has_answered(), within=20)
    assert await bot.end() == 0
    print(f"KKB_SEED={seed()}: {KILLS} kills, {crowd.acknowledged} answers acknowledged")
    await database.read(lambda tx: crowd.check(tx, "at the end"))
    assert crowd.acknowledged > KILLS


class Crowd:
    """People who answer at once; who is done with the questionnaire is followed by somebody new."""

    def __init__(self, server: BadServer, code: str) -> None:
        self._server = server
        self._code = code
        self.everybody: list[Steadfast] = []
        self._at_work: list[Steadfast] = []

    @property
    def acknowledged(self) -> int:
        return sum(len(one.acknowledged) for one in self.everybody)

    @contextlib.asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """They answer meanwhile."""
        self._at_work = [one for one in self._at_work if len(one.asked) < 40]
        self._at_work += [self._new() for _ in range(PEOPLE - len(self._at_work))]
        async with asyncio.TaskGroup() as tasks:
            busy = [
                tasks.create_task(one.until(_never, patience=PATIENCE)) for one in self._at_work
            ]
            try:
                yield
            finally:
                for one in busy:
                    one.cancel()

    def has_answered(self) -> Callable[[], bool]:
        """Whether an answer was acknowledged since now."""
        before = self.acknowledged
        return lambda: self.acknowledged > before

    def _new(self) -> Steadfast:
        number = len(self.everybody)
        one = Steadfast(self._server, 1_000 + number, self._code, seed() * 1_000 + number)
        self.everybody.append(one)
        return one

    def check(self, tx: Tx, when: str) -> None:
        """Nothing acknowledged is missing or doubled, nothing is half there."""
        kept = _answers(tx)
        for one in self.everybody:
            for name, value in one.acknowledged.items():
                assert kept[str(one.id), name] == [value], f"{when}: {one.id} answered {name}"
        for (person, name), values in kept.items():
            assert len(set(values)) == len(values) == 1, f"{when}: {person} twice {name}: {values}"
        check_histories(tx)
        _check_updates(tx, when)


def _never() -> bool:
    return False


def _answers(tx: Tx) -> dict[tuple[str, str], list[str]]:
    """Every answer in the history, by who gave it and to what."""
    asked = select(addresses.c.address, answer_history.c.question, answer_history.c.value).join(
        addresses, addresses.c.person_id == answer_history.c.person_id
    )
    found: dict[tuple[str, str], list[str]] = {}
    for row in tx.execute(asked.order_by(answer_history.c.id)):
        found.setdefault((row.address, row.question), []).append(row.value)
    return found


def _check_updates(tx: Tx, when: str) -> None:
    """What is done is forgotten, what is not done is whole, nothing was set aside."""
    states = Counter[str]()
    for row in tx.execute(select(updates)):
        states[row.state] += 1
        assert (row.state == UpdateState.TAKEN.value) == (row.raw is not None), when
    assert states[UpdateState.QUARANTINED.value] == 0, when
