"""TOML read strictly: every key is known, of its kind and there, or the error says which is not."""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from kkb_core.errors import DefinitionError
from kkb_core.messaging import Language
from kkb_core.survey.expressions import ExpressionError, compiled
from kkb_core.survey.questionnaire import LocalText

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

LONGEST_TEXT = 300  # characters; a question fits one small screen
LONGEST_BUTTON = 60
KINDS = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    float: "a number",
}


class Table:
    """One TOML table. Keys are taken out one by one; `done` refuses what nobody took."""

    def __init__(self, where: str, values: Mapping[str, Any]) -> None:
        self.where = where
        self._values = dict(values)
        self._taken: set[str] = set()

    def wrong(self, key: str, what: str) -> DefinitionError:
        """The error to raise: *what* is wrong with *key*, and how to put it right."""
        return DefinitionError(f"{self.where}: {key}: {what}")

    def named(self, name: str) -> None:
        """Say *name* in errors from here on."""
        self.where = f"{self.where} {name}"

    def has(self, key: str) -> bool:
        """Whether *key* was written."""
        return key in self._values

    def raw(self, key: str) -> object:
        """The value of *key* as written, not yet taken."""
        return self._values.get(key)

    def optional(self, key: str, kind: type[T]) -> T | None:
        """The value of *key*, None if it was left out."""
        self._taken.add(key)
        value = self._values.get(key)
        if value is None or type(value) is kind:
            return value
        raise self.wrong(key, f"must be {KINDS[kind]}, not {value!r}")

    def take(self, key: str, kind: type[T]) -> T:
        """The value of *key*, which must be there."""
        value = self.optional(key, kind)
        if value is None:
            raise self.wrong(key, f"is missing; add it ({KINDS[kind]})")
        return value

    def one_of(self, key: str, kinds: type[E]) -> E:
        """The value of *key*, one word of a fixed few."""
        value = self.take(key, str)
        if value not in set(kinds):
            raise self.wrong(key, f"{value!r} is not one of {', '.join(kinds)}")
        return kinds(value)

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty if left out."""
        values = self.optional(key, list) or []
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key, "must be a list of texts")
        return tuple(values)

    def tables(self, key: str) -> list["Table"]:
        """A list of tables; empty if left out."""
        values = self.optional(key, list) or []
        if not all(isinstance(value, dict) for value in values):
            raise self.wrong(key, "must be a list of tables")
        return [Table(f"{self.where}: {key} {n}", value) for n, value in enumerate(values, 1)]

    def table(self, key: str) -> "Table | None":
        """The table under *key*, None if left out."""
        values = self.optional(key, dict)
        return None if values is None else Table(f"{self.where}: {key}", values)

    def text(self, key: str, *, longest: int = LONGEST_TEXT) -> LocalText:
        """A text for a family: in every language, and short enough to be shown."""
        written = self.take(key, dict)
        unknown = sorted(set(written) - set(Language))
        if unknown:
            raise self.wrong(
                key, f"{', '.join(unknown)} is no language; use {', '.join(Language)}"
            )
        missing = [one for one in Language if not str(written.get(one, "")).strip()]
        if missing:
            raise self.wrong(key, f"no text in {', '.join(missing)}; write it, a draft will do")
        for language, words in written.items():
            self._check_length(f"{key}.{language}", words, longest)
        return {language: written[language] for language in Language}

    def optional_text(self, key: str) -> LocalText | None:
        """Like `text`, None if left out."""
        return self.text(key) if self.has(key) else None

    def expression(self, key: str, known: Iterable[str]) -> str | None:
        """An XLSForm expression over the questions in *known*."""
        source = self.optional(key, str)
        if source is not None:
            self.check_expression(key, source, known)
        return source

    def check_expression(self, key: str, source: str, known: Iterable[str]) -> None:
        """Refuse *source* unless it can be read and names only questions in *known*."""
        try:
            names = compiled(source).names
        except ExpressionError as error:
            raise self.wrong(key, f"cannot be read: {error}") from error
        unknown = sorted(names - set(known))
        if unknown:
            cure = "move that question up or correct the name"
            raise self.wrong(key, f"names {unknown[0]!r}, which no earlier question has; {cure}")

    def done(self) -> None:
        """Refuse keys that nobody asked for: a slip of the pen is not a default."""
        unknown = [key for key in self._values if key not in self._taken]
        if unknown:
            near = get_close_matches(unknown[0], self._taken, n=1)
            cure = f"did you mean {near[0]}?" if near else f"known: {', '.join(self._taken)}"
            raise self.wrong(unknown[0], f"is not a key here; {cure}")

    def _check_length(self, key: str, words: object, longest: int) -> None:
        if not isinstance(words, str):
            raise self.wrong(key, f"must be text, not {words!r}")
        if len(words) > longest:
            raise self.wrong(key, f"{len(words)} characters; shorten it to {longest}")


def read_toml(file: str, content: bytes) -> Table:
    """The whole of a file. Raises DefinitionError."""
    try:
        return Table(file, tomllib.loads(content.decode()))
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{file}: is not UTF-8; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{file}: is not TOML: {error}; correct that line") from error


def check_file_name(table: Table, file: str, name: str, version: int) -> None:
    """A file is called after what it holds: `kkb.v1.toml`."""
    if file != f"{name}.v{version}.toml":
        raise table.wrong("version", f"this is {name}.v{version}; call the file so, or correct it")
