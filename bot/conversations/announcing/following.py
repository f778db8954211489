"""An announcement under way: approved, followed in one message, paused, stopped, reported."""

from collections.abc import Callable
from dataclasses import replace

from bot.conversations.announcing import showing, words
from bot.conversations.announcing.desk import acting, opened, refused
from bot.conversations.announcing.showing import course
from bot.conversations.exchange import Exchange
from kkb_core.broadcast import REACHABLE_AGAIN, BroadcastState, Outcome, Step, possible
from kkb_core.messaging import Address, Document, Language, MsgOut, QuickReply, bold
from kkb_core.outbox import digest
from kkb_core.services import broadcast_course, broadcast_report, broadcasting
from kkb_core.services.broadcasting import Acting, Refusal
from kkb_core.storage import Tx, broadcasts, people
from kkb_core.storage.broadcasts import Broadcast

OVER = (BroadcastState.DONE, BroadcastState.STOPPED, BroadcastState.DISCARDED)


def look(exchange: Exchange, number: int, _detail: str) -> None:
    """How it goes now; this message follows it from here on."""
    exchange.move("rest")
    showing.show(exchange, opened(exchange, number))


def follows_in(exchange: Exchange, number: int, msg_id: str | None = None) -> bool:
    """Whether the person follows it already: in this message, or in any."""
    mine = (
        one for one in broadcasts.watches_of(exchange.tx, number) if one.person == exchange.person
    )
    return any(msg_id in (None, one.msg_id) for one in mine)


def progress(tx: Tx) -> list[tuple[Address, MsgOut]]:
    """The messages that must show otherwise now, because what they follow went on."""
    watches = broadcasts.watched(tx)
    found = broadcasts.broadcasts_called(tx, {one.broadcast for one in watches})
    changed = []
    for one in watches:
        followed = found[one.broadcast]
        if not broadcasting.may_open(tx, one.person, followed):
            broadcasts.drop_watch(tx, one.broadcast, one.person)
            continue
        watcher = people.person(tx, one.person)
        language = (watcher.language if watcher else None) or Language.ID
        msg = course(tx, followed, language)
        read = digest(msg)
        if read != one.shown:
            changed.append((one.address, replace(msg, replaces=one.msg_id)))
            broadcasts.save_watch(tx, replace(one, shown=read))
        if followed.state in OVER:
            broadcasts.drop_watch(tx, one.broadcast, one.person)
    return changed


def pause(exchange: Exchange, number: int, _detail: str) -> None:
    """Nothing more leaves."""
    _do(exchange, number, broadcast_course.pause)


def resume(exchange: Exchange, number: int, _detail: str) -> None:
    """On again."""
    _do(exchange, number, broadcast_course.resume)


def stop(exchange: Exchange, number: int, _detail: str) -> None:
    """For good."""
    _do(exchange, number, broadcast_course.stop)


def _do(
    exchange: Exchange, number: int, act: Callable[[Acting, int], Broadcast | Refusal]
) -> None:
    exchange.move("rest")
    done = act(acting(exchange), number)
    if isinstance(done, Refusal):
        showing.show(exchange, opened(exchange, number), refused(exchange, done))
    else:
        showing.show(exchange, done)


def approve(exchange: Exchange, number: int, revision: str) -> None:
    """A second person says yes."""
    _decide(exchange, number, revision, yes=True)


def refuse(exchange: Exchange, number: int, revision: str) -> None:
    """A second person says no."""
    _decide(exchange, number, revision, yes=False)


def _decide(exchange: Exchange, number: int, revision: str, *, yes: bool) -> None:
    if not revision.isdecimal():
        exchange.outdated()
        return
    exchange.move("rest")
    done = broadcast_course.approve(acting(exchange), number, revision=int(revision), yes=yes)
    if isinstance(done, Refusal):
        showing.show(exchange, opened(exchange, number), refused(exchange, done))
    elif yes:
        showing.show(exchange, done)
    else:
        exchange.show(exchange.words("office.refused_it", number=number))


def withdraw(exchange: Exchange, number: int, detail: str) -> None:
    """Ask once more, then take it off the screens."""
    exchange.move("rest")
    if detail != "sure":
        exchange.show(
            bold(exchange.words("office.withdraw_sure", number=number)),
            replies=(
                (
                    exchange.button("office.do_withdraw", f"cast:withdraw:{number}:sure"),
                    exchange.button("office.back", f"cast:look:{number}:-"),
                ),
            ),
        )
        return
    done = broadcast_course.withdraw(acting(exchange), number)
    told = (
        refused(exchange, done)
        if isinstance(done, Refusal)
        else exchange.words("office.withdrawing", count=words.count_words(done, exchange.language))
    )
    showing.show(exchange, opened(exchange, number), told)


def resend(exchange: Exchange, number: int, detail: str) -> None:
    """Offer the reasons for which somebody was not reached; then a draft for those."""
    broadcast = opened(exchange, number)
    exchange.move("rest")
    if detail in {one.value for one in REACHABLE_AGAIN}:
        done = broadcast_course.resend(acting(exchange), number, (Outcome(detail),))
        if isinstance(done, Refusal):
            showing.show(exchange, broadcast, refused(exchange, done))
        else:
            showing.show(exchange, done)
        return
    account = broadcast_course.account_of(exchange.tx, broadcast)
    buttons = [
        QuickReply(
            f"{exchange.words(f'office.outcome_{one.value}')}: "
            f"{words.outcome_count(account, one, exchange.language)}",
            f"cast:resend:{number}:{one.value}",
        )
        for one in REACHABLE_AGAIN
        if getattr(account, one.value) and possible(Step.RESEND, broadcast.state)
    ]
    if not buttons:
        showing.show(exchange, broadcast, exchange.words("office.resend_nobody"))
        return
    rows = tuple((button,) for button in buttons)
    exchange.show(
        bold(exchange.words("office.resend_whom")),
        replies=(*rows, (exchange.button("office.back", f"cast:look:{number}:-"),)),
    )


def report(exchange: Exchange, number: int, _detail: str) -> None:
    """Where everybody stands: the parts are always the whole."""
    broadcast = opened(exchange, number)
    account = broadcast_course.account_of(exchange.tx, broadcast)
    exchange.move("rest")
    eligible = words.count_words(broadcast.eligible, exchange.language)
    left_out = words.excluded_lines(broadcast, exchange.language)
    exchange.tell(
        bold(exchange.words("office.report", number=number)),
        exchange.words("office.eligible", count=eligible),
        *words.outcome_lines(account, exchange.language),
        *([exchange.words("office.left_out"), *left_out] if left_out else []),
        replies=((exchange.button("office.sheet", f"cast:sheet:{number}:-"),),),
    )


def sheet(exchange: Exchange, number: int, _detail: str) -> None:
    """The same as a sheet."""
    broadcast = opened(exchange, number)
    exchange.move("rest")
    content = broadcast_report.workbook(exchange.tx, broadcast)
    exchange.tell(document=Document(f"pengumuman-{number}.xlsx", content))
