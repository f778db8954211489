"""Announcements as whole talks: an office, families who agreed, a sender and a clock.

As in tests/test_transcripts.py, and `= sari` takes up a phone, `>? data` taps a forged button, `~` lets the clock tick:
what is due begins, what is queued leaves, screens that follow are edited. What others are shown
meanwhile stands after their name.
"""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.conversations.router import Conversations
from bot.conversations.unasked import KINDS
from bot.sender import broadcast_job
from bot.terminal import Screen, sent, shown
from kkb_core import definitions
from kkb_core.broadcast import BroadcastRules
from kkb_core.errors import RecipientGone
from kkb_core.messaging import Address, Channel, Language, MsgIn, MsgOut
from kkb_core.outbox import Limits, Pacer
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import areas
from kkb_core.services.dispatch import Dispatcher
from kkb_core.services.letters import Letter, Rules
from kkb_core.storage import Database, Tx, broadcasts, households, people, roles
from kkb_core.storage.broadcasts import ANNOUNCEMENT_CHANGE, Change
from kkb_core.storage.people import PersonStatus, Relation
from kkb_core.storage.standing import arrive
from tests.kkb_core.storage.broadcasting import a_broadcast, agree
from tests.kkb_core.storage.village import add_person

FOLDER = Path(__file__).parents[2] / "transcripts/announcing"
TALKS = sorted(FOLDER.glob("*.txt"))
JENGGOT = "33.75.04.1004"
BEGIN = datetime(2026, 3, 9, 2, tzinfo=UTC)
FAMILIES = 30
RULES = BroadcastRules(approve_above=12, canary_least=8)
OFFICE = {
    "sari": Grant(Role.ADMIN, Scope("33.75")),
    "joko": Grant(Role.COORDINATOR, Scope(JENGGOT)),
    "wati": Grant(Role.CADRE, Scope(JENGGOT, 1, 1)),
}


def settle_in(tx: Tx, name: str, household: int | None = None) -> int:
    person = arrive(tx, Address(Channel.TERMINAL, name), now=BEGIN).person.id
    people.set_language(tx, person, Language.ID)
    people.set_status(tx, person, PersonStatus.ACTIVE)
    people.confirm_adult(tx, person, now=BEGIN)
    if household is not None:
        people.join(tx, person, household, relation=Relation.SELF, now=BEGIN)
        agree(tx, person)
    return person


def found_village(tx: Tx) -> None:
    areas.take_up(tx, JENGGOT, questionnaire=definitions.load().current, now=BEGIN)
    for number in range(1, FAMILIES + 1):
        home = households.create(
            tx, Scope(JENGGOT, 1 + number % 2, 1 + number % 3), f"Keluarga {number}", now=BEGIN
        )
        settle_in(tx, f"warga-{number}", home.id)
    for name, grant in OFFICE.items():
        roles.grant_role(tx, settle_in(tx, name), grant, now=BEGIN)


class Office:
    """Everybody's phones, what stands on them, and the clock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.known = definitions.load()
        self.conversations = Conversations(self.known, broadcasts=RULES)
        self.screens: dict[str, Screen] = {}
        self.first: dict[tuple[str, str], tuple[str, str]] = {}
        self.now = BEGIN
        self.name = "sari"
        self.gone: set[str] = set()
        self.heard: list[str] = []
        self.sender = Dispatcher(
            Channel.TERMINAL.value,
            database=database,
            channel=self,
            rules=Rules(kinds=KINDS, limits=Limits(per_day=50, same_words=50)),
            owner="test",
            now=lambda: self.now,
            pacer=Pacer(rate=100_000, most=100_000, a_chat=0, first_step=0),
        )

    async def show(self, address: Address, msg: MsgOut) -> list[str]:
        """A channel that messages leave by."""
        if address.id in self.gone:
            raise RecipientGone("blocked")
        return [msg_id] if (msg_id := self.shows(address.id, msg)) else []

    def shows(self, name: str, msg: MsgOut) -> str | None:
        msg_id = self.screens.setdefault(name, Screen()).show(msg)
        for button in (button for row in msg.replies for button in row):
            self.first.setdefault((name, button.label), (msg_id or "", button.data))
        if name in OFFICE or name == "warga-1":
            self.heard += [f"{name} {line}" for line in shown(msg)]
        return msg_id

    async def does(self, line: str) -> list[str]:
        self.heard = []
        match line[0]:
            case "@":
                number, unit = line[1:].split()
                self.now += timedelta(**{unit: int(number)})
            case "=":
                self.name = line[1:].strip()
            case "!":
                self.gone |= {f"warga-{number}" for number in line[1:].split()}
            case "~":
                await self.ticks()
            case _:
                await self.says(line)
        return self.heard

    async def ticks(self) -> None:
        self.now += timedelta(minutes=1)
        await broadcast_job(self.database, RULES, self.now)
        await self.sender.stint()
        await broadcast_job(self.database, RULES, self.now)
        for address, msg in await self.database.run(
            lambda tx: self.conversations.sweep(tx, now=self.now)
        ):
            self.shows(address.id, msg)

    async def says(self, line: str) -> None:
        self.now += timedelta(seconds=10)
        old, said = line.startswith(">> "), line.lstrip("> ")
        screen = self.screens.setdefault(self.name, Screen())
        address = Address(Channel.TERMINAL, self.name)
        if line.startswith(">? "):  # no button anybody was shown
            msg = MsgIn(address=address, tap=said.removeprefix("? "), msg_id="forged")
        elif said.startswith("["):
            found = self.first.get((self.name, said[1:-1])) if old else None
            labelled = None if old else screen.labelled(said[1:-1])
            if found is None and labelled is not None:
                found = labelled[0], labelled[1].data
            if found is None:
                self.heard.append(f"!! no button {said}")
                return
            msg = MsgIn(address=address, tap=found[1], msg_id=found[0])
        else:
            text = re.sub(r"\{(\d+) x\}", lambda many: "x" * int(many[1]), said)
            msg_id = screen.say()
            msg = sent(text, address, msg_id) or MsgIn(address=address, text=text, msg_id=msg_id)
        turn = partial(self.conversations.turn, msg=msg, now=self.now)
        for out in await self.database.run(turn):
            self.shows(self.name, out)


async def retell(talk: str, database: Database) -> str:
    await database.run(found_village)
    office = Office(database)
    told: list[str] = []
    for line in talk.splitlines():
        if re.match(r"[>@=!~]", line):
            told += [line, *await office.does(line)]
        elif line.startswith("#"):
            told.append(line)
    return "\n".join(told) + "\n"


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
async def test_the_talk_goes_as_written(path: Path, database: Database, request) -> None:
    written = await asyncio.to_thread(path.read_text, encoding="utf-8")

    told = await retell(written, database)

    if request.config.getoption("--update-transcripts"):
        await asyncio.to_thread(path.write_text, told, encoding="utf-8")
        written = told
    assert "!!" not in told
    assert told == written


async def test_who_may_announce_no_more_follows_no_more(database: Database) -> None:
    await database.run(found_village)
    office = Office(database)
    for line in ("= joko", "> /umumkan", "> [✏️ Tulis pengumuman]", "> Rapat"):
        await office.does(line)
    for line in (">? cast:now:1:0", ">? cast:look:1:-"):
        await office.does(line)

    def revoked(tx: Tx) -> int:
        before = len(broadcasts.watched(tx))
        joko = arrive(tx, Address(Channel.TERMINAL, "joko"), now=BEGIN).person.id
        roles.revoke_role(tx, joko, OFFICE["joko"], now=BEGIN)
        office.conversations.sweep(tx, now=office.now)
        return before - len(broadcasts.watched(tx))

    assert await database.run(revoked) == 1


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        (Change.REMOVE, {"removes": ("7", "8"), "replaces": None}),
        (Change.REWRITE, {"removes": (), "replaces": "8"}),
        (Change.BLANK, {"removes": (), "replaces": "8"}),
    ],
)
async def test_a_picture_and_its_words_below_are_withdrawn_together(
    sqlite_database: Database, how: Change, shown: dict[str, object]
) -> None:
    def said(tx: Tx) -> MsgOut | None:
        number, person = a_broadcast(tx), people.person(tx, add_person(tx, "siti"))
        assert person is not None
        params = {"announcement": number, "how": how.value, "message": "7,8"}
        letter = Letter(id=1, kind=ANNOUNCEMENT_CHANGE, params=params, person=person)
        return KINDS[ANNOUNCEMENT_CHANGE].words(tx, [letter], BEGIN)[0]

    msg = await sqlite_database.run(said)

    assert msg is not None
    assert {"removes": msg.removes, "replaces": msg.replaces} == shown
