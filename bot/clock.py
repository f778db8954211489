"""What time it is: the only place that reads a clock, the real one or one that can be moved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - everybody else is told what time it is


class VirtualClock:
    """A clock that starts where it is told and runs on from there; it can be moved forward only."""

    def __init__(self, start: datetime, *, running: Callable[[], float] = monotonic) -> None:
        """*start* is aware; *running* counts seconds."""
        assert start.tzinfo is not None, "a clock starts at an aware moment"
        self._start = start.astimezone(UTC)
        self._running = running
        self.restart()

    def now(self) -> datetime:
        """The present moment of this clock, aware, in UTC."""
        return self._moved_to + timedelta(seconds=self._running() - self._since)

    def forward(self, by: timedelta) -> None:
        """Move on by *by*; time already gone does not come back."""
        assert by >= timedelta(0), "a clock does not go back"
        self._moved_to += by

    def restart(self) -> None:
        """Go back to where it started."""
        self._moved_to = self._start
        self._since = self._running()
