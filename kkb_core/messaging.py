"""The words every room speaks: who wrote, what they wrote, what we say back.

All of it is plain values that survive being written out as JSON and read back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self


class Language(StrEnum):
    """A language a person may choose; `id` is the one everything exists in."""

    ID = "id"
    JV = "jv"
    EN = "en"


class Channel(StrEnum):
    """A platform people write to us on."""

    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"
    WEB = "web"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person is reached: a channel and the channel's own id for the chat."""

    channel: Channel
    id: str


class FileKind(StrEnum):
    """What a file that somebody sent is."""

    PHOTO = "photo"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A picture or document that lies with a channel, and is shown again there by its id."""

    channel: Channel
    kind: FileKind
    id: str
    name: str = ""

    def as_json(self) -> dict[str, str]:
        """A JSON value that `from_json` reads back."""
        return {
            "channel": self.channel.value,
            "kind": self.kind.value,
            "id": self.id,
            "name": self.name,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> Self:
        """Read what `as_json` wrote."""
        return cls(
            channel=Channel(value["channel"]),
            kind=FileKind(value["kind"]),
            id=value["id"],
            name=value["name"],
        )


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style."""

    text: str
    bold: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """What is said: spans, never markup, so nothing a person typed can break a send."""

    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, *parts: "str | Span | Text") -> Self:
        """Join strings, spans and texts."""
        spans: list[Span] = []
        for part in parts:
            match part:
                case str():
                    spans.append(Span(part))
                case Span():
                    spans.append(part)
                case Text():
                    spans.extend(part.spans)
        return cls(tuple(spans))

    @classmethod
    def lines(cls, parts: "Iterable[str | Span | Text]") -> Self:
        """One part a line."""
        joined: list[str | Span | Text] = []
        for number, part in enumerate(parts):
            if number:
                joined.append("\n")
            joined.append(part)
        return cls.of(*joined)

    def __add__(self, other: "str | Span | Text") -> "Text":
        return Text.of(self, other)

    def __str__(self) -> str:
        return "".join(span.text for span in self.spans)

    def __bool__(self) -> bool:
        return any(span.text for span in self.spans)

    def as_json(self) -> list[Any]:
        """A JSON value that `from_json` reads back."""
        return [
            span.text
            if not span.bold and span.link is None
            else {"text": span.text, "bold": span.bold, "link": span.link}
            for span in self.spans
        ]

    @classmethod
    def from_json(cls, value: Iterable[Any]) -> Self:
        """Read what `as_json` wrote."""
        return cls(tuple(Span(v) if isinstance(v, str) else Span(**v) for v in value))


def bold(text: str) -> Span:
    """*text* in bold."""
    return Span(text, bold=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class MsgIn:
    """One thing a person did: wrote, tapped, or sent something that is not text.

    Exactly one of `text`, `tap` and `other` is set; `file` and `caption` may go with `other`.
    `msg_id` is the channel's id of the message written, or of the message whose button was tapped.
    """

    address: Address
    text: str | None = None
    tap: str | None = None
    other: str | None = None  # "photo", "sticker", "voice", "contact", "location", ...
    file: SentFile | None = None
    caption: str = ""
    msg_id: str | None = None


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A button: what it says, and at most 64 bytes of what it means; or a link to open."""

    label: str
    data: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to be drawn after the commit: which one, and its numbers and words."""

    kind: str  # "result", "qr"
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A file to send."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MsgOut:
    """One message to the person who wrote.

    `replaces` is the id of our own message that this one takes the place of; a channel that cannot
    edit sends a new one. `removes` are ids, ours or the person's, to take off the screen first.
    A `private` message's id is kept so that it can be taken off the screen later.
    An empty `text` with `removes` only removes. A channel that `file` does not lie with shows the
    words alone.
    """

    text: Text = field(default_factory=Text)
    replies: tuple[tuple[QuickReply, ...], ...] = ()
    replaces: str | None = None
    removes: tuple[str, ...] = ()
    picture: Picture | None = None
    document: Document | None = None
    file: SentFile | None = None
    private: bool = False
