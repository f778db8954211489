"""The list behind /verifikasi: the households drawn for a jury, and how far their answers hold."""

from collections.abc import Sequence

from bot.conversations import work
from bot.conversations.exchange import Exchange, Rows, Said, grid
from bot.conversations.paging import Page, page_of, turns
from kkb_core.messaging import QuickReply, bold
from kkb_core.reports.field_words import match_words
from kkb_core.services import field_check, field_sample
from kkb_core.services.field_check import Guide
from kkb_core.storage import areas
from kkb_core.storage.field_checks import Drawn
from kkb_core.summary.match import CHECKED

PAGE = 10  # households: with twenty, two pages


def show_list(exchange: Exchange, guide: Guide, sample_id: int, page: int, *lead: Said) -> None:
    """One page of the sample in walking order, and the figure so far. Raises NotAllowed."""
    sample, part = field_check.sample_for(exchange.tx, guide, sample_id)
    homes = field_sample.homes_in(exchange.tx, sample, part, by=exchange.person, now=exchange.now)
    here = page_of(homes, page, PAGE)
    names = areas.names_of(exchange.tx, [sample.area_code])
    exchange.show(
        *lead,
        bold(
            exchange.words(
                "field.title", place=work.place(exchange, part, names), seed=sample.seed
            )
        ),
        exchange.words("field.how"),
        *_lines(exchange, here),
        "",
        exchange.words("field.marks"),
        *match_words(field_sample.match(homes), exchange.language),
        replies=_buttons(exchange, sample_id, homes, here),
    )


def _lines(exchange: Exchange, here: Page[Drawn]) -> list[Said]:
    lines: list[Said] = []
    before = None
    for number, one in _numbered(here):
        home = one.household
        where = exchange.words("task.place", rt=home.rt or "-", rw=home.rw or "-")
        if where != before:
            lines += ["", bold(where)]
        before = where
        lines.append(f"{number}. {_mark(one)} {home.label}")
    return lines or ["", exchange.words("field.none_here")]


def _numbered(here: Page[Drawn]) -> list[tuple[int, Drawn]]:
    return list(enumerate(here.shown, start=here.first + 1))


def _mark(one: Drawn) -> str:
    if any(check.verdict in CHECKED for check in one.checks):
        return "✓"
    return "–" if one.is_tried else "○"


def _buttons(
    exchange: Exchange, sample_id: int, homes: Sequence[Drawn], here: Page[Drawn]
) -> Rows:
    def to(one: Drawn) -> str:
        return f"ver:open:{sample_id}:{one.household.id}:-"

    waiting = next((one for one in homes if not one.is_tried), None)
    return (
        *(((exchange.button("field.go", to(waiting)),),) if waiting else ()),
        *grid([QuickReply(str(number), to(one)) for number, one in _numbered(here)], 5),
        *turns(exchange, here, lambda page: f"ver:list:{sample_id}:{page}:-"),
    )
