"""What an operator may set: config.toml, then the environment (`KKB_SECTION__KEY`) above it.

A typo is no default: every unknown key and wrong value is reported before anything starts, one
line a problem, naming the key, the reason and the cure. A key in `SECRETS` may be read from a file
named by `<key>_file` instead.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.settings.sections import SECTIONS, Mode, Settings
from kkb_core.errors import InputRefused
from kkb_core.hours import next_open

PREFIX = "KKB_"
EXAMPLE = "config.example.toml"
SECRETS = (("database", "url"), ("telegram", "token"), ("telegram", "webhook_secret"))

ENVIRONMENT = "environment"
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)

Tables = dict[str, dict[str, Any]]
Origins = dict[tuple[str, str], str]  # (section, key) to the file it stands in, or ENVIRONMENT


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
    here = Path(__file__).parents[1]
    # Beside this package where it is installed, in the folder above in a checkout.
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
    try:
        next_open(SOME_DAY, "Asia/Jakarta", settings.hours.open_hours())
    except ValueError:
        yield "[hours]: nothing could ever be sent; opens must be before closes, with time between"
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
