"""`kkb broadcast`, `kkb outbox`: announcements without the chat, and what waits to be sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.cli.app import app, now, settings, write
from kkb_core import definitions
from kkb_core.broadcast import BroadcastState
from kkb_core.errors import InputRefused
from kkb_core.segments import read
from kkb_core.services import broadcast_course, broadcasting
from kkb_core.services.broadcasting import Acting, DryRun, Refusal
from kkb_core.storage import Tx, outbox, resending
from kkb_core.storage.broadcasts import Broadcast
from kkb_core.storage.outbox import Account

T = TypeVar("T")

outbox_app = typer.Typer(
    help="What waits to be sent, and what became of it.", no_args_is_help=True
)
app.add_typer(outbox_app, name="outbox")

PARTS = ("sent", "failed", "unknown", "blocked", "muted", "stale", "cancelled", "pending")
BroadcastOption = Annotated[int | None, typer.Option(min=1, help="Only this announcement's.")]
KindOption = Annotated[str | None, typer.Option(help="Only this kind's.")]
IdOption = Annotated[list[int] | None, typer.Option("--id", help="Only this row, or these.")]


@app.command()
def broadcast(
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Option(help="The text, UTF-8.")],
    segment: Annotated[str, typer.Option(help="Whom it is for, as 'area:33.75 and rw:2'.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count only; nothing is kept.")
    ] = False,
) -> None:
    """Announce something; to many only when somebody agrees in the chat."""
    text = broadcasting.read_text(_words(file))
    meant = read(segment)

    def announce(acting: Acting) -> tuple[DryRun, Broadcast | Refusal | None]:
        counted = broadcasting.foretell(acting, broadcasting.planned(acting, text, meant))
        if dry_run:
            return counted, None
        made = broadcasting.draft(acting, text, segment=meant)
        assert isinstance(made, Broadcast)
        return counted, broadcast_course.submit(acting, made.id)

    counted, done = _acting(context, announce)
    for line in _dry_run_lines(counted):
        typer.echo(line)
    if isinstance(done, Refusal):
        raise InputRefused("--segment: nobody would get it; widen it, or see why above")
    if done is not None:
        typer.echo(_what_now(done))


@outbox_app.command("show")
def outbox_show(context: typer.Context, broadcast: BroadcastOption = None) -> None:
    """Where everybody stands who was to get something; the parts are always the whole."""
    ids = None if broadcast is None else [broadcast]
    found = write(context, lambda tx: outbox.accounts(tx, ids))
    typer.echo("\t".join(("announcement", "eligible", *PARTS)))
    for number, account in sorted(found.items(), key=lambda pair: pair[0] or 0):
        typer.echo("\t".join(_account_cells(number, account)))


@outbox_app.command("retry")
def outbox_retry(context: typer.Context, kind: KindOption = None, ids: IdOption = None) -> None:
    """Queue anew, once, what failed or came too late; announcements are sent again in the chat."""
    which = resending.Which(kind=kind, ids=tuple(ids or ()))
    rows = write(context, lambda tx: resending.retry(tx, which, now=now()))
    typer.echo(f"{rows} queued anew")


@outbox_app.command("cancel")
def outbox_cancel(
    context: typer.Context,
    broadcast: BroadcastOption = None,
    kind: KindOption = None,
    ids: IdOption = None,
) -> None:
    """Take back what has not left: of an announcement, of a kind, or by row."""
    if broadcast is not None:
        done = _acting(context, lambda acting: broadcast_course.stop(acting, broadcast))
        if isinstance(done, Refusal):
            raise InputRefused(f"--broadcast {broadcast}: it is over already; nothing waits")
        typer.echo(f"announcement {broadcast} is stopped")
        return
    which = resending.Which(kind=kind, ids=tuple(ids or ()))
    if which.everything:
        raise InputRefused("say which: --broadcast, --kind or --id")
    rows = write(context, lambda tx: resending.cancel(tx, which, now=now()))
    typer.echo(f"{rows} cancelled")


def _acting(context: typer.Context, work: Callable[[Acting], T]) -> T:
    given = settings(context)
    rules = given.broadcast.rules(given.hours.open_hours())
    known = definitions.load()

    def act(tx: Tx) -> T:
        return work(Acting(tx=tx, by=None, definitions=known, rules=rules, now=now()))

    return write(context, act)


def _words(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputRefused(f"{file}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{file}: is not UTF-8 text; save it as UTF-8") from error


def _dry_run_lines(run: DryRun) -> list[str]:
    lines = [f"eligible: {run.count.eligible}"]
    lines += [f"left out, {why.value}: {many}" for why, many in run.count.excluded.items()]
    ends = run.ends_at.astimezone(run.zone)
    return [*lines, f"takes {run.seconds} s, ends about {ends:%Y-%m-%d %H:%M} {run.zone.key}"]


def _what_now(done: Broadcast) -> str:
    match done.state:
        case BroadcastState.WAITING:
            return f"announcement {done.id} waits until somebody agrees in the chat"
        case BroadcastState.SCHEDULED:
            return f"announcement {done.id} begins with the next tick of the clock"
    return f"announcement {done.id} is on its way; kkb outbox show --broadcast {done.id}"


def _account_cells(number: int | None, account: Account) -> list[str]:
    counts = [str(getattr(account, part)) for part in PARTS]
    return ["-" if number is None else str(number), str(account.eligible), *counts]
