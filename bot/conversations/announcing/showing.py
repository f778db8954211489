"""An announcement on its author's screen: a draft with its buttons, or how it goes."""

from functools import partial

from bot.conversations.announcing import words
from bot.conversations.announcing.desk import area_name
from bot.conversations.exchange import Exchange, Said
from kkb_core.broadcast import BroadcastState
from kkb_core.messaging import Language, MsgOut, QuickReply, bold
from kkb_core.outbox import digest
from kkb_core.services import broadcast_course, broadcasting
from kkb_core.storage import Tx, broadcasts
from kkb_core.storage.broadcasts import Broadcast, Watch


def show(exchange: Exchange, broadcast: Broadcast, *lead: Said) -> None:
    """The draft as it is, or, once it is under way, how it goes, followed in this message."""
    if broadcast.state is BroadcastState.DRAFT:
        _show_draft(exchange, broadcast, *lead)
    else:
        _show_course(exchange, broadcast, *lead)


def _show_draft(exchange: Exchange, broadcast: Broadcast, *lead: Said) -> None:
    mark = broadcast.id
    exchange.show(
        *lead,
        bold(exchange.words("office.draft", number=mark)),
        broadcast.text_in(exchange.language),
        "",
        *_attached(exchange, broadcast),
        exchange.words("office.languages", languages=_languages(exchange, broadcast)),
        exchange.words("office.for", who=segment_words(exchange, broadcast)),
        replies=(
            (
                exchange.button("office.choose_who", f"cast:who:{mark}:and"),
                exchange.button("office.count", f"cast:count:{mark}:-"),
            ),
            tuple(
                QuickReply(
                    exchange.words(
                        "office.edit_text", language=exchange.words(f"language.{one.value}")
                    ),
                    f"cast:text:{mark}:{one.value}",
                )
                for one in Language
            ),
            (
                exchange.button("office.detach", f"cast:detach:{mark}:-")
                if broadcast.file
                else exchange.button("office.attach", f"cast:attach:{mark}:-"),
                exchange.button("office.drop", f"cast:drop:{mark}:-"),
            ),
        ),
    )


def _show_course(exchange: Exchange, broadcast: Broadcast, *lead: Said) -> None:
    glance_at(exchange, broadcast, *lead)
    follow(exchange, broadcast, told=bool(lead))


def glance_at(exchange: Exchange, broadcast: Broadcast, *lead: Said) -> None:
    """How it goes at this moment."""
    msg = course(exchange.tx, broadcast, exchange.language)
    exchange.show(*lead, msg.text, replies=msg.replies)


def follow(exchange: Exchange, broadcast: Broadcast, *, told: bool = False) -> None:
    """The message just shown in the place of a tapped one is edited as it goes on."""
    shown = exchange.said[-1].replaces
    if shown is None:
        return
    seen = Watch(
        broadcast=broadcast.id,
        person=exchange.person,
        address=exchange.msg.address,
        msg_id=shown,
        shown="" if told else digest(course(exchange.tx, broadcast, exchange.language)),
    )
    broadcasts.save_watch(exchange.tx, seen)


def course(tx: Tx, broadcast: Broadcast, language: Language) -> MsgOut:
    """How it goes, as it stands in the database."""
    account = broadcast_course.account_of(tx, broadcast)
    zone = broadcasting.zone_of(tx, broadcast)
    return words.course(broadcast, account, language, zone=zone)


def segment_words(exchange: Exchange, broadcast: Broadcast) -> str:
    """Whom it is for, in the person's language."""
    naming = partial(area_name, exchange)
    return words.segment_words(broadcast.segment, exchange.language, naming)


def _attached(exchange: Exchange, broadcast: Broadcast) -> list[str]:
    if broadcast.file is None:
        return []
    what = words.file_words(broadcast.file, exchange.language)
    return [exchange.words("office.attached", what=what)]


def _languages(exchange: Exchange, broadcast: Broadcast) -> str:
    named = ", ".join(
        exchange.words(f"language.{one.value}") for one in Language if one in broadcast.texts
    )
    return named if len(broadcast.texts) > 1 else exchange.words("office.one_for_all", text=named)
