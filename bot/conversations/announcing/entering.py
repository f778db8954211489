"""/umumkan: where announcements begin; which button means what."""

from collections.abc import Callable
from typing import TypeVar

from bot.conversations.announcing import choosing, following, planning, writing
from bot.conversations.announcing.desk import acting, glanced
from bot.conversations.doors import Doors, Topic
from bot.conversations.exchange import Exchange, column
from kkb_core.errors import NotAllowed
from kkb_core.messaging import QuickReply, bold
from kkb_core.roles import Role
from kkb_core.services import broadcasting
from kkb_core.storage import broadcasts

T = TypeVar("T")

Act = Callable[[Exchange, int, str], None]
ACTS: dict[str, Act] = {
    "text": writing.ask_text,
    "draft": writing.show_draft,
    "drop": writing.drop,
    "attach": writing.ask_file,
    "detach": writing.drop_file,
    "who": choosing.show_segment,
    "add": choosing.add,
    "pick": choosing.pick,
    "count": planning.count,
    "now": planning.send_now,
    "when": planning.ask_when,
    "look": following.look,
    "pause": following.pause,
    "resume": following.resume,
    "stop": following.stop,
    "withdraw": following.withdraw,
    "resend": following.resend,
    "report": following.report,
    "sheet": following.sheet,
    "yes": following.approve,
    "no": following.refuse,
}

ASIDE = ("report", "sheet")  # come as messages of their own


def enter(exchange: Exchange, _rest: str) -> None:
    """/umumkan: write a new one, or look at the last ones."""
    if not broadcasting.may_announce(exchange.tx, exchange.person):
        exchange.where(exchange.words("office.not_yours"))
        return
    exchange.move("rest")
    buttons = [
        QuickReply(
            f"{one.id} · {exchange.words(f'office.state_{one.state.value}')} · {glanced(one)}",
            f"cast:look:{one.id}:-",
        )
        for one in broadcasts.latest_of(exchange.tx, exchange.person)
    ]
    exchange.show(
        bold(exchange.words("office.title")),
        exchange.words("office.what"),
        replies=column(exchange.button("office.write", "cast:text:0:id"), *buttons),
    )


def tapped(exchange: Exchange, what: str, number: str, detail: str) -> None:
    """A button of an announcement; whose it is, is checked each time."""
    if what not in ACTS or not number.isdecimal():
        exchange.outdated()
        return
    try:
        with exchange.tx.savepoint():
            _check(exchange, int(number), what)
            ACTS[what](exchange, int(number), detail)
    except NotAllowed:
        exchange.move("rest")
        exchange.where(exchange.words("office.not_yours"))


def _check(exchange: Exchange, number: int, what: str) -> None:
    if number:
        broadcasting.opened(acting(exchange), number)
        if what not in ASIDE and following.follows_in(exchange, number, exchange.msg.msg_id):
            broadcasts.drop_watch(exchange.tx, number, exchange.person)  # it shows another thing
    elif not broadcasting.may_announce(exchange.tx, exchange.person):
        raise NotAllowed("announcing")


def _guarded(act: Callable[[Exchange, T], None]) -> Callable[[Exchange, T], None]:
    def guarded(exchange: Exchange, heard: T) -> None:
        try:
            with exchange.tx.savepoint():
                act(exchange, heard)
        except NotAllowed:
            exchange.move("rest")
            exchange.where(exchange.words("office.not_yours"))

    return guarded


DOORS = Doors(
    commands={"umumkan": enter},
    offered={"umumkan": frozenset({Role.ADMIN, Role.COORDINATOR})},
    taps={"cast": (3, tapped)},
    topics={
        "cast.text": Topic(
            _guarded(writing.heard_text), writing.ask_again, _guarded(writing.sent_with_text)
        ),
        "cast.file": Topic(
            _guarded(writing.heard_no_file), writing.ask_file_again, _guarded(writing.sent_file)
        ),
        "cast.who": Topic(_guarded(choosing.heard), choosing.again),
        "cast.when": Topic(_guarded(planning.heard), planning.again),
    },
)
