"""A crowd that sends whatever a seed makes it send, and what must hold after each update."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import func, select

from bot.conversations.occupations import WORK
from bot.conversations.router import Conversations
from bot.telegram import render
from bot.telegram.parse import Heard, Left, Returned, Unreadable, lane, parse, update_id
from bot.terminal import Screen
from kkb_core import definitions
from kkb_core.messaging import Address, Channel, MsgIn, MsgOut
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import areas, inviting
from kkb_core.storage import Tx, consents, people, roles
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.tables import addresses, answer_history, households, interviews, memberships
from tests.bot.telegram import payloads
from tests.chaos import hostile
from tests.chaos.lengths import length

BEGIN = datetime(2026, 3, 9, 2, tzinfo=UTC)
VILLAGES = ("33.75.04.1004", "33.75.01.1002")
PEOPLE = length(10, 28)
LABEL = re.compile(r"Rumah-\d{6}")
CODE = re.compile(r"\b[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}\b")
OF_INTERVIEWS = ("a", "p", "n", "s", "edit", "result")


@dataclass
class Somebody:
    """One phone: its screen, and buttons that have been on it."""

    id: int
    screen: Screen = field(default_factory=Screen)
    old: list[tuple[str, str]] = field(default_factory=list)

    @property
    def address(self) -> Address:
        return Address(Channel.TELEGRAM, str(self.id))

    def shows(self, out: MsgOut) -> None:
        msg_id = self.screen.show(out)
        self.old += [(msg_id or "", b.data) for row in out.replies for b in row if not b.url]
        del self.old[:-60]


class Crowd:
    """Sends updates to the conversations; every claim about them is checked as they are taken."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.now = BEGIN
        self.people = [Somebody(payloads.SITI + n) for n in range(PEOPLE)]
        self.strangers: dict[str, Somebody] = {}
        self.codes: list[str] = []
        self.conversations = Conversations(
            definitions.load(), link=lambda code: f"https://t.me/{code}"
        )
        self.asked = definitions.load().current.questions
        self.answers = 0
        self.taken_back_from: set[int] = set()
        self._labels = count(1)
        self._commands = (*hostile.COMMANDS, *WORK.commands)
        self._verbs = tuple(
            ":".join([verb, *["1"] * arity]) for verb, (arity, _) in WORK.taps.items()
        )

    def prepare(self, tx: Tx) -> None:
        """Two villages take part, a round is open in each, and codes are about."""
        for village in VILLAGES:
            areas.add_area(tx, village)
            self._open_round(tx, village)
            self.codes.append(
                inviting.village_code(tx, Scope(village), by=None, now=self.now).code
            )
            narrow = Scope(village, 3, 2)
            self.codes.append(inviting.village_code(tx, narrow, by=None, now=self.now).code)
            self.codes += [
                inviting.invite_to_role(
                    tx, Grant(role, Scope(village)), by=None, now=self.now
                ).code
                for role in Role
                if role is not Role.FAMILY
            ]

    def _open_round(self, tx: Tx, village: str) -> None:
        asked = definitions.load().current
        areas.ensure_round(tx, village, questionnaire=asked, now=self.now)

    # -- what is sent ------------------------------------------------------------------------

    def update(self) -> Any:
        """The next update."""
        who = self.draw.choice(self.people)
        self.now += timedelta(seconds=self.draw.choice((0, 1, 5, 20, 90, 1200)))
        if self.draw.random() < 0.0005:
            self.now += timedelta(days=self.draw.choice((1, 8, 40)))
        raw = self._sent_by(who)
        return hostile.broken(self.draw, raw) if self.draw.random() < 0.12 else raw

    def _sent_by(self, who: Somebody) -> Any:
        luck = self.draw.random()
        if luck < 0.58:
            msg_id, data = self._tap(who)
            return payloads.tap(data, who=who.id, msg_id=int(msg_id.lstrip("m") or 1))
        if luck < 0.8:
            return payloads.message(self._words(who), who=who.id)
        if luck < 0.95:
            return payloads.message(self._command(), who=who.id)
        if luck < 0.98:
            return payloads.message(None, who=who.id, **{self.draw.choice(hostile.OTHER): {}})
        return payloads.membership(self.draw.choice(("kicked", "member", "left", "?")), who=who.id)

    def _tap(self, who: Somebody) -> tuple[str, str]:
        shown = [(msg_id, button.data) for msg_id, button in who.screen.buttons()]
        luck = self.draw.random()
        if shown and luck < 0.78:
            return self._likely(shown)
        if who.old and luck < 0.84:
            return self.draw.choice(who.old)
        other = self.draw.choice(self.people).old
        if other and luck < 0.9:
            return self.draw.choice(other)
        if shown and luck < 0.97:
            msg_id, data = self.draw.choice(shown)
            return msg_id, hostile.forged(self.draw, data)
        return "m1", self.draw.choice((*hostile.TAPS, *self._verbs))

    def _likely(self, shown: list[tuple[str, str]]) -> tuple[str, str]:
        onward = [one for one in shown if one[1].startswith(("a:", "p:", "home:on", "s:"))]
        agree = [one for one in shown if one[1] in ("adult:yes", "consent:yes")]
        rare = [one for one in shown if one[1] not in ("erasing:yes", "stopping:yes")]
        if agree and self.draw.random() < 0.8:
            return self.draw.choice(agree)
        if onward and self.draw.random() < 0.7:
            return self.draw.choice(onward)
        return self.draw.choice(rare if rare and self.draw.random() < 0.9 else shown)

    def _words(self, who: Somebody) -> str:
        naming = any(b.data == "join:name:" for _, b in who.screen.buttons()[:1])
        if naming and self.draw.random() < 0.9:
            return f"Rumah-{next(self._labels):06d}"
        if self.draw.random() < 0.12:
            return self.draw.choice(self.codes)
        return hostile.text(self.draw)

    def _command(self) -> str:
        name = self.draw.choice(self._commands)
        if name == "hapus" and self.draw.random() < 0.7:
            name = "lanjut"
        luck = self.draw.random()
        if luck < 0.35:
            return f"/{name} {self.draw.choice(self.codes)}"
        return f"/{name} {hostile.text(self.draw)}" if luck < 0.5 else f"/{name}"

    # -- what is made of it ------------------------------------------------------------------

    def takes(self, tx: Tx, raw: Any) -> None:
        """Hear *raw* as the bot does, and check what came of it."""
        raw = json.loads(json.dumps(raw))
        update_id(raw)
        lane(raw)
        try:
            meaning = parse(raw)
        except Unreadable:
            return
        match meaning:
            case Heard(msg):
                before = _newest(tx)
                if msg.tap == "erasing:yes":
                    self._note_leaving(tx, msg.address)
                outs = self.conversations.turn(tx, msg, now=self.now)
                self._check_answers(tx, msg, before)
                self._check_words(tx, msg, outs)
                self._show(tx, msg, outs)
            case Left(address):
                people.mark_blocked(tx, address, now=self.now)
            case Returned(address):
                people.mark_unblocked(tx, address)

    def housekeeping(self, tx: Tx) -> None:
        """What the clock does, and what always holds."""
        for _, out in self.conversations.sweep(tx, now=self.now):
            _renders(out)
        for village in VILLAGES:
            self._open_round(tx, village)
        role = self.draw.choice([one for one in Role if one is not Role.FAMILY])
        grant = Grant(role, Scope(self.draw.choice(VILLAGES), self.draw.choice((None, 1, 3))))
        self.codes.append(inviting.invite_to_role(tx, grant, by=None, now=self.now).code)
        del self.codes[4:-40]
        check_histories(tx, taken_back_from=self.taken_back_from)

    def _note_leaving(self, tx: Tx, address: Address) -> None:
        """Who erases themselves takes their answers back; what others said before does not return."""
        homes = (
            select(interviews.c.id)
            .join(memberships, memberships.c.household_id == interviews.c.household_id)
            .join(addresses, addresses.c.person_id == memberships.c.person_id)
            .where(addresses.c.channel == address.channel.value, addresses.c.address == address.id)
        )
        self.taken_back_from.update(tx.execute(homes).scalars())

    def _show(self, tx: Tx, msg: MsgIn, outs: list[MsgOut]) -> None:
        known = {one.id: one for one in self.people}
        who = known.get(int(msg.address.id)) or self.strangers.setdefault(
            msg.address.id, Somebody(int(msg.address.id))
        )
        for out in outs:
            who.shows(out)
            self.codes += CODE.findall(str(out.text))
            if out.private:
                self.conversations.shown(tx, msg.address, "m1", now=self.now)

    # -- what must hold ----------------------------------------------------------------------

    def _check_answers(self, tx: Tx, msg: MsgIn, before: int) -> None:
        new = tx.execute(
            select(answer_history, interviews.c.household_id)
            .join(interviews)
            .where(answer_history.c.id > before)
        ).all()
        for row in new:
            self.answers += 1
            asked = self.asked[row.question]
            names = {choice.name for choice in asked.choices}
            coded = row.value in (None, "", "?") or not names or set(row.value.split()) <= names
            assert coded, f"{row.question} was answered {row.value!r}"
            writer = _at(tx, msg.address)
            assert row.person_id == writer, "an answer in somebody else's name"
            somebody = people.person(tx, writer)
            assert somebody is not None
            assert somebody.status in (PersonStatus.ACTIVE, PersonStatus.PAUSED), somebody.status
            assert somebody.adult_confirmed_at is not None, "a minor answered"
            agreed = consents.latest_consents(tx, writer).get(ConsentKind.SURVEY)
            assert agreed is not None, "an answer without consent"
            assert agreed.given, "an answer without consent"
            assert _may_see(tx, writer, row.household_id), "an answer for somebody else's family"

    def _check_words(self, tx: Tx, msg: MsgIn, outs: list[MsgOut]) -> None:
        said = "\n".join(_renders(out) for out in outs)
        for label in set(LABEL.findall(said)):
            asked = select(households.c.id).where(households.c.label == label)
            found = tx.execute(asked).scalars().all()
            writer = _at(tx, msg.address)
            assert all(_may_see(tx, writer, one) for one in found), f"{label} is shown to others"
        for interview_id in _interviews_in(outs):
            asked = select(interviews.c.household_id).where(interviews.c.id == interview_id)
            home = tx.execute(asked).scalar_one()
            assert _may_see(tx, _at(tx, msg.address), home), "a button for somebody else's family"


def _renders(out: MsgOut) -> str:
    """The words of *out* and its labels, having passed through Telegram's rendering."""
    for piece in render.messages(out.text):
        assert render._size(piece) <= render.TEXT_LIMIT
    render.keyboard(out.replies)
    labels = [button.label for row in out.replies for button in row]
    document = out.document.content.decode(errors="replace") if out.document is not None else ""
    picture = str(out.picture.data) if out.picture is not None else ""
    return "\n".join([str(out.text), *labels, document, picture])


def _interviews_in(outs: list[MsgOut]) -> Iterator[int]:
    found = set()
    for out in outs:
        for button in (button for row in out.replies for button in row):
            verb, *parts = button.data.split(":")
            number = parts[-1] if verb == "result" else parts[1] if verb == "edit" else parts[:1]
            number = number[0] if isinstance(number, list) and number else number
            is_of_a_household = verb == "edit" and parts[0] == "p"
            if verb not in OF_INTERVIEWS or is_of_a_household:
                continue
            if isinstance(number, str) and number.isdigit():
                found.add(int(number))
    yield from found - {0}


def _newest(tx: Tx) -> int:
    return tx.execute(select(func.coalesce(func.max(answer_history.c.id), 0))).scalar_one()


def _at(tx: Tx, address: Address) -> int:
    here = (addresses.c.channel == address.channel.value, addresses.c.address == address.id)
    return tx.execute(select(addresses.c.person_id).where(*here)).scalar_one()


def _may_see(tx: Tx, person: int, household: int) -> bool:
    mine = memberships.c.person_id == person, memberships.c.household_id == household
    if tx.execute(select(memberships.c.person_id).where(*mine)).first():
        return True
    columns = (households.c.area_code, households.c.rw, households.c.rt)
    home = Scope(*tx.execute(select(*columns).where(households.c.id == household)).one())
    return any(grant.scope.covers(home) for grant in roles.grants_of(tx, person))


def check_histories(tx: Tx, *, taken_back_from: Collection[int] = ()) -> None:
    """The answers of an interview are what its history adds up to, or less where some were taken back."""
    told: dict[int, dict[str, str]] = {}
    for row in tx.execute(select(answer_history).order_by(answer_history.c.id)):
        answers = told.setdefault(row.interview_id, {})
        if row.value is None:
            answers.pop(row.question, None)
        else:
            answers[row.question] = row.value
    for one in tx.execute(select(interviews.c.id, interviews.c.answers)):
        stored, given = dict(one.answers).items(), told.get(one.id, {}).items()
        differing = stored - given if one.id in taken_back_from else stored ^ given
        assert not differing, f"interview {one.id} and its history differ: {differing}"
