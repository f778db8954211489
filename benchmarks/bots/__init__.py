"""Bots side by side: ours, two libraries as their documentation shows them, and the same calls by hand.

All in one run against one fake Bot API server, a process of its own. The machine's noise is in every
figure, so the figures that count are ratios of neighbours; each bot is measured `ROUNDS` times, in
turn, and the median is shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.bots.entrants import Entrant, entrants
from benchmarks.bots.measuring import Figures, Measuring, Server, serving

ROUNDS = 3
ANSWERS = 3_000
AIMS = (
    # what, its first and second, the figure, the aim, whether it is at most or at least
    ("CPU an answer, durable / stock echo", "ours, SQLite", "stock echo", "cpu", 0.55, "at most"),
    ("CPU an answer, durable / aiogram", "ours, SQLite", "aiogram survey", "cpu", 0.70, "at most"),
    ("CPU an answer, durable / not kept", "ours, SQLite", "ours, nothing kept", "cpu", 1.10, "at most"),
    ("answers/s, ours / stock survey", "ours, SQLite", "stock survey", "rate", 40.0, "at least"),
    ("answers/s, ours / aiogram", "ours, SQLite", "aiogram survey", "rate", 1.5, "at least"),
    ("peak memory, ours / stock echo", "ours, SQLite", "stock echo", "memory", 1.25, "at most"),
)  # fmt: skip


def main(answers: int = ANSWERS) -> None:
    """Print what each bot costs, how fast it is, and the ratios beside their aims."""
    figures: dict[str, list[Figures]] = {}
    with TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            with serving() as server:
                for entrant in entrants(Path(folder), server, number):
                    found = _measured(entrant, server, answers)
                    figures.setdefault(entrant.name, []).append(found)
                    print(f"round {number + 1}: {_row(entrant.name, found)}", flush=True)
    middle = {name: _middle(rows) for name, rows in figures.items()}
    _table(middle)
    _ratios(middle)


def _measured(entrant: Entrant, server: Server, answers: int) -> Figures:
    with _started(entrant, server) as measuring:
        return measuring.all(answers)


@contextmanager
def _started(entrant: Entrant, server: Server) -> Iterator[Measuring]:
    measuring = Measuring(entrant, server)
    measuring.start()
    try:
        yield measuring
    finally:
        measuring.stop()


def _middle(rows: list[Figures]) -> Figures:
    def of(name: str) -> float:
        return median(getattr(row, name) for row in rows)

    return Figures(
        cpu=of("cpu"),
        cpu_alone=of("cpu_alone"),
        rate=of("rate"),
        p50=of("p50"),
        p99=of("p99"),
        memory=of("memory"),
    )


def _table(figures: dict[str, Figures]) -> None:
    print(
        f"{'':28}{'CPU us/answer':>12}{'one at a time':>15}{'answers/s':>11}{'p50 ms':>8}{'p99 ms':>8}{'peak MB':>9}"
    )
    print(f"{'':28}{'256 at once':>12}{'':>15}{'50 ms trip':>11}{'at 40/s':>8}")
    for name, row in figures.items():
        print(_row(name, row))


def _row(name: str, row: Figures) -> str:
    return (
        f"{name:28}{row.cpu:>12,.0f}{row.cpu_alone:>15,.0f}{row.rate:>11,.0f}"
        f"{row.p50:>8.1f}{row.p99:>8.1f}{row.memory:>9.0f}"
    )


def _ratios(figures: dict[str, Figures]) -> None:
    print(f"\n{'':42}{'measured':>10}{'aim':>18}")
    for what, first, second, name, aim, sense in AIMS:
        if first in figures and second in figures:
            ratio = getattr(figures[first], name) / getattr(figures[second], name)
            print(f"{what:42}{ratio:>10.2f}{sense + f' {aim:.2f}':>18}")
    if ours := figures.get("ours, SQLite"):
        print(f"{'p99 of 40/s / round trip':42}{ours.p99 / 50:>10.2f}{'at most 0.20':>18}")
        print(
            f"{'CPU an answer, 256 at once / one':42}{ours.cpu / ours.cpu_alone:>10.2f}{'at most 1.20':>18}"
        )
