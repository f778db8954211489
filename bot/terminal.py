"""`kkb talk`: the same conversation in a terminal, and how a talk is written down as a transcript.

A transcript's lines: `> words` said; `> [Label]` tapped; `< words` shown, more lines of it indented
by two spaces (an empty line stays empty), its buttons last, a row a line; `<~ words` takes the
place of an earlier message; `<x` takes messages off the screen.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from bot.clock import Clock
from bot.conversations.router import Conversations
from kkb_core.messaging import Address, FileKind, MsgIn, MsgOut, QuickReply, SentFile
from kkb_core.storage import Database

_FILE = re.compile(
    r"\((?P<kind>photo|document)(?:: (?P<name>[^)]+))?\)\s*(?P<caption>.*)", re.DOTALL
)
HINT = "Type words, #2 or a label to tap, 'words to say what a label says; Ctrl-D ends."


def shown(out: MsgOut) -> list[str]:
    """The lines of a transcript for one message."""
    return _lines(out, lambda button: f"[{button.label}]")


def _lines(out: MsgOut, button_text: Callable[[QuickReply], str]) -> list[str]:
    lines = ["<x"] if out.removes else []
    extras = _extras(out)
    if out.text or extras or out.replies:
        sign = "<~" if out.replaces else "<"
        first, *more = str(out.text).split("\n")
        lines += [f"{sign} {first}".rstrip(), *(f"  {line}".rstrip() for line in more)]
    rows = (" ".join(button_text(button) for button in row) for row in out.replies)
    return [*lines, *(f"  {extra}" for extra in extras), *(f"  {row}" for row in rows)]


def _extras(out: MsgOut) -> list[str]:
    extras = []
    if out.picture is not None:
        extras.append(f"(picture: {out.picture.kind})")
    if out.document is not None:
        extras.append(f"(document: {out.document.name})")
    if out.file is not None:
        extras.append(f"({': '.join(filter(None, (out.file.kind.value, out.file.name)))})")
    return extras


def sent(line: str, address: Address, msg_id: str) -> MsgIn | None:
    """`(photo)` or `(document: name)`, perhaps with words behind it: a file is sent."""
    found = _FILE.fullmatch(line)
    if found is None:
        return None
    kind, name, caption = found["kind"], found["name"] or "", found["caption"]
    file = SentFile(channel=address.channel, kind=FileKind(kind), id=name or kind, name=name)
    return MsgIn(address=address, other=kind, file=file, caption=caption, msg_id=msg_id)


@dataclass(slots=True)
class Screen:
    """One phone's screen: the messages on it, oldest first, by the ids we gave them."""

    messages: dict[str, MsgOut] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def say(self) -> str:
        """The id of something the person just wrote."""
        return f"m{next(self._numbers)}"

    def show(self, out: MsgOut) -> str | None:
        """Put *out* on the screen; its id, or None where it only takes messages away."""
        for gone in out.removes:
            self.messages.pop(gone, None)
        if not (out.text or out.replies or out.picture or out.document or out.file):
            return None
        msg_id = out.replaces if out.replaces in self.messages else self.say()
        assert msg_id is not None
        self.messages[msg_id] = out
        return msg_id

    def buttons(self) -> list[tuple[str, QuickReply]]:
        """The buttons of the last message that has any, each with that message's id."""
        for msg_id, out in reversed(self.messages.items()):
            found = [(msg_id, button) for row in out.replies for button in row if not button.url]
            if found:
                return found
        return []

    def labelled(self, label: str) -> tuple[str, QuickReply] | None:
        """The button called *label* on the last message that has one."""
        wanted = label.strip().casefold()
        for msg_id, out in reversed(self.messages.items()):
            for button in (button for row in out.replies for button in row):
                if button.label.strip().casefold() == wanted and not button.url:
                    return msg_id, button
        return None


class Talk:
    """One person at a terminal. `transcript` grows with everything said and shown."""

    def __init__(
        self,
        database: Database,
        conversations: Conversations,
        *,
        address: Address,
        clock: Clock,
        write: Callable[[str], None],
    ) -> None:
        self.transcript: list[str] = []
        self._database = database
        self._conversations = conversations
        self._address = address
        self._clock = clock
        self._write = write
        self._screen = Screen()

    def hold(self, listen: Callable[[], str | None]) -> None:
        """Talk until the person leaves: *listen* gives None."""
        self._write(HINT)
        while (line := listen()) is not None:
            if line.strip():
                self.hear(line.strip())

    def hear(self, line: str) -> None:
        """Take one line and show what is said to it."""
        msg, written = self._understood(line)
        self.transcript.append(written)
        now = self._clock.now()
        answers = self._database.run_now(lambda tx: self._conversations.turn(tx, msg, now=now))
        for out in answers:
            self._show(out)

    def _understood(self, line: str) -> tuple[MsgIn, str]:
        found = self._button(line)
        if found is not None:
            msg_id, button = found
            tap = MsgIn(address=self._address, tap=button.data, msg_id=msg_id)
            return tap, f"> [{button.label}]"
        msg_id = self._screen.say()
        if (msg := sent(line, self._address, msg_id)) is not None:
            return msg, f"> {line}"
        words = line.removeprefix("'")
        return MsgIn(address=self._address, text=words, msg_id=msg_id), f"> {words}"

    def _button(self, line: str) -> tuple[str, QuickReply] | None:
        if line.startswith("#") and line[1:].isdecimal():
            place, buttons = int(line[1:]), self._screen.buttons()
            return buttons[place - 1] if 0 < place <= len(buttons) else None
        return self._screen.labelled(line.removeprefix("[").removesuffix("]"))

    def _show(self, out: MsgOut) -> None:
        msg_id = self._screen.show(out)
        self.transcript += shown(out)
        numbers = count(1)
        for line in _lines(out, lambda button: _numbered(button, numbers)):
            self._write(line)
        if out.private and msg_id is not None:
            self._keep(msg_id)

    def _keep(self, msg_id: str) -> None:
        now = self._clock.now()
        self._database.run_now(
            lambda tx: self._conversations.shown(tx, self._address, msg_id, now=now)
        )


def _numbered(button: QuickReply, numbers: Iterator[int]) -> str:
    return f"{button.label}: {button.url}" if button.url else f"#{next(numbers)} [{button.label}]"
