"""Papers of several A4 pages, as PDF or as PNG pages: data in, bytes out.

Every word is there already; a template lays it out.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from kkb_core.reports.pictures import drawable, press

TEMPLATE = "paper.typ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table; totals are bold."""

    cells: Sequence[str]
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of words. `widths` are shares of the page, 0 as wide as needed; `numbers` stand right."""

    head: Sequence[str]
    rows: Sequence[Line]
    widths: Sequence[int]
    numbers: Sequence[int] = ()
    tall: bool = False  # room to write by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A heading with what stands under it."""

    heading: str = ""
    large: bool = False
    new_page: bool = False
    text: Sequence[str] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A whole paper, every word already in the reader's language."""

    title: str
    place: str
    made: str
    parts: Sequence[Part]
    footer: str = ""


def pdf(paper: Paper) -> bytes:
    """*paper* as PDF. Any thread may call it."""
    made = _pages(paper, "pdf")
    return made[0]


def pages(paper: Paper, *, ppi: float = 80) -> list[bytes]:
    """Each page of *paper* as PNG, to be looked at."""
    return _pages(paper, "png", ppi=ppi)


def _pages(paper: Paper, form: Literal["png", "pdf"], *, ppi: float = 144) -> list[bytes]:
    data = json.dumps(drawable(asdict(paper)), ensure_ascii=False)
    return press(TEMPLATE).compile_pages(data, form, ppi=ppi)
