"""Text to Telegram's HTML, quick replies to its keyboards: the one place that escapes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape
from typing import Any

from kkb_core.messaging import QuickReply, Span, Text

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
CALLBACK_LIMIT = 64  # bytes
OPENABLE = ("https://", "http://", "tg://")

Rows = tuple[tuple[QuickReply, ...], ...]
# As it goes out: building the library's objects is dearer than sending them.
Keyboard = dict[str, Any]


def html(text: Text) -> str:
    """*text* as Telegram's HTML."""
    return "".join(_span(span) for span in text.spans)


def messages(text: Text) -> list[str]:
    """*text* as HTML in pieces that Telegram takes, cut at line ends; nothing for an empty one."""
    whole = html(text)
    pieces = [whole] if _size(whole) <= TEXT_LIMIT else _pack(_lines(text))
    return [piece for piece in pieces if piece.strip()]


def caption(text: Text) -> str | None:
    """*text* as HTML if it fits below a picture; None when it has to be a message of its own."""
    whole = html(text)
    return whole if fits_caption(whole) else None


def fits_caption(markup: str) -> bool:
    """Whether so much may stand below a picture or a document."""
    return _size(markup) <= CAPTION_LIMIT


def keyboard(replies: Rows) -> Keyboard | None:
    """*replies* as the Bot API's InlineKeyboardMarkup; None when there are none."""
    rows = [[_button(reply) for reply in row] for row in replies if row]
    return {"inline_keyboard": rows} if rows else None


def _button(reply: QuickReply) -> dict[str, str]:
    if reply.url is not None:
        return {"text": reply.label, "url": reply.url}
    assert 1 <= len(reply.data.encode()) <= CALLBACK_LIMIT, f"callback data: {reply.data!r}"
    return {"text": reply.label, "callback_data": reply.data}


def _span(span: Span) -> str:
    shown = escape(span.text, quote=False)
    if not span.text.strip():
        return shown
    if span.bold:
        shown = f"<b>{shown}</b>"
    if span.link is not None and span.link.startswith(OPENABLE):
        shown = f'<a href="{escape(span.link)}">{shown}</a>'
    return shown


def _size(markup: str) -> int:
    # The platform counts UTF-16 units. It leaves tags out; counting them is on the safe side.
    return len(markup.encode("utf-16-le", "surrogatepass")) // 2


def _lines(text: Text) -> Iterator[Text]:
    """The lines of *text*, each with its line end; one too long for a message comes in parts."""
    line: list[Span] = []
    for span in text.spans:
        for part in span.text.splitlines(keepends=True):
            line.append(replace(span, text=part))
            if part.endswith("\n"):
                yield from _fitting(line)
                line = []
    yield from _fitting(line)


def _fitting(line: list[Span]) -> Iterator[Text]:
    if _size(html(Text(tuple(line)))) <= TEXT_LIMIT:
        yield Text(tuple(line))
        return
    for span in line:
        for part in _parts(span.text):
            yield Text((replace(span, text=part),))


def _parts(text: str) -> Iterator[str]:
    """*text* in parts that fit whatever is escaped in them, cut at spaces where there are some."""
    most = TEXT_LIMIT // 8
    while len(text) > most:
        cut = text.rfind(" ", 0, most) + 1 or most
        yield text[:cut]
        text = text[cut:]
    yield text


def _pack(lines: Iterable[Text]) -> list[str]:
    pieces = [""]
    for line in map(html, lines):
        if _size(pieces[-1]) + _size(line) > TEXT_LIMIT:
            pieces.append("")
        pieces[-1] += line
    return pieces
