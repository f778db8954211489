"""The command itself: its options, and what every command needs of them."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.clock import SystemClock
from bot.settings import Settings, load
from kkb_core.errors import InputRefused
from kkb_core.storage import Database, Tx, migrating

T = TypeVar("T")

app = typer.Typer(
    name="kkb",
    help="The household chatbot of Kampung Keluarga Berkualitas.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AreaOption = Annotated[str, typer.Option("--area", help="Kemendagri code, as 33.75.04.1004.")]
OutOption = Annotated[Path | None, typer.Option(help="The file to write.")]


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[Path, typer.Option(help="The settings.")] = Path("config.toml"),
) -> None:
    context.obj = config


def settings(context: typer.Context) -> Settings:
    """What config.toml and the environment say. Raises InputRefused."""
    return load(context.obj, os.environ)


def database(settings: Settings) -> Database:
    """The database, in the shape this version needs. Raises InputRefused."""
    found = Database.open(settings.database.url)
    missing = migrating.behind(found)
    if missing:
        raise InputRefused(f"the database is {len(missing)} steps behind; kkb migrate")
    return found


def write(context: typer.Context, work: Callable[[Tx], T]) -> T:
    """Do *work* in one transaction."""
    return database(settings(context)).run_now(work)


def now() -> datetime:
    """The system's time."""
    return SystemClock().now()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file and say so. Raises InputRefused."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputRefused(f"{path}: cannot be written: {error.strerror}") from error
    typer.echo(f"{path}: written", err=True)
