"""`kkb init`, `migrate`, `doctor`: an installation, and what is wrong with it."""

from pathlib import Path

import typer

from bot.cli.app import app, now, settings
from bot.settings import Settings, write_example
from kkb_core.services import doctor
from kkb_core.services.doctor import Installation, Severity
from kkb_core.storage import migrating


@app.command()
def init(context: typer.Context) -> None:
    """Write config.toml where there is none, and make the database."""
    path: Path = context.obj
    made = write_example(path)
    typer.echo(f"{path}: {'written; read it through' if made else 'is there, left as it is'}")
    migrate(context)


@app.command()
def migrate(context: typer.Context) -> None:
    """Bring the database to the shape this version needs."""
    steps = migrating.migrate(settings(context).database.url)
    typer.echo(f"database: {', '.join(steps) if steps else 'nothing to do'}")


@app.command("doctor")
def doctor_(context: typer.Context) -> None:
    """Say what is wrong with this installation."""
    findings = doctor.examine(_installation(settings(context), context.obj), now=now())
    for found in findings:
        cure = f"; {found.cure}" if found.cure else ""
        typer.echo(f"{found.severity:7}  {found.what}{cure}")
    if any(found.severity is Severity.ERROR for found in findings):
        raise typer.Exit(1)


def _webhook_url(settings: Settings) -> str | None:
    from bot.telegram.webhook import hook_at  # noqa: PLC0415  the other commands need not wait

    base = settings.telegram.webhook_url
    return None if base is None else hook_at(base)


def _installation(settings: Settings, config: Path) -> Installation:
    token = settings.telegram.token
    return Installation(
        database_url=settings.database.url,
        api_base_url=settings.telegram.api_base_url,
        token=None if token is None else token.get_secret_value(),
        webhook_url=_webhook_url(settings),
        secrets=(config,) if config.exists() else (),
        controller=settings.programme.controller,
    )
