"""A small conversation for tests of what surrounds conversations."""

from collections.abc import Callable
from datetime import datetime

from kkb_core.messaging import Address, Language, MsgIn, MsgOut, QuickReply, Text
from kkb_core.storage import Tx
from kkb_core.storage.standing import arrive

YES = ((QuickReply("Ya", "a:1"),),)


class Echo:
    """Says back what it heard. `broken` words raise; `answer` may say something else."""

    def __init__(self) -> None:
        self.heard: list[MsgIn] = []
        self.on_screen: list[tuple[Address, str]] = []
        self.language = Language.ID
        self.answer: Callable[[MsgIn], list[MsgOut]] = echoed

    def turn(self, tx: Tx, msg: MsgIn, *, now: datetime) -> list[MsgOut]:
        arrive(tx, msg.address, now=now)
        if msg.text == "broken":
            raise ZeroDivisionError
        self.heard.append(msg)
        return self.answer(msg)

    def shown(self, tx: Tx, address: Address, msg_id: str, *, now: datetime) -> None:
        self.on_screen.append((address, msg_id))

    def menu(self, tx: Tx, address: Address) -> tuple[Language, list[tuple[str, str]]]:
        return self.language, [("mulai", f"Begin in {self.language.value}")]

    def sweep(self, tx: Tx, *, now: datetime) -> list[tuple[Address, MsgOut]]:
        return []


def echoed(msg: MsgIn) -> list[MsgOut]:
    replaces = msg.msg_id if msg.tap is not None else None
    said = Text.of("heard ", msg.text or msg.tap or msg.other or "")
    return [MsgOut(text=said, replies=YES, replaces=replaces)]
