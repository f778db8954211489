"""One raw update to what it means for us, each by itself.

Not through python-telegram-bot: one field it cannot read would cost us the whole batch.
Of an update only what is used here is looked at; a person's name never is. Groups and channels
are not heard: answers are private.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from kkb_core.messaging import Address, Channel, FileKind, MsgIn, SentFile

LARGEST = 2**63  # ids above it fit no column
LONGEST_FILE_ID = 512
LONGEST_NAME = 128
LONGEST_TAP = 256  # ours have 64 bytes at most; a forged one may have any length

# The kinds of update we ask Telegram for.
ALLOWED = ("message", "callback_query", "my_chat_member")

GONE = ("kicked", "left")

# What a person may send where text is asked.
CONTENT = (
    "photo",
    "sticker",
    "voice",
    "contact",
    "location",
    "venue",
    "animation",  # stands before "document", which Telegram adds for old clients
    "document",
    "video",
    "video_note",
    "audio",
    "poll",
    "dice",
    "story",
    "game",
)
# What Telegram writes into a chat by itself; nobody waits for an answer to it.
SERVICE = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "connected_website",
    "chat_background_set",
    "boost_added",
    "chat_shared",
    "users_shared",
)


class Unreadable(Exception):
    """The update is not what the Bot API promises; says where, never what was written."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A person did something; `query` is what a tap is acknowledged with."""

    msg: MsgIn
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """The person blocked the bot."""

    address: Address


@dataclass(frozen=True, slots=True)
class Returned:
    """The person unblocked the bot; they have not written yet."""

    address: Address


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do; why."""

    why: str


Meaning = Heard | Left | Returned | Ignored


def update_id(raw: object) -> int | None:
    """The id an update is kept and acknowledged by; None when it has none that can be."""
    found = raw.get("update_id") if isinstance(raw, Mapping) else None
    return found if _is_id(found) and found >= 0 else None


def lane(raw: Mapping[str, Any]) -> str:
    """Whose line the update stands in; updates of nobody in particular share one."""
    for kind in ALLOWED:
        body = raw.get(kind)
        if isinstance(body, Mapping):
            sender = body.get("from")
            if isinstance(sender, Mapping) and _is_id(sender.get("id")):
                return str(sender["id"])
    return ""


def parse(raw: Mapping[str, Any]) -> Meaning:
    """What *raw* means.

    Raises Unreadable when a field we need is missing or of the wrong kind.
    """
    for kind, read in (
        ("message", _message),
        ("callback_query", _tap),
        ("my_chat_member", _membership),
    ):
        if kind in raw:
            return read(_object(raw, kind))
    return Ignored("another kind of update")


def _message(body: Mapping[str, Any]) -> Meaning:
    chat = _object(body, "chat")
    address = _address(chat)
    if not _private(chat):
        return Ignored("not a private chat")
    msg_id = str(_id(body, "message_id"))
    if "text" in body:
        text = _words(body, "text")
        return Heard(MsgIn(address=address, text=text, msg_id=msg_id))
    if any(kind in body for kind in SERVICE):
        return Ignored("a service message")
    other = next((kind for kind in CONTENT if kind in body), "unknown")
    caption = _words(body, "caption") if "caption" in body else ""
    file = _file(body, other)
    msg = MsgIn(address=address, other=other, file=file, caption=caption, msg_id=msg_id)
    return Heard(msg)


def _file(body: Mapping[str, Any], other: str) -> SentFile | None:
    """A picture in its largest size, or a document; nothing else is ever sent on."""
    match other, body.get(other):
        case "photo", [*_, {"file_id": str(found)}]:
            kind, name = FileKind.PHOTO, ""
        case "document", {"file_id": str(found), **more}:
            kind, name = FileKind.DOCUMENT, str(more.get("file_name", ""))[:LONGEST_NAME]
        case _:
            return None
    if not 0 < len(found) <= LONGEST_FILE_ID:
        return None
    return SentFile(channel=Channel.TELEGRAM, kind=kind, id=found, name=name)


def _tap(body: Mapping[str, Any]) -> Meaning:
    query = _words(body, "id")
    if "message" not in body:  # from an inline message, which we never send
        return Ignored("a tap on nothing of ours")
    message = _object(body, "message")
    chat = _object(message, "chat")
    if not _private(chat):
        return Ignored("not a private chat")
    if "data" not in body:
        return Ignored("a tap without data")
    tap = _words(body, "data")[:LONGEST_TAP]
    msg_id = str(_id(message, "message_id"))
    return Heard(MsgIn(address=_address(chat), tap=tap, msg_id=msg_id), query)


def _membership(body: Mapping[str, Any]) -> Meaning:
    chat = _object(body, "chat")
    address = _address(chat)
    status = _words(_object(body, "new_chat_member"), "status")
    if not _private(chat):
        return Ignored("not a private chat")
    return Left(address) if status in GONE else Returned(address)


def _private(chat: Mapping[str, Any]) -> bool:
    return chat.get("type", "private") == "private" and _id(chat, "id") > 0


def _address(chat: Mapping[str, Any]) -> Address:
    return Address(Channel.TELEGRAM, str(_id(chat, "id")))


def _object(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = parent.get(key)
    if not isinstance(found, Mapping):
        raise Unreadable(f"{key} is not an object")
    return found


def _id(parent: Mapping[str, Any], key: str) -> int:
    found = parent.get(key)
    if not _is_id(found):
        raise Unreadable(f"{key} is not an id")
    return found


def _words(parent: Mapping[str, Any], key: str) -> str:
    found = parent.get(key)
    if not isinstance(found, str):
        raise Unreadable(f"{key} is not text")
    # Half of a UTF-16 pair can be written in JSON and nowhere else.
    return found.encode("utf-8", "replace").decode("utf-8")


def _is_id(found: object) -> TypeGuard[int]:
    return isinstance(found, int) and not isinstance(found, bool) and abs(found) < LARGEST
