"""Serves the demo: a database of its own made anew, a clock that can be moved, the simulator."""

import asyncio
import os
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
import uvicorn
from starlette.applications import Starlette

from bot.clock import Clock, SystemClock, VirtualClock
from bot.conversations.router import Conversations
from bot.demo.seeding import (
    ADMIN_PHONE,
    CADRES_PHONE,
    HOUSEHOLDS,
    JENGGOT,
    VILLAGE_CODE,
    Seeded,
    seed,
)
from bot.metrics import exposition
from bot.schedule import Ticker
from bot.sender import broadcast_job, make_sender, process_name
from bot.settings import Hours, Settings
from bot.upkeep import Upkeep
from bot.web.app import make_app
from bot.web.phones import Kind, Phone
from bot.web.simulator import Simulator
from kkb_core import definitions
from kkb_core.broadcast import BroadcastRules
from kkb_core.errors import InputRefused, KkbError
from kkb_core.messaging import Address, Channel, MsgOut
from kkb_core.outbox import Pacer
from kkb_core.storage import Database, areas
from kkb_core.storage.migrating import migrate, migrate_to

log = structlog.get_logger(__name__)

PORT = 8080
HIGHEST_PORT = 65_535
# Of a platform that takes all there is.
AT_ONCE = {"rate": 10_000, "most": 10_000, "a_chat": 0, "first_step": 0}
LOOKS_EVERY = 0.5  # seconds between looks into the outbox
HOST = "127.0.0.1"  # one person's own page; nobody else reaches it


def run_demo(port: int = PORT, *, folder: Path = Path("var")) -> None:
    """Serve the demo on *port* (0: any) until Ctrl-C. Raises InputRefused for a port that is taken."""
    with _listen(port) as listening, suppress(KeyboardInterrupt):
        asyncio.run(_serve(listening, folder))


def demo_app(database: Database, clock: Clock, seeded: Seeded) -> Starlette:
    """The demo's web application over a database that `make_village` filled."""
    return app_of(demo_simulator(database, clock, seeded))


def demo_simulator(database: Database, clock: Clock, seeded: Seeded) -> Simulator:
    """The phones of the demo."""

    async def restart() -> None:
        if isinstance(clock, VirtualClock):
            clock.restart()
        await asyncio.to_thread(remake_village, database, clock)

    known, phones = definitions.load(), _Phones()
    sender = partial(
        make_sender,
        Channel.WEB,
        phones,
        database=database,
        hours=Hours().open_hours(),
        clock=clock,
        owner=process_name(),
    )
    phones.simulator = Simulator(
        database=database,
        conversations=Conversations(known),
        clock=clock,
        phones=(
            Phone("ibu", "Ponsel Ibu", Kind.FAMILY),
            Phone(CADRES_PHONE.id, "Ponsel kader RW 1", Kind.CADRE),
            Phone(ADMIN_PHONE, "Ponsel Admin", Kind.ADMIN),
        ),
        village_code=VILLAGE_CODE,
        zone=ZoneInfo(seeded.area.zone),
        restart=restart,
        tick=Ticker(Upkeep(database, known, Settings()).jobs, clock).tick,
        send=sender().stint,
        catch_up=sender(pacer=Pacer(**AT_ONCE)).stint,
    )
    return phones.simulator


def app_of(simulator: Simulator) -> Starlette:
    """The web application that shows *simulator*."""

    async def readiness() -> list[str]:
        try:
            await simulator.database.read(lambda tx: areas.area(tx, JENGGOT))
        except KkbError as error:
            return [str(error)]
        return []

    return make_app(readiness=readiness, metrics=exposition, simulator=simulator)


def make_village(database: Database, clock: Clock, *, households: int = HOUSEHOLDS) -> Seeded:
    """Migrate an empty database and put the village in."""
    migrate(database)
    known, now = definitions.load(), clock.now()
    return database.run_now(lambda tx: seed(tx, known, now=now, households=households))


def remake_village(database: Database, clock: Clock, *, households: int = HOUSEHOLDS) -> Seeded:
    """Take everything out of the database and put the village in anew."""
    migrate_to(database, "base")
    return make_village(database, clock, households=households)


async def deliver(simulator: Simulator) -> None:
    """Send the outbox to the phones, by the simulator's own clock, for ever."""
    assert simulator.send is not None
    rules = BroadcastRules(hours=Hours().open_hours())
    while True:
        try:
            await simulator.undisturbed(
                partial(broadcast_job, simulator.database, rules, simulator.clock.now())
            )
            await simulator.undisturbed(simulator.send)
            await simulator.sweep()
        except Exception:
            log.exception("the demo's sender failed")
        await asyncio.sleep(LOOKS_EVERY)


class _Phones:
    """The phones as a channel that messages leave by."""

    simulator: Simulator

    async def show(self, address: Address, msg: MsgOut) -> list[str]:
        """Show *msg* on the phone at *address*."""
        return await self.simulator.deliver(address, msg)


async def _serve(listening: socket.socket, folder: Path) -> None:
    port = listening.getsockname()[1]
    clock = VirtualClock(SystemClock().now())
    database = Database.open(f"sqlite:///{_fresh(folder, port)}")
    try:
        seeded = await asyncio.to_thread(make_village, database, clock)
        simulator = demo_simulator(database, clock, seeded)
        config = uvicorn.Config(
            app_of(simulator), log_config=None, access_log=False, lifespan="off"
        )
        sys.stdout.write(
            f"KKB is ready to try: open http://{HOST}:{port} in a browser. Ctrl-C ends it.\n"
        )
        sys.stdout.flush()
        async with asyncio.TaskGroup() as tasks:
            delivering = tasks.create_task(deliver(simulator))
            await uvicorn.Server(config).serve(sockets=[listening])
            delivering.cancel()
    finally:
        await database.close()


def _listen(port: int) -> socket.socket:
    if port not in range(HIGHEST_PORT + 1):
        raise InputRefused(f"port {port} is no port; choose one up to {HIGHEST_PORT}")
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise InputRefused(
            f"port {port} cannot be used ({reason}); choose another: "
            f"kkb demo --port {_another(port)}"
        ) from None


def _another(port: int) -> int:
    return port + 1 if port == PORT else PORT


def _fresh(folder: Path, port: int) -> Path:
    """An unused file; a second demo, on another port, has a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("demo.db" if port == PORT else f"demo-{port}.db")
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return path
