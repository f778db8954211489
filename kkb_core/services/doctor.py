"""What is wrong with this installation, found before a family finds it."""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kkb_core import definitions
from kkb_core.errors import DatabaseUnavailable, DefinitionError, InputRefused
from kkb_core.messaging import Picture
from kkb_core.reports import pictures
from kkb_core.storage import Database, Tx, areas, migrating, rounds
from kkb_core.storage.database import file_of, read_url

OTHERS = stat.S_IRWXG | stat.S_IRWXO
SKEW_ALLOWED = timedelta(seconds=30)
ANSWER_WITHIN = 5  # seconds
UNANSWERED = (OSError, HTTPException, ValueError, LookupError, TypeError)


class Severity(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what is so, and the cure where one is needed."""

    severity: Severity
    what: str
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is to be looked at. `secrets` are files that only we may read.

    `webhook_url` is where Telegram calls us, if it does.
    """

    database_url: str
    api_base_url: str
    token: str | None = None
    webhook_url: str | None = None
    secrets: tuple[Path, ...] = ()
    controller: str = ""


@dataclass(frozen=True, slots=True)
class BotAccount:
    """What the Bot API says of itself and of us."""

    username: str
    date: datetime | None  # by the server's clock


def examine(installation: Installation, *, now: datetime) -> list[Finding]:
    """Look at everything; never raises because of what it finds."""
    return [
        *_definitions(),
        *_fonts(),
        *_secret_files(installation.secrets),
        *_programme(installation.controller),
        *_data_folder(installation.database_url),
        *_database(installation.database_url, now),
        *_bot_api(installation, now),
    ]


def ask_bot_api(api_base_url: str, token: str) -> BotAccount:
    """Ask the Bot API who we are. Raises HTTPError when it refuses us, OSError when it is away."""
    told, moment = _asked(api_base_url, token, "getMe")
    return BotAccount(str(told.get("username", "")), moment)


def _asked(api_base_url: str, token: str, method: str) -> tuple[dict[str, Any], datetime | None]:
    request = Request(f"{api_base_url}/bot{token}/{method}")  # noqa: S310  settings allow only http(s)
    with urlopen(request, timeout=ANSWER_WITHIN) as response:  # noqa: S310
        told = dict(json.load(response)["result"])
        date = response.headers.get("Date")
    return told, None if date is None else parsedate_to_datetime(date)


def username(api_base_url: str, token: str) -> str | None:
    """The bot's username; None when the Bot API does not tell."""
    try:
        return ask_bot_api(api_base_url, token).username or None
    except UNANSWERED:
        return None


def _definitions() -> Iterator[Finding]:
    try:
        read = definitions.load()
    except DefinitionError as error:
        yield Finding(Severity.ERROR, f"questionnaires: {error}", "correct the file it names")
        return
    names = ", ".join([*read.questionnaires, *read.packs])
    yield Finding(Severity.OK, f"questionnaires and scoring: {names}")


def _fonts() -> Iterator[Finding]:
    missing = [name for name in pictures.FONT_FILES if not (pictures.FONTS / name).is_file()]
    if missing:
        cure = "install kkb again; pictures need them"
        yield Finding(Severity.ERROR, f"fonts missing: {', '.join(missing)}", cure)
        return
    try:
        pictures.draw(Picture("qr", {"title": "x", "caption": "x", "url": "x"}), width=90)
    except RuntimeError as error:
        yield Finding(Severity.ERROR, f"pictures cannot be drawn: {error}", "install kkb again")
        return
    yield Finding(Severity.OK, "pictures can be drawn")


def _secret_files(files: tuple[Path, ...]) -> Iterator[Finding]:
    for path in files:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS:
            what = f"{path} is open to others on this machine (mode {mode:o})"
            yield Finding(Severity.WARNING, what, f"chmod 600 {path}")


def _programme(controller: str) -> Iterator[Finding]:
    if not controller:
        cure = "set [programme] controller, contact_office and officer before the first family"
        yield Finding(Severity.WARNING, "families are not told who owns their data", cure)


def _data_folder(url: str) -> Iterator[Finding]:
    try:
        file = file_of(read_url(url))
    except InputRefused:
        return  # told with the database
    if file is None:
        return
    for path in (file.parent, file):
        if path.exists() and not _writable(path):
            yield Finding(Severity.ERROR, f"{path} cannot be written", f"chown it to {_user()}")
    if file.exists() and file.stat().st_mode & OTHERS:
        what = f"{file} is open to others on this machine"
        yield Finding(Severity.WARNING, what, f"chmod 600 {file}")
    if not file.exists():
        yield Finding(Severity.ERROR, f"there is no database at {file}", "kkb init")


def _writable(path: Path) -> bool:
    if not path.is_dir():
        return os.access(path, os.W_OK)
    try:
        # Tried, because permissions do not tell of a file system that is mounted read-only.
        with TemporaryFile(dir=path):
            return True
    except OSError:
        return False


def _user() -> str:
    return os.environ.get("USER") or f"user {os.getuid()}"


def _database(url: str, now: datetime) -> Iterator[Finding]:
    try:
        file = file_of(read_url(url))
        if file is not None and not file.exists():
            return  # told with the data folder; opening would make it
        behind = migrating.behind(url)
        if behind:
            what = f"the database is {len(behind)} migrations behind ({', '.join(behind)})"
            yield Finding(Severity.ERROR, what, "kkb migrate")
            return
        yield Finding(Severity.OK, "the database answers and is up to date")
        yield from Database.open(url).run_now(lambda tx: list(_areas(tx, now)))
    except DatabaseUnavailable as error:
        yield Finding(Severity.ERROR, str(error), "check [database] url and that it is running")
    except InputRefused as error:
        yield Finding(Severity.ERROR, str(error))


def _areas(tx: Tx, now: datetime) -> Iterator[Finding]:
    villages = areas.villages(tx)
    if not villages:
        yield Finding(Severity.WARNING, "no kelurahan or desa takes part yet", "kkb area add CODE")
    for village in villages:
        if not _is_zone(village.zone):
            what = f"area {village.code} ({village.name}) has no time zone ({village.zone!r})"
            yield Finding(Severity.ERROR, what, f"kkb area add {village.code}")
        if rounds.round_for(tx, village.code, now=now) is None:
            what = f"area {village.code} ({village.name}) has no open round: nobody is asked"
            yield Finding(Severity.WARNING, what, f"kkb round open --area {village.code}")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return bool(name)


def _bot_api(installation: Installation, now: datetime) -> Iterator[Finding]:
    base, token = installation.api_base_url, installation.token
    if token is None:
        cure = "set [telegram] token_file to talk on Telegram"
        yield Finding(Severity.WARNING, "there is no bot token: nothing is said on Telegram", cure)
        return
    try:
        account = ask_bot_api(base, token)
    except HTTPError as error:
        if error.code in (401, 404):
            cure = "copy the token from @BotFather again, the whole line"
            yield Finding(Severity.ERROR, f"{base} does not know this token", cure)
            return
        yield Finding(Severity.WARNING, f"{base} answered {error.code}", "try again later")
        return
    except UNANSWERED as error:
        what = f"{base} gave no answer ({_reason(error, token)})"
        yield Finding(
            Severity.WARNING, what, "check the network, a proxy, [telegram] api_base_url"
        )
        return
    yield Finding(Severity.OK, f"the bot is @{account.username}")
    yield from _clock(account.date, now)
    yield from _webhook(installation, token)


def _webhook(installation: Installation, token: str) -> Iterator[Finding]:
    try:
        told, _ = _asked(installation.api_base_url, token, "getWebhookInfo")
    except UNANSWERED:
        return  # servers of others need not know webhooks
    url, ours = str(told.get("url", "")), installation.webhook_url
    if url and url != ours:
        what = f"a webhook at {urlsplit(url).hostname} gets this bot's updates"
        yield Finding(Severity.ERROR, what, "stop that program; kkb webhook remove")
    elif url and told.get("last_error_message"):
        what = f"Telegram's last failed call to us: {told['last_error_message']}"
        yield Finding(Severity.WARNING, what, "check the proxy and its certificate")


def _reason(error: Exception, token: str) -> str:
    # An exception may carry the address, and the address the token.
    return str(getattr(error, "reason", error)).replace(token, "…")


def _clock(theirs: datetime | None, now: datetime) -> Iterator[Finding]:
    if theirs is None:
        return
    skew = abs(now - theirs)
    if skew > SKEW_ALLOWED:
        what = f"this machine's clock is {skew.total_seconds():.0f} s off Telegram's"
        yield Finding(Severity.ERROR, what, "timedatectl set-ntp true")
