"""`kkb report`: papers a village shows others."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.app import AreaOption, OutOption, app, database, now, settings, write_bytes
from kkb_core import definitions
from kkb_core.messaging import Language
from kkb_core.reports.tables import Format
from kkb_core.services import reporting
from kkb_core.services.field_sample import LARGEST_SEED, seed_of
from kkb_core.services.reporting import Report, Request


@app.command()
def report(
    context: typer.Context,
    what: Annotated[Report, typer.Argument(help="Which paper.")],
    area: AreaOption,
    language: Annotated[Language, typer.Option(help="Its language.")] = Language.ID,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=LARGEST_SEED,
            help="Draws the binder's households.",
            show_default="the day, as 20260318",
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Of a rollup.")] = Format.XLSX,
    out: OutOption = None,
) -> None:
    """Make a village's month-end workbook, its report, its binder, or an area's roll-up."""
    drawn_by = seed_of(now().date()) if seed is None else seed
    request = Request(report=what, code=area, language=language, seed=drawn_by, form=form)
    opened = database(settings(context))
    read = definitions.load()
    made = opened.run_now(lambda tx: reporting.make(tx, read, request, now=now()))
    write_bytes(out or Path(made.name), made.content)
