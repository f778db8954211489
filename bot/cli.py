"""`kkb`: what an operator types. Commands only; what they do is decided elsewhere.

Anything that cannot be done is one line on stderr and exit code 1, never a traceback.
"""

import asyncio
import getpass
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.clock import SystemClock
from bot.settings import Settings, load, write_example
from kkb_core import definitions
from kkb_core.errors import InputRefused
from kkb_core.messaging import Address, Channel, Language, Picture
from kkb_core.reports.pictures import draw
from kkb_core.reports.tables import Format, write_table
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import areas, doctor, exporting, inviting
from kkb_core.services.areas import TakenUp
from kkb_core.services.doctor import Installation, Severity
from kkb_core.services.exporting import Request, What
from kkb_core.services.inviting import Issued
from kkb_core.services.score_file import score_file
from kkb_core.storage import Database, Tx, migrating

T = TypeVar("T")

PARTS = ("web", "poll", "sender", "clock")

app = typer.Typer(
    name="kkb",
    help="The household chatbot of Kampung Keluarga Berkualitas.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
area_app = typer.Typer(help="Which parts of the country take part.", no_args_is_help=True)
round_app = typer.Typer(help="When families are asked.", no_args_is_help=True)
questionnaire_app = typer.Typer(help="What is asked.", no_args_is_help=True)
app.add_typer(area_app, name="area")
app.add_typer(round_app, name="round")
app.add_typer(questionnaire_app, name="questionnaire")

AreaOption = Annotated[str, typer.Option("--area", help="Kemendagri code, as 33.75.04.1004.")]
RwOption = Annotated[int | None, typer.Option(min=1, max=99, help="Only this RW.")]
RtOption = Annotated[int | None, typer.Option(min=1, max=99, help="Only this RT of the RW.")]
OutOption = Annotated[Path | None, typer.Option(help="The file to write.")]


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[Path, typer.Option(help="The settings.")] = Path("config.toml"),
) -> None:
    context.obj = config


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
    steps = migrating.migrate(_settings(context).database.url)
    typer.echo(f"database: {', '.join(steps) if steps else 'nothing to do'}")


@area_app.command("add")
def area_add(
    context: typer.Context,
    codes: Annotated[list[str], typer.Argument(metavar="CODE...", help="Kemendagri codes.")],
) -> None:
    """Take areas up, with their parents; a village gets a round where none is open."""
    current = definitions.load().current

    def take_up(tx: Tx) -> list[TakenUp]:
        return [areas.take_up(tx, one, questionnaire=current, now=_now()) for one in codes]

    for taken in _write(context, take_up):
        typer.echo(_area_line(taken))


@area_app.command("list")
def area_list(context: typer.Context) -> None:
    """List the villages that take part."""
    for taken in _write(context, lambda tx: areas.taking_part(tx, now=_now())):
        typer.echo(_area_line(taken))


@round_app.command("open")
def round_open(
    context: typer.Context,
    area: AreaOption,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Its last day.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What exports call it.")] = None,
) -> None:
    """Open a round for an area and everything inside it; for six months, or until a day."""
    current = definitions.load().current
    last = None if until is None else until.date()

    def open_one(tx: Tx) -> str:
        opened = areas.open_round(
            tx, area, questionnaire=current, now=_now(), until=last, name=name
        )
        zone = areas.known_area(tx, area).zone
        return f"round {opened.name} is open until {areas.last_day(opened, zone)}"

    typer.echo(_write(context, open_one))


@app.command()
def invite(
    context: typer.Context,
    role: Annotated[Role, typer.Option(help="What the person becomes.")],
    area: AreaOption,
    rw: RwOption = None,
    rt: RtOption = None,
    qr: Annotated[Path | None, typer.Option(help="Write a picture to scan, PNG.")] = None,
) -> None:
    """Make an invitation: a village's code for families, a single one for everybody else."""
    settings = _settings(context)
    where = Scope(area, rw, rt)
    issued = _write(context, lambda tx: inviting.issue(tx, Grant(role, where), now=_now()))
    typer.echo(issued.code)
    typer.echo(_terms(issued), err=True)
    username = _username(settings)
    link = inviting.deep_link(username, issued.code) if username else ""
    if link:
        typer.echo(link)
    if qr is not None and not link:
        raise InputRefused("--qr: a link needs [telegram] username; set it and ask again")
    if qr is not None:
        words = {"title": issued.place, "caption": issued.code, "url": link}
        _write_bytes(qr, draw(Picture("qr", words)))


@app.command()
def run(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only this part: {', '.join(PARTS)}.")
    ] = None,
) -> None:
    """Run the bot, or some of its parts."""
    from bot import bootstrap  # noqa: PLC0415  the other commands need not wait for it

    asyncio.run(bootstrap.run(_settings(context), only=set(only) if only else None))


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

    settings = _settings(context)
    held = terminal.Talk(
        _database(settings),
        conversations_of(settings),
        address=Address(Channel.TERMINAL, phone or getpass.getuser()),
        clock=SystemClock(),
        write=typer.echo,
    )
    held.hold(_line)
    lines = "".join(f"{line}\n" for line in held.transcript)
    if transcript is None:
        typer.echo(f"\n{lines}", nl=False)
    else:
        _write_bytes(transcript, lines.encode())


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
) -> None:
    """Write answers or scores to a file; sensitive answers are left out."""
    request = Request(what=what, by=None, scope=None if area is None else Scope(area))
    path = out or Path(f"{what}.{form}")
    database = _database(_settings(context))
    scopes = database.run_now(lambda tx: exporting.permit(tx, request, now=_now()))
    read = definitions.load()

    def write(tx: Tx) -> int:
        rows = exporting.rows_of(tx, request, scopes, definitions=read)
        return write_table(path, rows, form)

    typer.echo(f"{path}: {asyncio.run(database.read(write))} rows")


@app.command("doctor")
def doctor_(context: typer.Context) -> None:
    """Say what is wrong with this installation."""
    findings = doctor.examine(_installation(_settings(context), context.obj), now=_now())
    for found in findings:
        cure = f"; {found.cure}" if found.cure else ""
        typer.echo(f"{found.severity:7}  {found.what}{cure}")
    if any(found.severity is Severity.ERROR for found in findings):
        raise typer.Exit(1)


def _settings(context: typer.Context) -> Settings:
    return load(context.obj, os.environ)


def _installation(settings: Settings, config: Path) -> Installation:
    token = settings.telegram.token
    return Installation(
        database_url=settings.database.url,
        api_base_url=settings.telegram.api_base_url,
        token=None if token is None else token.get_secret_value(),
        secrets=(config,) if config.exists() else (),
        controller=settings.programme.controller,
    )


def _username(settings: Settings) -> str | None:
    telegram = settings.telegram
    if telegram.username or telegram.token is None:
        return telegram.username or None
    return doctor.username(telegram.api_base_url, telegram.token.get_secret_value())


def _terms(issued: Issued) -> str:
    if issued.expires_at is None:
        return f"for every family in {issued.place}, for ever"
    return f"for one person, once, until {issued.expires_at:%Y-%m-%d %H:%M} UTC"


def _database(settings: Settings) -> Database:
    database = Database.open(settings.database.url)
    missing = migrating.behind(database)
    if missing:
        raise InputRefused(f"the database is {len(missing)} steps behind; kkb migrate")
    return database


def _write(context: typer.Context, work: Callable[[Tx], T]) -> T:
    return _database(_settings(context)).run_now(work)


def _now() -> datetime:
    return SystemClock().now()


def _line() -> str | None:
    try:
        return input("> ")
    except EOFError:
        return None


def _write_bytes(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputRefused(f"{path}: cannot be written: {error.strerror}") from error
    typer.echo(f"{path}: written", err=True)


def _area_line(taken: TakenUp) -> str:
    area, opened = taken.area, taken.opened
    asked = ""
    if opened is not None:
        new = "a new round" if opened.is_new else f"round {opened.round.name}"
        asked = f"; {new}, until {areas.last_day(opened.round, area.zone)}"
    return f"{area.code}  {area.name} ({area.zone}){asked}"
