"""The list behind /tugas: whose door to knock at, and why."""

from collections.abc import Sequence

from bot.conversations import work
from bot.conversations.exchange import Exchange, Rows, Said, grid
from bot.conversations.paging import Page, page_of, turns
from bot.conversations.reasons import done_words, reasons_told
from kkb_core.messaging import QuickReply, bold
from kkb_core.services import tasks
from kkb_core.services.tasks import URGENT, Board, Task
from kkb_core.summary.tallies import SMALLEST

PAGE = 8  # households: two rows of buttons, and a screen without scrolling far
REASONS = 2  # told behind a name; the card has them all
NOTICEABLE = 40


def show_list(exchange: Exchange, order: str, page: int, *lead: Said) -> None:
    """One page of the households that wait, walking or the most urgent first."""
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    board = tasks.board(
        exchange.tx, exchange.definitions, exchange.person, hat.grant, now=exchange.now
    )
    found = list(board.tasks)
    if order == "first":
        found.sort(key=lambda task: -task.priority)
    here = page_of(found, page, PAGE)
    exchange.show(
        *lead,
        bold(exchange.words("task.title", hat=work.hat_words(exchange, [hat])[hat.id])),
        *_counted(exchange, len(found), here),
        *_lines(exchange, here.shown, in_order=order == "walk"),
        *_numbers_only(exchange, board),
        replies=_list_buttons(exchange, here, order),
    )


def _counted(exchange: Exchange, count: int, here: Page[Task]) -> list[Said]:
    if not count:
        return [exchange.words("task.none")]
    if here.pages == 1:
        return [exchange.words("task.count", count=count)]
    return [
        exchange.words("task.count_paged", count=count, page=here.number + 1, pages=here.pages)
    ]


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
    return str(count) if count >= SMALLEST else exchange.words("task.few", count=SMALLEST)


def _list_buttons(exchange: Exchange, here: Page[Task], order: str) -> Rows:
    numbers = [
        QuickReply(str(number), f"task:open:{task.household.id}:0")
        for number, task in enumerate(here.shown, start=1)
    ]
    other = "first" if order == "walk" else "walk"
    turned = (exchange.button(f"task.order_{other}", f"task:list:{other}:0"),)
    return (
        *grid(numbers, 4),
        *turns(exchange, here, lambda page: f"task:list:{order}:{page}"),
        *((turned,) if here.shown else ()),
    )
