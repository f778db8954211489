"""The outbox: the rate it uses beside AIORateLimiter, its own CPU, and how it grows."""

import asyncio
import json
import logging
import resource
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, process_time, thread_time
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import select
from telegram import Bot
from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, ExtBot

from bot.clock import SystemClock
from bot.telegram.request import SendingRequest
from bot.telegram.sending import TelegramChannel
from kkb_core.hours import Hours
from kkb_core.i18n import ZONE_NAMES
from kkb_core.messaging import Address, MsgOut, Text
from kkb_core.outbox import Lane, Pacer, accepted
from kkb_core.services.dispatch import Dispatcher
from kkb_core.services.hand import BATCH, GROUP
from kkb_core.services.letters import Kind, Rules
from kkb_core.storage import Database, Tx, claims, migrating, outbox, tables
from kkb_core.storage.claims import Settled
from kkb_core.storage.outbox import OWN_HOUR, Wanted
from tests.databases import postgres_server

TOKEN = "123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"  # noqa: S105 - of nobody
RECIPIENTS = 900
ENQUEUED = 100_000
SIZES = (1_000, 10_000, 100_000, 1_000_000)
ALWAYS = Hours(opens=Hours().opens.min, closes=Hours().opens.max, closed=())
NOW = SystemClock().now


def main(recipients: int = RECIPIENTS) -> None:
    """Print the figures; *recipients* is the size of the run in real time."""
    asyncio.run(_rates(recipients))
    with TemporaryDirectory() as folder:
        _sizes("SQLite", f"sqlite:///{folder}/kkb.db")
    server = postgres_server()
    name = server.create()
    try:
        _sizes(
            "PostgreSQL",
            server.url(name),
            # What the server does by itself in the minutes after so many rows went.
            clean=lambda: server.ask("VACUUM ANALYZE outbox", database=name),
        )
    finally:
        server.drop(name)


# -- in real time, over HTTP -------------------------------------------------------------------


class Strict:
    """30 in any second, one a second and chat; whoever wants more is shut out for 3 s."""

    def __init__(self) -> None:
        self.taken = self.refused = 0
        self.first = self.last = 0.0
        self._recent: deque[float] = deque()
        self._chats: dict[str, float] = {}
        self._shut_until = 0.0

    async def answer(self, request: web.Request) -> web.Response:
        """One call of the Bot API."""
        if request.path.endswith("/getMe"):
            return _ok({"id": 1, "is_bot": True, "first_name": "KKB", "username": "kkb_bot"})
        chat = str((await request.json())["chat_id"])
        await asyncio.sleep(0.03)
        now = monotonic()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        if len(self._recent) >= 30 or now - self._chats.get(chat, 0) < 1:
            self._shut_until = now + 3
        if now < self._shut_until:
            self.refused += 1
            body = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
            return web.json_response(body | {"parameters": {"retry_after": 3}}, status=429)
        self._recent.append(now)
        self._chats[chat] = now
        self.taken, self.last = self.taken + 1, now
        self.first = self.first or now
        await asyncio.sleep(0.03)
        return _ok({"message_id": self.taken, "date": 1, "chat": {"id": 1, "type": "private"}})

    def told(self, asked: int) -> str:
        """What of the allowed rate was used, and what was lost."""
        used = (self.taken - 1) / max(self.last - self.first, 0.001) / 30
        return f"{used:7.2%} of the allowed rate, {self.refused} 429s, {asked - self.taken} lost"


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


@asynccontextmanager
async def _serving(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _rates(count: int) -> None:
    print(f"{count} recipients in real time, round trip 60 ms:")
    strict = Strict()
    async with _serving(strict.answer) as address:
        await _by_outbox(address, count)
    print(f"  outbox          {strict.told(count)}")
    strict = Strict()
    if find_spec("aiolimiter") is None:
        print("  AIORateLimiter  needs aiolimiter, which is not installed")
    else:
        async with _serving(strict.answer) as address:
            await _by_limiter(address, count)
        print(f"  AIORateLimiter  {strict.told(count)}")
    async with _serving(_take) as address:
        print(
            f"  a bare aiohttp send: {await _bare(address, 2_000) * 1e6:.0f} µs CPU, server aside"
        )


async def _by_outbox(address: str, count: int) -> None:
    with TemporaryDirectory() as folder:
        database = _opened(f"sqlite:///{folder}/kkb.db", count)
        await database.run(lambda tx: enqueue(tx, 1))
        bot = Bot(TOKEN, base_url=f"{address}/bot", request=SendingRequest())
        await bot.initialize()
        channel = TelegramChannel(bot, lambda _: b"")
        sender = make_sender(database, channel)
        while (await database.read(outbox.accounts))[None].pending:  # noqa: ASYNC110 - no bell
            await asyncio.sleep(min(await sender.stint(), 0.5))
        await bot.shutdown()
        await database.close()


async def _by_limiter(address: str, count: int) -> None:
    logging.getLogger("telegram.ext").setLevel(logging.CRITICAL)  # each loss with a traceback
    bot: Any = ExtBot(
        TOKEN,
        base_url=f"{address}/bot",
        request=SendingRequest(),
        rate_limiter=AIORateLimiter(max_retries=5),
    )
    async with bot:

        async def send(chat: int) -> None:
            try:
                await bot.send_message(chat, "Halo")
            except TelegramError:
                return

        await asyncio.gather(*(send(chat) for chat in range(1, count + 1)))


async def _take(request: web.Request) -> web.Response:
    await request.read()
    return _ok({"message_id": 1})


async def _bare(address: str, count: int) -> float:
    """CPU seconds of one send, the server's own taken off by asking it with next to nothing."""
    body = {"chat_id": 1, "text": "Halo", "parse_mode": "HTML"}
    async with aiohttp.ClientSession() as session:
        begun = process_time()
        for _ in range(count):
            async with session.post(f"{address}/bot/sendMessage", json=body) as answer:
                json.loads(await answer.read())
        whole = process_time() - begun
    return (whole - await _serving_alone(address, count)) / count


async def _serving_alone(address: str, count: int) -> float:
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = b'{"chat_id":1,"text":"Halo","parse_mode":"HTML"}'
    head = f"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    begun = process_time()
    for _ in range(count):
        writer.write(head + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
    used = process_time() - begun
    writer.close()
    return used


# -- the database's share ----------------------------------------------------------------------


class Nowhere:
    """Takes everything at once."""

    async def show(self, _address: Address, _msg: MsgOut) -> list[str]:
        """Say that it is there."""
        return ["1"]


class Unpaced(Pacer):
    """As fast as it goes, but for the grid's bookkeeping."""

    def due(self, chat: str, *, now: float) -> float:  # noqa: ARG002
        """Now."""
        return now


def _sizes(name: str, url: str, *, clean: Callable[[], object] = lambda: None) -> None:
    print(f"{name}:")
    database = _opened(url, max(SIZES))
    before = _peak()
    begun = perf_counter()
    database.run_now(lambda tx: enqueue(tx, 1, limit=ENQUEUED))
    took = perf_counter() - begun
    print(f"  {ENQUEUED:,} rows queued in {took:.2f} s, peak {before:.0f} -> {_peak():.0f} MB")
    asyncio.run(_own_cpu(url))
    asyncio.run(_statements_alone(url))
    for size in SIZES:
        database.run_now(lambda tx: tx.execute(tables.outbox.delete()))
        clean()
        database.run_now(lambda tx, size=size: enqueue(tx, 2, limit=size))
        asyncio.run(_own_cpu(url, size=size, count=1_500))


async def _own_cpu(url: str, *, size: int = ENQUEUED, count: int = 6_000) -> None:
    """CPU of claiming, intending and settling *count* messages, nothing being sent anywhere."""
    database = Database.open(url)
    done = 0

    def told(outcome: str, number: int) -> None:
        nonlocal done
        done += number if outcome == "sent" else 0
        if done >= count:
            stop.set()

    stop = asyncio.Event()
    sender = make_sender(database, Nowhere(), pacer=Unpaced(), told=told)
    used, begun = process_time(), perf_counter()
    while not stop.is_set() and await sender.stint(stop) == 0.0:
        pass
    used, took = process_time() - used, perf_counter() - begun
    print(
        f"  of {size:>9,} queued: {used / done * 1e6:.0f} µs CPU, {took / done * 1e6:.0f} µs each"
    )
    await database.run(lambda tx: tx.execute(tables.leases.delete()))
    await database.close()


async def _statements_alone(url: str, *, count: int = 6_000) -> None:
    """CPU of claim, intent and mark, and of their commits, grouped as the sender groups them."""
    database, holder, now = Database.open(url), "bench:1", NOW()
    until, ready, flown = now + timedelta(minutes=1), [], []

    def errand(tx: Tx) -> None:
        nonlocal ready, flown
        done = [
            Settled(id=row, verdict=accepted(), digest="", platform_msg_id="1") for row in flown
        ]
        claims.settle(tx, done, holder=holder, now=now)
        going, ready = ready[:GROUP], ready[GROUP:]
        flown = [*claims.intend(tx, going, holder=holder, now=now, until=until)]
        if len(ready) < GROUP:
            found = claims.claim(
                tx, "telegram", holder=holder, zones=[OWN_HOUR, *ZONE_NAMES], limit=BATCH, now=now,
                until=until,
            )  # fmt: skip
            ready += [one.id for one in found]

    def own(_: Tx) -> float:
        return thread_time()

    used, inside = process_time(), await database.run(own)
    for _ in range(count // GROUP):
        await database.run(errand)
    inside, used = await database.run(own) - inside, process_time() - used
    print(
        f"  claim, intent, mark and commit alone: {inside / count * 1e6:.0f} µs CPU,"
        f" {used / count * 1e6:.0f} with the way to the writer's thread and back"
    )
    await database.close()


def make_sender(
    database: Database, channel: Any, *, account: str = "telegram", **more: Any
) -> Dispatcher:
    """A sender that says the same to everybody, at any hour."""
    rules = Rules(kinds={"bench": Kind(words=_words)}, hours=ALWAYS)
    given = {"owner": "bench", "now": NOW, "rules": rules} | more
    return Dispatcher(account, database=database, channel=channel, **given)


def _words(_tx: Tx, found: Any, _now: Any) -> list[MsgOut]:
    # As with an announcement: made once for all who read the same language.
    return [MsgOut(text=Text.of("Posyandu besok pagi jam delapan di balai RW."))] * len(found)


def wanted_for(key: str, begins: datetime) -> Wanted:
    """What everybody is to get."""
    return Wanted(
        kind="bench",
        person_id=0,
        dedupe_key=key,
        not_before=begins,
        not_after=begins + timedelta(days=2),
        lane=Lane.BULK,
    )


def enqueue(tx: Tx, number: int, *, limit: int | None = None) -> int:
    """A broadcast to everybody, or to the first *limit*."""
    now = NOW()
    wanted = wanted_for(f"b{number}", now - timedelta(seconds=1))
    people = select(tables.people.c.id).order_by(tables.people.c.id)
    return outbox.put_for(tx, people.limit(limit) if limit else people, wanted, now=now)


def _opened(url: str, count: int) -> Database:
    migrating.migrate(url)
    database = Database.open(url)
    for start in range(1, count + 1, 10_000):
        ids = range(start, min(start + 10_000, count + 1))
        database.run_now(lambda tx, ids=ids: make_people(tx, ids))
    return database


def make_people(tx: Tx, ids: range) -> None:
    """People with a chat each."""
    now = NOW()
    tx.execute(
        tables.people.insert(), [{"id": n, "status": "active", "created_at": now} for n in ids]
    )
    tx.execute(
        tables.addresses.insert(),
        [{"channel": "telegram", "address": str(n), "person_id": n} for n in ids],
    )


def _peak() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
