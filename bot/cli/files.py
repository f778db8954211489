"""`kkb questionnaire`, `score`, `export`: what is asked, and what was answered, as text and files."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.app import OutOption, app, database, now, settings
from kkb_core import definitions
from kkb_core.messaging import Language
from kkb_core.reports.tables import Format, write_table
from kkb_core.roles import Scope
from kkb_core.services import exporting
from kkb_core.services.exporting import Request, What
from kkb_core.storage import Tx

questionnaire_app = typer.Typer(help="What is asked.", no_args_is_help=True)
app.add_typer(questionnaire_app, name="questionnaire")


@questionnaire_app.command("check")
def questionnaire_check(
    folder: Annotated[
        Path | None, typer.Argument(help="Has questionnaires/ and scoring/ in it.")
    ] = None,
) -> None:
    """Read every questionnaire and scoring pack, and say what is wrong."""
    read = definitions.load(folder)
    for one in read.questionnaires.values():
        draft = f", draft: {', '.join(sorted(one.draft))}" if one.draft else ""
        typer.echo(f"{one.id}: {len(one.questions)} questions{draft}, {one.digest[:12]}")
    for pack in read.packs.values():
        typer.echo(f"{pack.name}.v{pack.version}: scores {pack.questionnaire}")


@questionnaire_app.command("show")
def questionnaire_show(
    version: Annotated[str | None, typer.Argument(help="As kkb.v1; the newest.")] = None,
    language: Annotated[Language, typer.Option(help="The language to show.")] = Language.ID,
) -> None:
    """Show every question as a family is asked it."""
    read = definitions.load()
    shown = read.current if version is None else read.questionnaire(version)
    for section in shown.sections:
        typer.echo(f"\n== {section.label[language]}")
        for question in (shown.questions[name] for name in section.questions):
            condition = f"  if {question.relevant}" if question.relevant else ""
            typer.echo(f"{question.name}: {question.label[language]}{condition}")
            for choice in question.choices:
                typer.echo(f"    {choice.name}: {choice.label[language]}")


@app.command()
def score(
    file: Annotated[Path, typer.Argument(help="CSV: a household a line, a question a column.")],
    pack: Annotated[str, typer.Option(help="delapan_fungsi or ibangga.")],
    out: OutOption = None,
) -> None:
    """Score a file of answers."""
    from kkb_core.services.score_file import score_file  # noqa: PLC0415  numpy, ten megabytes

    read = definitions.load()
    wanted = read.pack(pack.replace("-", "_"))
    questionnaire = read.questionnaire(wanted.questionnaire)
    scored = score_file(file, out or sys.stdout, pack=wanted, questionnaire=questionnaire)
    typer.echo(f"{scored.households} households, {scored.with_total} with a total", err=True)


@app.command()
def export(
    context: typer.Context,
    what: Annotated[What, typer.Argument(help="What to write.")],
    form: Annotated[Format, typer.Option("--format", help="How.")] = Format.CSV,
    area: Annotated[str | None, typer.Option(help="Only this area.")] = None,
    out: OutOption = None,
    controller: Annotated[  # noqa: FBT002 - that is how typer reads a switch
        bool,
        typer.Option(
            "--controller", help="For the controller alone: who agreed to statistics and who not."
        ),
    ] = False,
) -> None:
    """Write answers or scores to a file; sensitive answers are left out."""
    where = None if area is None else Scope(area)
    request = Request(what=what, by=None, scope=where, everybody=controller)
    path = out or Path(f"{what}.{form}")
    opened = database(settings(context))
    scopes = opened.run_now(lambda tx: exporting.permit(tx, request, now=now()))
    read = definitions.load()

    def write(tx: Tx) -> int:
        rows = exporting.rows_of(tx, request, scopes, definitions=read)
        return write_table(path, rows, form)

    typer.echo(f"{path}: {asyncio.run(opened.read(write))} rows")
