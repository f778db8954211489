"""What an operator may set: config.toml, then the environment (`KKB_SECTION__KEY`) above it.

A typo is no default: every unknown key and wrong value is reported before anything starts, one
line a problem, naming the key, the reason and the cure. A key in `SECRETS` may be read from a file
named by `<key>_file` instead.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from kkb_core.errors import InputRefused

PREFIX = "KKB_"
EXAMPLE = "config.example.toml"
SECRETS = (("database", "url"), ("telegram", "token"), ("telegram", "webhook_secret"))

ENVIRONMENT = "environment"

Tables = dict[str, dict[str, Any]]
Origins = dict[tuple[str, str], str]  # (section, key) to the file it stands in, or ENVIRONMENT


class Mode(StrEnum):
    """How Telegram's updates reach us."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class LogLevel(StrEnum):
    """From which weight on a line is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """What a log line looks like."""

    TEXT = "text"
    JSON = "json"


def _database_url(url: str) -> str:
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+asyncpg://" + url.removeprefix(short)
    if not url.startswith(("sqlite://", "postgresql+asyncpg://")):
        raise ValueError("it begins neither with sqlite:// nor with postgresql://")
    return url


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("it begins neither with http:// nor with https://")
    return url.rstrip("/")


def _one_word(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value or any(character.isspace() or character == "/" for character in value):
        raise ValueError("it is empty or has a space or a slash in it")
    return secret


def _webhook_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret.get_secret_value()):
        raise ValueError("it is not 16 to 256 letters, digits, _ and -")
    return secret


WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
OneWord = Annotated[SecretStr, AfterValidator(_one_word)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class Section(BaseModel):
    """One `[section]`; unknown keys are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True
    )


class Database(Section):
    """`[database]`."""

    url: Annotated[str, AfterValidator(_database_url)] = Field(
        "sqlite:///var/kkb.db",
        repr=False,
        description="write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
    )


class Web(Section):
    """`[web]`."""

    host: str = Field("127.0.0.1", min_length=1, description="give the address to listen on")
    port: int = Field(8080, ge=1, le=65535, description="give a port from 1 to 65535")


class Telegram(Section):
    """`[telegram]`; without a token there is no Telegram."""

    token: OneWord | None = Field(None, description="copy the token from @BotFather")
    username: Annotated[str, AfterValidator(lambda name: name.removeprefix("@"))] = Field(
        "", pattern=r"^@?\w*$", description="give the bot's username, without https://t.me/"
    )
    api_base_url: WebAddress = Field(
        "https://api.telegram.org", description="give the address of a Bot API server"
    )
    mode: Mode = Field(Mode.POLLING, description='write "polling" or "webhook"')
    webhook_url: WebAddress | None = Field(
        None, description="give the public https:// address Telegram is to call"
    )
    webhook_secret: WebhookSecret | None = Field(
        None,
        description="make one with: openssl rand -hex 32",
    )


class Programme(Section):
    """`[programme]`: who answers for the data; shown to families before they agree."""

    controller: str = Field("", max_length=300, description="name the office that owns the data")
    contact_office: str = Field(
        "", max_length=300, description="say where a family can ask, in one line"
    )
    officer: str = Field(
        "", max_length=300, description="name the data protection officer and how to reach them"
    )


class Retention(Section):
    """`[retention]`: how long things are kept; families are told the longest terms allowed here."""

    answers_months: int = Field(24, ge=1, le=24, description="families read 24; give 1 to 24")
    notes_months: int = Field(12, ge=1, le=12, description="give 1 to 12")
    consents_months: int = Field(
        60, ge=1, le=60, description="families read 5 years; give 1 to 60"
    )
    messages_days: int = Field(30, ge=1, le=30, description="families read 30; give 1 to 30")
    audit_months: int = Field(60, ge=12, le=120, description="give 12 to 120")


class Rounds(Section):
    """`[rounds]`."""

    every_months: int = Field(
        6, ge=0, le=24, description="give 0 (a round is opened by hand only) to 24"
    )


class Reminders(Section):
    """`[reminders]`: days to wait before the first reminder; the next ones wait as long."""

    not_started_days: int = Field(3, ge=1, le=60, description="give 1 to 60")
    half_way_days: int = Field(1, ge=1, le=60, description="give 1 to 60")
    next_days: int = Field(3, ge=1, le=60, description="give 1 to 60")
    changes_days: int = Field(30, ge=0, le=366, description="give 0 (never), or 1 to 366")


class Log(Section):
    """`[log]`."""

    level: LogLevel = Field(
        LogLevel.INFO, description='write "debug", "info", "warning" or "error"'
    )
    format: LogFormat = Field(LogFormat.TEXT, description='write "text" or "json"')


class Settings(Section):
    """Everything that can be set, checked."""

    database: Database = Field(default_factory=Database)
    web: Web = Field(default_factory=Web)
    telegram: Telegram = Field(default_factory=Telegram)
    programme: Programme = Field(default_factory=Programme)
    retention: Retention = Field(default_factory=Retention)
    rounds: Rounds = Field(default_factory=Rounds)
    reminders: Reminders = Field(default_factory=Reminders)
    log: Log = Field(default_factory=Log)


SECTIONS: Mapping[str, type[Section]] = {
    "database": Database,
    "web": Web,
    "telegram": Telegram,
    "programme": Programme,
    "retention": Retention,
    "rounds": Rounds,
    "reminders": Reminders,
    "log": Log,
}


def keys() -> Iterator[tuple[str, str]]:
    """Every (section, key) that may be set, the `*_file` ones too."""
    for section, model in SECTIONS.items():
        for key in model.model_fields:
            yield section, key
            if (section, key) in SECRETS:
                yield section, f"{key}_file"


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of the file at *path* (may be absent) and of *environ*.

    Raises InputRefused with one line for each thing that is wrong.
    """
    tables, problems = _read(path)
    origins: Origins = {(name, key): str(path) for name in tables for key in (*tables[name], "")}
    _overlay(tables, origins, environ)
    problems += [*_unknown(tables, origins), *_read_secrets(tables, origins)]
    known = {name: table for name, table in tables.items() if name in SECTIONS}
    settings, wrong = _checked(known, origins)
    problems += wrong
    if settings is not None and not problems:
        problems += _contradictions(settings)
    if problems or settings is None:
        raise InputRefused("\n".join(problems))
    return settings


def _checked(tables: Tables, origins: Origins) -> tuple[Settings | None, list[str]]:
    try:
        return Settings.model_validate(tables), []
    except ValidationError as refused:
        # Unknown keys have been named already, with the nearest known one.
        errors = [error for error in refused.errors() if error["type"] != "extra_forbidden"]
        return None, [_wrong(error, tables, origins) for error in errors]


def write_example(path: Path) -> bool:
    """Write a first config.toml that only its owner can read; False where there is one already."""
    here = Path(__file__).parent
    # Beside this file in an installed package, in the folder above in a checkout.
    example = next(one for one in (here / EXAMPLE, here.parent / EXAMPLE) if one.is_file())
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(example.read_bytes())
    except FileExistsError:
        return False
    except OSError as error:
        raise InputRefused(f"{path}: cannot be written ({error.strerror})") from error
    return True


def _read(path: Path | None) -> tuple[Tables, list[str]]:
    if path is None or not path.exists():
        return {}, []
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return {}, [f"{path}: cannot be read ({error.strerror}); check its owner and permissions"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return {}, [f"{path}: is not TOML ({error}); compare it with config.example.toml"]
    tables = {name: dict(table) for name, table in raw.items() if isinstance(table, dict)}
    stray = [name for name in raw if name not in tables]
    return tables, [
        f"{path}: {name} stands outside a section; put it below its [section]" for name in stray
    ]


def _overlay(tables: Tables, origins: Origins, environ: Mapping[str, str]) -> None:
    for name, value in environ.items():
        section, separator, key = name.removeprefix(PREFIX).lower().partition("__")
        if not name.startswith(PREFIX) or not separator or not value:
            continue
        table = tables.setdefault(section, {})
        # The environment wins whole: its token replaces a token_file of the file.
        for other in (f"{key}_file", key.removesuffix("_file")):
            if origins.get((section, other)) != ENVIRONMENT:
                table.pop(other, None)
        table[key] = value
        origins[section, key] = ENVIRONMENT


def _unknown(tables: Tables, origins: Origins) -> Iterator[str]:
    for section, table in tables.items():
        if section not in SECTIONS:
            place = _place(section, next(iter(table), ""), origins)
            yield f"{place}: no such section; {_nearest(section, list(SECTIONS))}"
            continue
        known = [key for there, key in keys() if there == section]
        for key in table.keys() - set(known):
            yield f"{_place(section, key, origins)}: no such key; {_nearest(key, known)}"


def _nearest(word: str, known: list[str]) -> str:
    near = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"


def _read_secrets(tables: Tables, origins: Origins) -> Iterator[str]:
    for section, name in SECRETS:
        table, key = tables.get(section, {}), f"{name}_file"
        if key not in table:
            continue
        place, file = _place(section, key, origins), Path(str(table.pop(key)))
        if name in table:
            yield f"{place}: {name} is set as well; keep one of the two"
            continue
        origins[section, name] = origins[section, key]
        try:
            table[name] = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            yield f"{place}: {file} cannot be read ({error.strerror}); correct the path"
        except UnicodeDecodeError:
            yield f"{place}: {file} is not text; write the secret into it and nothing else"


def _place(section: str, key: str, origins: Origins) -> str:
    source = origins.get((section, key))
    if source == ENVIRONMENT:
        return f"{PREFIX}{section}__{key}".upper()
    return f"{source}: [{section}] {key}".rstrip()


def _wrong(error: ErrorDetails, tables: Tables, origins: Origins) -> str:
    section, key = str(error["loc"][0]), str(error["loc"][1])
    # A secret is never shown, not even one that is wrong.
    given = "" if (section, key) in SECRETS else f"{tables[section][key]!r}: "
    reason = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    cure = SECTIONS[section].model_fields[key].description
    return f"{_place(section, key, origins)}: {given}{reason}; {cure}"


def _contradictions(settings: Settings) -> Iterator[str]:
    telegram = settings.telegram
    if telegram.mode is not Mode.WEBHOOK:
        return
    if telegram.token is None:
        yield '[telegram] mode: "webhook" needs a token; set token or token_file'
    if telegram.webhook_url is None:
        yield '[telegram] mode: "webhook" needs webhook_url; set the public https:// address'
    elif not telegram.webhook_url.startswith("https://"):
        yield "[telegram] webhook_url: Telegram calls only https://; put a proxy with TLS before it"
    if telegram.webhook_secret is None:
        yield '[telegram] mode: "webhook" needs webhook_secret; make one with: openssl rand -hex 32'
