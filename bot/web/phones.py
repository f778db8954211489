"""The platform side of the simulator: what each phone's screen shows, in memory and bounded.

A phone is to the simulator what Telegram is to a chat: it gives messages their ids, edits and removes
them in place, and keeps old buttons tappable.
"""

from asyncio import Lock
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from kkb_core.messaging import (
    Address,
    Channel,
    Document,
    MsgOut,
    Picture,
    QuickReply,
    SentFile,
    Text,
)

LONGEST_SCREEN = 200  # messages; older ones leave the screen, never the conversation


class Kind(StrEnum):
    """Whose phone it is; a phone looks a little different for each."""

    FAMILY = "family"
    CADRE = "cadre"
    ADMIN = "admin"


class Side(StrEnum):
    """Who said it."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One message as it stands on a screen. `edits` counts how often it was changed in place."""

    id: str
    side: Side
    at: datetime
    text: Text = field(default_factory=Text)
    replies: tuple[tuple[QuickReply, ...], ...] = ()
    picture: Picture | None = None
    document: Document | None = None
    file: SentFile | None = None
    other: str | None = None  # "photo", "sticker": sent by the person, not text
    edits: int = 0


class Phone:
    """One phone with one chat on it. Hold `turn` while the person's turn is being answered."""

    def __init__(self, id: str, title: str, kind: Kind = Kind.FAMILY) -> None:  # noqa: A002 - the word used everywhere
        self.id = id
        self.title = title
        self.kind = kind
        self.turn = Lock()
        self.changes = 0
        self._last_id = 0
        self._screen: dict[str, Shown] = {}

    @property
    def address(self) -> Address:
        """Where conversations reach this phone."""
        return Address(Channel.WEB, self.id)

    @property
    def screen(self) -> list[Shown]:
        """What is on the screen, the oldest first."""
        return list(self._screen.values())

    def message(self, msg_id: str) -> Shown | None:
        """The message with that id, if it is still on the screen."""
        return self._screen.get(msg_id)

    def writes(self, text: str | None = None, *, other: str | None = None, at: datetime) -> str:
        """The person sends *text*, or something that is not text; returns the message's id."""
        said = Text.of(text) if text else Text()
        return self._add(Shown(id="", side=Side.THEIRS, at=at, text=said, other=other))

    def show(self, msg: MsgOut, *, at: datetime) -> str | None:
        """Put *msg* on the screen: removals first, then in place of another or at the end.

        Returns the id it has on the screen; None if it only removed.
        """
        self.remove(msg.removes)
        if not (msg.text or msg.picture or msg.document or msg.file):
            return None
        shown = Shown(
            id="",
            side=Side.OURS,
            at=at,
            text=msg.text,
            replies=msg.replies,
            picture=msg.picture,
            document=msg.document,
            file=msg.file if msg.file and msg.file.channel is Channel.WEB else None,
        )
        before = self._screen.get(msg.replaces) if msg.replaces else None
        if before is None:
            return self._add(shown)
        return self._edit(before, replace(shown, file=shown.file or before.file))

    def remove(self, msg_ids: tuple[str, ...]) -> None:
        """Take messages off the screen; ids that are not there are ignored."""
        for msg_id in msg_ids:
            if self._screen.pop(msg_id, None) is not None:
                self.changes += 1

    def clear(self) -> None:
        """An empty chat again; ids are not used twice, so an old tap cannot hit a new message."""
        self._screen.clear()
        self.changes += 1

    def _add(self, shown: Shown) -> str:
        self._last_id += 1
        msg_id = str(self._last_id)
        self._screen[msg_id] = replace(shown, id=msg_id)
        self.changes += 1
        while len(self._screen) > LONGEST_SCREEN:
            self._screen.pop(next(iter(self._screen)))
        return msg_id

    def _edit(self, before: Shown, shown: Shown) -> str:
        edited = replace(shown, id=before.id, at=before.at, edits=before.edits + 1)
        if replace(edited, edits=before.edits) != before:
            self._screen[before.id] = edited
            self.changes += 1
        return before.id
