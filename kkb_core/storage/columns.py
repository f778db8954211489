"""Column types that read and write the same on SQLite and on PostgreSQL."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

# Unpaired halves of UTF-16 pairs and the NUL character: no text column of PostgreSQL takes them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_REPLACEMENT = "\ufffd"

Id = BigInteger().with_variant(Integer(), "sqlite")
# Prefixes of area codes are found by comparing, so the order must be that of the characters.
AreaCode = String(13).with_variant(String(13, collation="C"), "postgresql")
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def storable(text: str) -> str:
    """*text* with what no database can hold replaced by the sign for "unreadable"."""
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def dumped(value: Any) -> str:
    """JSON as it is stored: compact, letters as themselves."""
    written = _ENCODER.encode(value)
    if "\\u0000" in written or not (written.isascii() or _UNSTORABLE.search(written) is None):
        return _ENCODER.encode(_storable_json(value))
    return written


def _storable_json(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): _storable_json(item) for key, item in value.items()}
        case list() | tuple():
            return [_storable_json(item) for item in value]
    return value


class Words(TypeDecorator[str]):
    """Text of any length that may come from a person."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Replace what cannot be stored."""
        return None if value is None else storable(value)


class Instant(TypeDecorator[datetime]):
    """A moment: aware going in, kept in UTC, aware UTC coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse a time that does not say its zone: it would be wrong by hours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """SQLite gives the zone away; it is always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
