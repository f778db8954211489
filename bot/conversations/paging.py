"""A long list, a page at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.conversations.exchange import Exchange, Rows

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """What of a list is shown. `number` counts pages from 0, `first` the items before it."""

    shown: Sequence[T]
    number: int
    pages: int
    first: int


def page_of(items: Sequence[T], wanted: int, size: int) -> Page[T]:
    """The page that is *wanted*, or the nearest one there is."""
    pages = max(1, -(-len(items) // size))
    number = min(max(wanted, 0), pages - 1)
    first = number * size
    return Page(shown=items[first : first + size], number=number, pages=pages, first=first)


def turns(exchange: Exchange, page: Page[T], to: Callable[[int], str]) -> Rows:
    """A row to the page before and after, where there are; *to* makes the data of a page's button."""
    row = tuple(
        exchange.button(f"task.{name}", to(other))
        for name, other in (("before", page.number - 1), ("after", page.number + 1))
        if 0 <= other < page.pages
    )
    return (row,) if row else ()
