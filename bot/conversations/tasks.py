"""/tugas: today's round, one household's card, and how a visit went."""

from collections.abc import Sequence

from babel.dates import format_date

from bot.conversations import work
from bot.conversations.doors import Doors, Topic
from bot.conversations.exchange import Exchange, Rows, Said, column, grid
from bot.conversations.reasons import done_words, reason_words, reasons_told, to_do
from kkb_core.errors import NotAllowed
from kkb_core.messaging import QuickReply, bold
from kkb_core.services import assisting, following_up, tasks
from kkb_core.services.following_up import CLOSINGS, Card
from kkb_core.services.tasks import URGENT, Board, Task
from kkb_core.storage.help import HelpRequest
from kkb_core.storage.people import Held
from kkb_core.storage.visits import Outcome

PAGE = 8  # households: two rows of buttons, and a screen without scrolling far
REASONS = 2  # told behind a name; the card has them all
SUPPRESSED = 5  # smaller numbers are not told
TOPIC = "task.answer"
ORDERS = ("walk", "first")
NOTICEABLE = 40


# -- the list ----------------------------------------------------------------------------------


def show_tasks(exchange: Exchange, _: str = "") -> None:
    """The households that wait, in walking order (/tugas)."""
    _list(exchange, "walk", 0)


def _list(exchange: Exchange, order: str, page: int, *lead: Said) -> None:
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    board = tasks.board(
        exchange.tx, exchange.definitions, exchange.person, hat.grant, now=exchange.now
    )
    found = list(board.tasks)
    if order == "first":
        found.sort(key=lambda task: -task.priority)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 0), pages - 1)
    shown = found[page * PAGE : (page + 1) * PAGE]
    exchange.show(
        *lead,
        bold(exchange.words("task.title", hat=work.hat_words(exchange, [hat])[hat.id])),
        *_counted(exchange, len(found), page, pages),
        *_lines(exchange, shown, in_order=order == "walk"),
        *_numbers_only(exchange, board),
        replies=_list_buttons(exchange, shown, order, page, pages),
    )


def _counted(exchange: Exchange, count: int, page: int, pages: int) -> list[Said]:
    if not count:
        return [exchange.words("task.none")]
    if pages == 1:
        return [exchange.words("task.count", count=count)]
    return [exchange.words("task.count_paged", count=count, page=page + 1, pages=pages)]


def _lines(exchange: Exchange, shown: Sequence[Task], *, in_order: bool) -> list[Said]:
    lines: list[Said] = []
    before = None
    for number, task in enumerate(shown, start=1):
        home = task.household
        where = exchange.words("task.place", rt=home.rt, rw=home.rw)
        if in_order and where != before:
            lines += ["", bold(where)]
        before = where
        name = home.label if in_order else f"{home.label} ({where})"
        why = reasons_told(exchange, task.reasons, most=REASONS)
        lines.append(f"{number}. {_mark(task)} {name}: {why}")
    return lines


def _mark(task: Task) -> str:
    return "❗" if task.priority >= URGENT else "●" if task.priority >= NOTICEABLE else "○"


def _numbers_only(exchange: Exchange, board: Board) -> list[Said]:
    """What is told as a number and no more, and not even that when the number is small."""
    lines: list[Said] = []
    if board.batches and any(board.batches.values()):
        lines += ["", bold(exchange.words("task.batches"))]
        lines += [
            f"• {done_words(exchange, name)}: {_few(exchange, count)}"
            for name, count in sorted(board.batches.items(), key=lambda one: -one[1])
            if count
        ]
    if board.uncontactable:
        few = _few(exchange, board.uncontactable)
        lines += ["", exchange.words("task.uncontactable", count=few)]
    return lines


def _few(exchange: Exchange, count: int) -> str:
    return str(count) if count >= SUPPRESSED else exchange.words("task.few", count=SUPPRESSED)


def _list_buttons(
    exchange: Exchange, shown: Sequence[Task], order: str, page: int, pages: int
) -> Rows:
    rows: list[tuple[QuickReply, ...]] = list(
        grid(
            [
                QuickReply(str(number), f"task:open:{task.household.id}:0")
                for number, task in enumerate(shown, start=1)
            ],
            4,
        )
    )
    turn = []
    if page:
        turn.append(exchange.button("task.before", f"task:list:{order}:{page - 1}"))
    if page < pages - 1:
        turn.append(exchange.button("task.after", f"task:list:{order}:{page + 1}"))
    if turn:
        rows.append(tuple(turn))
    if shown:
        other = "first" if order == "walk" else "walk"
        rows.append((exchange.button(f"task.order_{other}", f"task:list:{other}:0"),))
    return tuple(rows)


# -- one household -----------------------------------------------------------------------------


def _open(exchange: Exchange, hat: Held, household_id: int, *lead: Said) -> None:
    card = following_up.open_card(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        household_id,
        now=exchange.now,
    )
    home = card.task.household
    exchange.show(
        *lead,
        bold(home.label),
        exchange.words("task.place", rt=home.rt, rw=home.rw),
        *_paused(exchange, card),
        *_why(exchange, card),
        *(_called(exchange, request) for request in card.task.requests),
        _reached(exchange, card),
        replies=_card_buttons(exchange, card),
    )


def _why(exchange: Exchange, card: Card) -> list[Said]:
    if not card.task.reasons:
        return [exchange.words("task.nothing_waits")]
    return [f"• {reason_words(exchange, reason)}" for reason in card.task.reasons]


def _called(exchange: Exchange, request: HelpRequest) -> Said:
    """What a call is about, in the words the family saw; a private question is never named."""
    question = tasks.question_of(exchange.definitions, request.question or "")
    if question is None or question.sensitive:
        return f"🙋 {exchange.words('task.called')}"
    return f"🙋 {exchange.words('task.called_at', question=exchange.local(question.label))}"


def _paused(exchange: Exchange, card: Card) -> list[Said]:
    until = card.task.household.paused_until
    if until is None or until <= exchange.now:
        return []
    day = format_date(until, "d MMMM y", locale=exchange.language.value)
    return [exchange.words("task.paused", date=day)]


def _reached(exchange: Exchange, card: Card) -> str:
    if card.task.reached_at is None:
        return exchange.words("task.never_reached")
    day = format_date(card.task.reached_at, "d MMMM y", locale=exchange.language.value)
    return exchange.words("task.reached", date=day)


def _card_buttons(exchange: Exchange, card: Card) -> Rows:
    home = card.task.household.id
    after = card.last_visit.id if card.last_visit else 0
    outcomes = [
        exchange.button(f"task.{one.value}", f"task:{one.value}:{home}:{after}") for one in Outcome
    ]
    rows: list[tuple[QuickReply, ...]] = [
        (exchange.button("task.answer", f"task:answer:{request.id}:0"),)
        for request in card.task.requests
    ]
    rows += [(exchange.button("task.script", f"task:script:{home}:0"),), *grid(outcomes, 2)]
    if card.can_close:
        rows += [
            (exchange.button(f"task.close_{one}", f"task:close:{home}:{one}"),) for one in CLOSINGS
        ]
    rows += [
        (exchange.button("fill.button", f"fill:begin:{home}"),),
        (exchange.button("task.back", "task:list:walk:0"),),
    ]
    return tuple(rows)


def _script(exchange: Exchange, hat: Held, household_id: int) -> None:
    """What to say at the door, and what to do; nobody else there learns why."""
    card = following_up.open_card(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        household_id,
        now=exchange.now,
    )
    steps = dict.fromkeys(to_do(exchange, flag.question) for flag in card.task.flags)
    exchange.show(
        bold(exchange.words("task.script")),
        exchange.words("task.script_text"),
        *(f"• {step}" for step in steps),
        replies=column(exchange.button("task.back_card", f"task:open:{household_id}:0")),
    )


# -- what is tapped ----------------------------------------------------------------------------


def tapped(exchange: Exchange, what: str, which: str, more: str) -> None:
    """Another page, a card, an outcome, a call to answer."""
    if what == "list" and which in ORDERS and more.isdecimal():
        _list(exchange, which, int(more[:4]))
        return
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    try:
        _do(exchange, hat, what, int(which[:18]) if which.isdecimal() else 0, more)
    except NotAllowed:
        exchange.outdated()


def _do(exchange: Exchange, hat: Held, what: str, number: int, more: str) -> None:
    match what:
        case "open":
            _open(exchange, hat, number)
        case "script":
            _script(exchange, hat, number)
        case "close" if more in CLOSINGS:
            _close(exchange, hat, number, more)
        case "answer":
            _ask_answer(exchange, assisting.waiting_request(exchange.tx, exchange.person, number))
        case _ if what in list(Outcome) and more.isdecimal():
            _note(exchange, hat, number, Outcome(what), after=int(more[:18]))
        case _:
            exchange.outdated()


def _note(
    exchange: Exchange, hat: Held, household_id: int, outcome: Outcome, *, after: int
) -> None:
    kept = following_up.note_visit(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        household_id,
        outcome,
        after=after,
        now=exchange.now,
    )
    key = f"task.noted_{outcome.value}" if kept else "refused.outdated"
    _open(exchange, hat, household_id, f"{'✓ ' if kept else ''}{exchange.words(key)}", "")


def _close(exchange: Exchange, hat: Held, household_id: int, closing: str) -> None:
    closed = following_up.close(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        household_id,
        closing,
        now=exchange.now,
    )
    key = "task.closed" if closed else "refused.outdated"
    _open(exchange, hat, household_id, exchange.words(key), "")


# -- answering a call --------------------------------------------------------------------------


def _ask_answer(exchange: Exchange, request: HelpRequest, *lead: Said) -> None:
    exchange.move(TOPIC, request=request.id)
    exchange.show(
        *lead,
        bold(request.household.label),
        _called(exchange, request),
        exchange.words("task.write_answer"),
        replies=column(exchange.button("task.back", "task:list:walk:0")),
    )


def again(exchange: Exchange, *lead: Said) -> None:
    """Ask once more for the answer to a call."""
    try:
        number = exchange.state["request"]
        request = assisting.waiting_request(exchange.tx, exchange.person, number)
    except NotAllowed:
        exchange.move("rest")
        exchange.where(*lead)
    else:
        _ask_answer(exchange, request, *lead)


def heard(exchange: Exchange, text: str) -> None:
    """The cadre's words to the family."""
    said = " ".join(text.split())
    if not said or len(said) > assisting.LONGEST:
        again(exchange, exchange.words("task.answer_long", count=assisting.LONGEST), "")
        return
    number = exchange.state["request"]
    exchange.move("rest")
    try:
        assisting.answer(exchange.tx, exchange.person, number, said, now=exchange.now)
    except NotAllowed:
        exchange.where(exchange.words("task.answered_already"))
    else:
        _list(exchange, "walk", 0, f"✓ {exchange.words('task.answer_sent')}", "")


DOORS = Doors(
    commands={"tugas": show_tasks},
    taps={"task": (3, tapped)},
    topics={TOPIC: Topic(heard, again)},
    offered={"tugas": work.FIELD},
)
