"""Announcements as they leave the outbox, what changes them, and word to who has to do with them."""

from collections.abc import Sequence
from datetime import datetime

from bot.conversations.announcing import words
from kkb_core.broadcast import BroadcastState
from kkb_core.i18n import say
from kkb_core.messaging import MsgOut, QuickReply, Text, bold
from kkb_core.services.broadcasting import NOTICE
from kkb_core.services.letters import Kind, Kinds, Letter
from kkb_core.storage import Tx, broadcasts
from kkb_core.storage.broadcasts import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_CHANGE,
    WORK_ANNOUNCEMENT,
    Broadcast,
    Change,
)
from kkb_core.storage.consents import ConsentKind


def _announced(tx: Tx, letters: Sequence[Letter], _now: datetime) -> Sequence[MsgOut | None]:
    wanted = {(one.broadcast_id, one.language) for one in letters}
    found = broadcasts.broadcasts_called(tx, {one for one, _ in wanted if one is not None})
    said = {
        (one, language): None if one not in found else words.announcement(found[one], language)
        for one, language in wanted
    }
    return [said[one.broadcast_id, one.language] for one in letters]


def _changed(tx: Tx, letters: Sequence[Letter], _now: datetime) -> Sequence[MsgOut | None]:
    found = broadcasts.broadcasts_called(tx, {one.params["announcement"] for one in letters})
    return [_change(one, found[one.params["announcement"]]) for one in letters]


def _change(letter: Letter, broadcast: Broadcast) -> MsgOut:
    messages = tuple(letter.params["message"].split(","))  # a file, and its words below it
    match Change(letter.params["how"]):
        case Change.REMOVE:
            return MsgOut(removes=messages)
        case Change.BLANK:
            gone = Text.of(say("office.withdrawn", letter.language))
            return MsgOut(text=gone, replaces=messages[-1])
        case Change.REWRITE:
            again = words.announcement(broadcast, letter.language)
            return MsgOut(text=again.text, replies=again.replies, replaces=messages[-1])


def _noticed(tx: Tx, letters: Sequence[Letter], _now: datetime) -> Sequence[MsgOut | None]:
    found = broadcasts.broadcasts_called(tx, {one.params["announcement"] for one in letters})
    return [_notice(one, found[one.params["announcement"]]) for one in letters]


def _notice(letter: Letter, broadcast: Broadcast) -> MsgOut | None:
    language, about = letter.language, letter.params["about"]
    head = bold(say(f"office.notice_{about}", language, number=broadcast.id))
    look = QuickReply(say("office.do_look", language), f"cast:look:{broadcast.id}:-")
    if about != "approve":
        return MsgOut(text=Text.of(head), replies=((look,),))
    waits = broadcast.state is BroadcastState.WAITING
    if not waits or broadcast.revision != letter.params["revision"]:
        return None
    mark = f"{broadcast.id}:{broadcast.revision}"
    return MsgOut(
        text=Text.lines(
            [
                head,
                say("office.approve_size", language, count=letter.params["size"]),
                "",
                broadcast.text_in(language),
            ]
        ),
        file=broadcast.file,
        replies=(
            (
                QuickReply(say("office.yes", language), f"cast:yes:{mark}"),
                QuickReply(say("office.no", language), f"cast:no:{mark}"),
            ),
        ),
    )


KINDS: Kinds = {
    ANNOUNCEMENT: Kind(words=_announced, consent=ConsentKind.ANNOUNCEMENTS),
    WORK_ANNOUNCEMENT: Kind(words=_announced, work=True),
    ANNOUNCEMENT_CHANGE: Kind(words=_changed, may_repeat=True, work=True),
    NOTICE: Kind(words=_noticed, may_repeat=True, work=True),
}
