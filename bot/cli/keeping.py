"""`kkb backup`, `restore`: everything in a file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.app import app, settings
from kkb_core.storage import backups


@app.command()
def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="The file to write.")]
) -> None:
    """Copy the whole database into a file, also while the bot runs."""
    backups.backup(settings(context).database.url, file)
    typer.echo(f"{file}: written and checked; keep it encrypted and away from this machine")


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `kkb backup` wrote.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Put a backup in the place of the database; the bot must be stopped."""
    behind = backups.restore(settings(context).database.url, file, force=force)
    typer.echo(f"{file}: restored{'; now run: kkb migrate' if behind else ''}")
