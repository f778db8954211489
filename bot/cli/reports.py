"""`kkb report`: papers a village shows others."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.app import AreaOption, OutOption, app, database, now, settings, write_bytes
from kkb_core import definitions
from kkb_core.messaging import Language
from kkb_core.reports.tables import Format
from kkb_core.services import reporting
from kkb_core.services.reporting import Report, Request


@app.command()
def report(
    context: typer.Context,
    what: Annotated[Report, typer.Argument(help="Which paper.")],
    area: AreaOption,
    language: Annotated[Language, typer.Option(help="Its language.")] = Language.ID,
    seed: Annotated[int, typer.Option(min=0, help="Draws the binder's households.")] = 1,
    form: Annotated[Format, typer.Option("--format", help="Of a rollup.")] = Format.XLSX,
    out: OutOption = None,
) -> None:
    """Make a village's month-end workbook, its report, its binder, or an area's roll-up."""
    request = Request(report=what, code=area, by=None, language=language, seed=seed, form=form)
    opened = database(settings(context))
    read = definitions.load()
    made = opened.run_now(lambda tx: reporting.make(tx, read, request, now=now()))
    write_bytes(out or Path(made.name), made.content)
