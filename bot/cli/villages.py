"""`kkb area`, `round`, `invite`: which villages take part, when, and who."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.app import AreaOption, app, now, settings, write, write_bytes
from bot.settings import Settings
from kkb_core import definitions
from kkb_core.errors import InputRefused
from kkb_core.messaging import Picture
from kkb_core.reports.pictures import draw
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import areas, doctor, inviting, rounds
from kkb_core.services.areas import TakenUp
from kkb_core.services.inviting import Issued
from kkb_core.services.rounds import Listed
from kkb_core.storage import Tx

area_app = typer.Typer(help="Which parts of the country take part.", no_args_is_help=True)
round_app = typer.Typer(help="When families are asked.", no_args_is_help=True)
app.add_typer(area_app, name="area")
app.add_typer(round_app, name="round")

RwOption = Annotated[int | None, typer.Option(min=1, max=99, help="Only this RW.")]
RtOption = Annotated[int | None, typer.Option(min=1, max=99, help="Only this RT of the RW.")]


NumberArgument = Annotated[int, typer.Argument(help="Its number; kkb round list has it.")]


@area_app.command("add")
def area_add(
    context: typer.Context,
    codes: Annotated[list[str], typer.Argument(metavar="CODE...", help="Kemendagri codes.")],
) -> None:
    """Take areas up, with their parents; a village gets a round where none is open."""
    current = definitions.load().current

    def take_up(tx: Tx) -> list[TakenUp]:
        return [areas.take_up(tx, one, questionnaire=current, now=now()) for one in codes]

    for taken in write(context, take_up):
        typer.echo(_area_line(taken))


@area_app.command("list")
def area_list(context: typer.Context) -> None:
    """List the villages that take part."""
    for taken in write(context, lambda tx: areas.taking_part(tx, now=now())):
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
        opened = rounds.open_one(
            tx, area, by=None, questionnaire=current, now=now(), until=last, name=name
        )
        return _round_line(rounds.one(tx, opened.id, by=None), at=now())

    typer.echo(write(context, open_one))


@round_app.command("list")
def round_list(context: typer.Context, area: AreaOption) -> None:
    """List the rounds of an area and inside it: open, to come, and closed within 30 days."""

    def found(tx: Tx) -> list[str]:
        at, code = now(), areas.known_area(tx, area).code
        return [_round_line(one, at=at) for one in rounds.listed(tx, code, now=at)]

    for line in write(context, found):
        typer.echo(line)


@round_app.command("extend")
def round_extend(
    context: typer.Context,
    number: NumberArgument,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Its new last day.")],
) -> None:
    """Let an open round last until another day."""

    def work(tx: Tx) -> str:
        extended = rounds.extend(tx, number, until=until.date(), by=None, now=now())
        return _round_line(extended, at=now())

    typer.echo(write(context, work))


@round_app.command("close")
def round_close(context: typer.Context, number: NumberArgument) -> None:
    """Close an open round now."""
    typer.echo(
        write(
            context,
            lambda tx: _round_line(rounds.close(tx, number, by=None, now=now()), at=now()),
        )
    )


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
    given = settings(context)
    where = Scope(area, rw, rt)
    issued = write(context, lambda tx: inviting.issue(tx, Grant(role, where), now=now()))
    typer.echo(issued.code)
    typer.echo(_terms(issued), err=True)
    username = _username(given)
    link = inviting.deep_link(username, issued.code) if username else ""
    if link:
        typer.echo(link)
    if qr is not None and not link:
        raise InputRefused("--qr: a link needs [telegram] username; set it and ask again")
    if qr is not None:
        words = {"title": issued.place, "caption": issued.code, "url": link}
        write_bytes(qr, draw(Picture("qr", words)))


def _username(settings: Settings) -> str | None:
    telegram = settings.telegram
    if telegram.username or telegram.token is None:
        return telegram.username or None
    return doctor.username(telegram.api_base_url, telegram.token.get_secret_value())


def _terms(issued: Issued) -> str:
    if issued.expires_at is None:
        return f"for every family in {issued.place}, for ever"
    return f"for one person, once, until {issued.expires_at:%Y-%m-%d %H:%M} UTC"


def _round_line(listed: Listed, *, at: datetime) -> str:
    one = listed.round
    state = "to come" if one.opens_at > at else "open" if one.closes_at > at else "closed"
    days = f"{listed.first} to {listed.last}"
    return f"{one.id}  {one.name}  {listed.area.code} {listed.area.name}  {state}, {days}"


def _area_line(taken: TakenUp) -> str:
    area, opened = taken.area, taken.opened
    asked = ""
    if opened is not None:
        new = "a new round" if opened.is_new else f"round {opened.round.name}"
        asked = f"; {new}, until {areas.last_day(opened.round, area.zone)}"
    return f"{area.code}  {area.name} ({area.zone}){asked}"
