"""Draw a Picture: a family's result, or an invitation to scan.

What each kind needs, every word already in the person's language (JSON-safe):

`result`: `title`, `household`, `period` (may be empty): str; `functions`: a list of
`{name, state, word, band, value, score, change}` where `state` is shown, too_few_answers,
not_applicable or private (another of the family answered), `band` is high, middle or low, `value` is 0 to 100 for the bar, `score` is the
same as people read it (may be empty) and `change` may be None; `band`, `value` and `score` are
None unless shown. `strong` and `steps`: sentences, under `strong_title` and `steps_title`;
`notes`: small print.

`qr`: `title`, `caption`, `url`: str.

`village`: see week_words.py. All cadres of a village are sent the same one, so it is drawn once.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from kkb_core.messaging import Picture

if TYPE_CHECKING:
    import typst

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
FONT_FILES = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
SHEET_WIDTH = 360  # points, as look.typ says
POINTS_AN_INCH = 72

Form = Literal["png", "pdf"]

# What the font beside this file has; the rest (emoji, other scripts) would be drawn as boxes.
_NOT_IN_FONT = re.compile(
    "[^\n -~\u00a0-\u024f\u02bb\u02bc\u0300-\u0304\u1e00-\u1eff\u2010-\u2027\u2030-\u203a]+"
)

# Such a word may be broken anywhere, so that none runs over the edge.
_ENDLESS = re.compile(r"[^\s-]{20,}")
_BREAK = "\u200b"


def draw(picture: Picture, *, width: int | None = None) -> bytes:
    """*picture* as PNG, *width* pixels wide. Any thread may call it; about 40 ms each."""
    wide = WIDTHS.get(picture.kind, 1080) if width is None else width
    return _sheet(picture, form="png", width=wide)


def printed(picture: Picture) -> bytes:
    """*picture* as PDF."""
    return _sheet(picture, form="pdf", width=SHEET_WIDTH)


def _sheet(picture: Picture, *, form: Form, width: int) -> bytes:
    template, prepare = KINDS[picture.kind]
    data = json.dumps(prepare(drawable(picture.data)), ensure_ascii=False)
    ppi = POINTS_AN_INCH * width / SHEET_WIDTH
    if picture.kind in SHARED:
        return _drawn_once(template, data, form, ppi)
    return press(template).compile(data, form, ppi=ppi)


# Thousands of villages are drawn at the same hour, and 720 pixels are read as well on a phone.
WIDTHS = {"village": 720}

# Only what many people are shown: a family's own picture is not kept in memory.
SHARED = ("village",)


@lru_cache(maxsize=32)
def _drawn_once(template: str, data: str, form: Form, ppi: float) -> bytes:
    return press(template).compile(data, form, ppi=ppi)


def forget_drawn() -> None:
    """Draw everything anew from here on."""
    _drawn_once.cache_clear()


class Press:
    """One template with its fonts, read once; compiles one sheet at a time."""

    def __init__(self, template: str) -> None:
        self._lock = Lock()
        import typst  # noqa: PLC0415  seven megabytes, only when something is drawn

        self._compiler = typst.Compiler(
            str(HERE / template), root=str(HERE), font_paths=_fonts(), ignore_system_fonts=True
        )

    def compile(self, data: str, form: Form, *, ppi: float) -> bytes:
        """The sheet for *data*, a JSON text, at *ppi* pixels an inch."""
        (made,) = self.compile_pages(data, form, ppi=ppi)
        return made

    def compile_pages(self, data: str, form: Form, *, ppi: float) -> list[bytes]:
        """All pages; a PDF is one."""
        with self._lock:
            made = self._compiler.compile(format=form, ppi=ppi, sys_inputs={"data": data})
        assert made is not None, "without an output path the bytes come back"
        return [made] if isinstance(made, bytes) else list(made)


@cache
def _fonts() -> "typst.Fonts":
    import typst  # noqa: PLC0415  see Press

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )


@cache
def press(template: str) -> Press:
    """The press for a template, made once."""
    return Press(template)


def drawable(value: Any) -> Any:
    """*value* without what the font does not have, and with places to break endless words."""
    match value:
        case str():
            shown = re.sub(" {2,}", " ", _NOT_IN_FONT.sub("", value)).strip(" ")
            return _ENDLESS.sub(lambda word: _BREAK.join(word[0]), shown)
        case Mapping():
            return {key: drawable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [drawable(inner) for inner in value]
    return value


def _result(data: dict[str, Any]) -> dict[str, Any]:
    return data


def square(url: str) -> str:
    """What a camera reads as *url*, as SVG."""
    import segno  # noqa: PLC0415  only when a code is drawn

    svg = BytesIO()
    segno.make(url, error="m").save(svg, kind="svg", border=4, scale=10)
    return svg.getvalue().decode()


def _with_square(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"svg": square(data["url"].replace(_BREAK, ""))}


KINDS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "result": ("result_card.typ", _result),
    "qr": ("qr_sheet.typ", _with_square),
    "village": ("village_card.typ", _result),
}
