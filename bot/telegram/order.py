"""Who is next: one person's updates in the order they came, different people in parallel."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lines(Generic[T]):
    """A line a person. The first of a line is out until `done`; whoever floods waits in their own.

    At most *width* people are out at once.
    """

    def __init__(self, *, width: int) -> None:
        self._width = width
        self._lines: dict[str, deque[T]] = {}
        self._ready: deque[str] = deque()
        self._out = self._waiting = 0
        self._news = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return self._waiting

    def put(self, whose: str, item: T) -> None:
        """Stand *item* at the end of the line of *whose*."""
        self._waiting += 1
        line = self._lines.get(whose)
        if line is None:
            self._lines[whose] = deque([item])
            self._beckon(whose)
        else:
            line.append(item)

    def step_out(self, whose: str, item: T) -> bool:
        """Let *item* go at once if nobody of *whose* is in line, and there is room."""
        if self._closed or whose in self._lines or self._out >= self._width:
            return False
        self._lines[whose] = deque([item])
        self._waiting += 1
        self._out += 1
        return True

    def ahead(self, whose: str, items: Iterable[T]) -> None:
        """Let *items* pass before the first of the line of *whose*, who is out."""
        earlier = list(items)
        self._waiting += len(earlier)
        self._lines[whose].extendleft(reversed(earlier))

    async def first(self, most: int) -> list[tuple[str, T]]:
        """The first of up to *most* lines, as soon as there is one; nothing once closed."""
        while not self._closed and not (self._ready and self._out < self._width):
            self._news.clear()
            await self._news.wait()
        if self._closed:
            return []
        count = min(most, len(self._ready), self._width - self._out)
        self._out += count
        names = [self._ready.popleft() for _ in range(count)]
        return [(name, self._lines[name][0]) for name in names]

    def done(self, whose: str) -> None:
        """The first of the line is dealt with; the next one may come when it is their turn."""
        self._waiting -= 1
        self._lines[whose].popleft()
        if not self._lines[whose]:
            del self._lines[whose]
        self.again(whose)

    def again(self, whose: str) -> None:
        """The first of the line comes back to be tried once more."""
        self._out -= 1
        if whose in self._lines:
            self._beckon(whose)
        self._news.set()

    def close(self) -> None:
        """Let nobody else go; who is out comes back as ever."""
        self._closed = True
        self._news.set()

    def _beckon(self, whose: str) -> None:
        self._ready.append(whose)
        self._news.set()
