"""Whole talks as text files anybody can read; `--update-transcripts` writes them anew.

Lines: `> words` said, `> [Label]` tapped on the last message that has it, `>> [Label]` tapped on the
first one (an old button), `@ 40 days` lets time pass, `= budi` takes up another phone, `= budi
cadre 3 2` gives its person that role in RW 3 RT 2 first, `+ coordinator 33.75` gives whoever holds it
a role there, `* notices` has the clock look for what is due and delivers it, `# ...` is a remark.
`{code}` stands for the invitation shown last. The rest is what the person is shown.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.conversations.reminding import Words
from bot.conversations.router import Conversations
from bot.terminal import Screen, shown
from kkb_core import definitions
from kkb_core.messaging import Address, Channel, MsgIn, MsgOut
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import areas, inviting, reminding
from kkb_core.services.reminding import Policy
from kkb_core.storage import Database, roles
from kkb_core.storage.invites import InviteKind, NewInvite, put_invite
from kkb_core.storage.standing import arrive
from tests.posting import waiting
from tests.working import delivered, given_role

TALKS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
JENGGOT = "33.75.04.1004"
CODE = r"\b[2-9A-HJKMNP-TV-Z]{4,5}(?:-[2-9A-HJKMNP-TV-Z]{2,5})+\b|(?<=JENGGOT-)\w{4}"
BEGIN = datetime(2026, 3, 9, 2, tzinfo=UTC)


class Phone:
    """One phone, a village that takes part, and a clock that the talk moves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.definitions = definitions.load()
        self.conversations = Conversations(self.definitions)
        self.now = BEGIN
        self.screens: dict[str, Screen] = {}
        self.firsts: dict[str, dict[str, tuple[str, str]]] = {}
        self.code = ""
        self.take_up("siti")

    def take_up(self, name: str) -> None:
        """From here on the talk is on this phone."""
        self.address = Address(Channel.TERMINAL, name)
        self.screen = self.screens.setdefault(name, Screen())
        self.first = self.firsts.setdefault(name, {})

    async def prepare(self) -> None:
        asked = definitions.load().current

        def work(tx):
            areas.add_area(tx, JENGGOT)
            first = areas.ensure_round(tx, JENGGOT, questionnaire=asked, now=BEGIN).round
            areas.open_round(tx, JENGGOT, questionnaire=asked, now=first.closes_at)
            put_invite(
                tx,
                NewInvite(
                    kind=InviteKind.VILLAGE,
                    code_hash=inviting.hash_of("JENGGOT"),
                    code="JENGGOT",
                    area_code=Scope(JENGGOT).area,
                    created_at=BEGIN,
                ),
            )

        await self.database.run(work)

    async def does(self, line: str) -> list[str]:
        if line.startswith("@"):
            number, unit = line[1:].split()
            self.now += timedelta(**{unit: int(number)})
            return [*await self._sweeps(), *await self._is_written_to()]
        if line.startswith("="):
            name, *role = line[1:].split()
            self.take_up(name)
            if role:
                kind, *place = role
                await given_role(self, Role(kind), Scope(JENGGOT, *map(int, place)))
            return []
        if line.startswith("*"):
            return await delivered(self)
        if line.startswith("+"):
            await self._is_given(*line[1:].split())
            return []
        self.now += timedelta(seconds=10)
        line = line.replace("{code}", self.code)
        old, said = line.startswith(">> "), line.lstrip("> ")
        if said.startswith("["):
            label = said[1:-1]
            found = self.first.get(label) if old else self.screen.labelled(label)
            if found is None:
                return [f"!! no button {said}"]
            msg_id, button = found
            data = button if isinstance(button, str) else button.data
            return await self._hears(tap=data, msg_id=msg_id)
        if said.startswith("("):
            return await self._hears(other=said[1:-1], msg_id=self.screen.say())
        return await self._hears(text=said, msg_id=self.screen.say())

    async def _is_written_to(self) -> list[str]:
        """Plan the day, and bring what may leave by now to the phone at hand."""

        def work(tx):
            reminding.plan(tx, self.definitions, Policy(), now=self.now)
            return waiting(tx, self.address, Words(self.definitions), now=self.now)

        lines: list[str] = []
        for out in await self.database.run(work):
            self._shows(out)
            lines += shown(out)
        return lines

    async def _is_given(self, role: str, area: str) -> None:
        def give(tx):
            person = arrive(tx, self.address, now=self.now).person.id
            roles.grant_role(tx, person, Grant(Role(role), Scope(area)), now=self.now)

        await self.database.run(give)

    async def _hears(self, **what: str) -> list[str]:
        msg = MsgIn(address=self.address, **what)
        outs = await self.database.run(lambda tx: self.conversations.turn(tx, msg, now=self.now))
        lines: list[str] = []
        for out in outs:
            msg_id = self._shows(out)
            if out.private and msg_id:
                await self.database.run(
                    lambda tx, shown_id=msg_id: self.conversations.shown(
                        tx, self.address, shown_id, now=self.now
                    )
                )
            lines += shown(out)
        return [self._hides_code(line) for line in lines]

    def _shows(self, out: MsgOut) -> str | None:
        msg_id = self.screen.show(out)
        for row in out.replies:
            for button in row:
                self.first.setdefault(button.label, (msg_id or "", button.data))
        return msg_id

    async def _sweeps(self) -> list[str]:
        swept = await self.database.run(lambda tx: self.conversations.sweep(tx, now=self.now))
        lines: list[str] = []
        for address, out in swept:
            assert address == self.address
            self.screen.show(out)
            lines += shown(out)
        return lines

    def _hides_code(self, line: str) -> str:
        found = re.search(CODE, line)
        if found is None:
            return line
        self.code = found[0]
        return line.replace(self.code, "{code}")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def write(path: Path, told: str) -> None:
    path.write_text(told, encoding="utf-8")


async def retell(talk: str, database: Database) -> str:
    """The talk with everything the person did, and what is shown now."""
    phone = Phone(database)
    await phone.prepare()
    return await retell_on(phone, talk)


async def retell_on(phone: Phone, talk: str) -> str:
    """The talk from where this phone stands."""
    told: list[str] = []
    for line in talk.splitlines():
        if re.match(r"[>@=*+]", line):
            told += [line, *await phone.does(line)]
        elif line.startswith("#"):
            told.append(line)
    return "\n".join(told) + "\n"


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
async def test_the_talk_goes_as_written(path: Path, database: Database, request) -> None:
    written = read(path)

    told = await retell(written, database)

    if request.config.getoption("--update-transcripts"):
        write(path, told)
    assert "!!" not in told
    assert told == read(path)
