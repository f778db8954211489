"""`kkb run`, `demo`, `talk`: the bot at work."""

import asyncio
import getpass
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.app import app, database, settings, write_bytes
from bot.clock import SystemClock
from kkb_core.messaging import Address, Channel

PARTS = ("web", "poll", "sender", "clock")


@app.command()
def run(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only this part: {', '.join(PARTS)}.")
    ] = None,
) -> None:
    """Run the bot, or some of its parts."""
    from bot import bootstrap  # noqa: PLC0415  the other commands need not wait for it

    asyncio.run(bootstrap.run(settings(context), only=set(only) if only else None))


@app.command()
def demo(port: Annotated[int, typer.Option(min=1, max=65535, help="Where.")] = 8080) -> None:
    """The chat in a browser: no token, no settings, a kelurahan that is already there."""
    from bot.demo import run_demo  # noqa: PLC0415  the other commands need not wait for it

    run_demo(port)


@app.command()
def talk(
    context: typer.Context,
    transcript: Annotated[
        Path | None, typer.Option(help="Write the talk here, as lines of a transcript test.")
    ] = None,
    phone: Annotated[str, typer.Option(help="Whose phone this is.")] = "",
) -> None:
    """Talk with the bot in this terminal."""
    from bot import terminal  # noqa: PLC0415  the other commands need not wait for it
    from bot.bootstrap import conversations_of  # noqa: PLC0415

    given = settings(context)
    held = terminal.Talk(
        database(given),
        conversations_of(given),
        address=Address(Channel.TERMINAL, phone or getpass.getuser()),
        clock=SystemClock(),
        write=typer.echo,
    )
    held.hold(_line)
    lines = "".join(f"{line}\n" for line in held.transcript)
    if transcript is None:
        typer.echo(f"\n{lines}", nl=False)
    else:
        write_bytes(transcript, lines.encode())


def _line() -> str | None:
    try:
        return input("> ")
    except EOFError:
        return None
