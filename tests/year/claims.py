"""What must hold of a village's year: looked at after each tick, each day, and at the end."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from kkb_core.i18n import say
from kkb_core.messaging import Language
from kkb_core.services.holidays import holidays
from kkb_core.storage import Tx
from kkb_core.storage.tables import (
    addresses,
    audit,
    broadcasts,
    consents,
    interviews,
    outbox,
    people,
    reminders,
    rounds,
    scores,
    updates,
)
from tests.chaos.crowd import check_histories
from tests.year.bot_api import Said
from tests.year.figures import ASKED, PRIVATE, Reckoner
from tests.year.recomputed import scored
from tests.year.village import VILLAGE, ZONE, Village

ASKING = ("reminder", "changes")
ANNOUNCEMENTS = ("announcement", "work_announcement")
FREE = holidays()
HALF_A_YEAR = 26  # weeks, and a few days
A_MOMENT = timedelta(minutes=2)  # a message that is under way when somebody says no may arrive
OFFICERS = tuple(
    say(key, language)
    for language in Language
    for key in (
        "notice.case_new",
        "case.care",
        "case.about_lin1",
        "case.about_lin6",
        "case.about_rep5",
    )
)


@dataclass
class Claims:
    """Everything that is claimed, and what has been looked at already."""

    reckoner: Reckoner = field(default_factory=Reckoner)
    summaries: dict[tuple[int, str], int] = field(default_factory=dict)
    told: int = 0
    looked_at: int = 0
    asked: Counter[tuple[int, date]] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    chats: dict[int, int] = field(default_factory=dict)  # those of the people who left as well
    rows: dict[int, Any] = field(default_factory=dict)  # the outbox, before retention takes it

    # -- after each tick: nobody has done anything since ---------------------------------------

    def the_week(self, tx: Tx, village: Village) -> None:
        """The figures of summaries that were queued now are those of the raw answers."""
        new = tx.execute(
            select(outbox)
            .where(outbox.c.kind == "summary", outbox.c.id > self.told)
            .order_by(outbox.c.id)
        ).all()
        if not new:
            return
        self.told = new[-1].id
        monday = date.fromisoformat(new[0].params["week"]["monday"])
        week = self.reckoner.read(tx, monday, new[0].created_at)
        every = tx.execute(select(rounds).order_by(rounds.c.id)).all()
        for row in new:
            assert row.params["week"]["monday"] == monday.isoformat()
            of = row.params["round"]
            before = max((one.id for one in every if one.id < of), default=None)
            spots = tuple((rw, rt) for rw, rt in row.params["spots"])
            right = week.week(spots, of, before)
            for name, value in right.items():
                told = row.params["week"][name]
                assert told == value, f"week of {monday}, {spots}, {name}: {told} is not {value}"
            self.counts["summaries"] += 1
            self.counts["functions"] += len(right["functions"])
        places = {(None, None)} | {
            place for one in week.living.values() for place in ((one.rw, None), (one.rw, one.rt))
        }
        week.remember(new[0].params["round"], places)

    # -- each day ------------------------------------------------------------------------------

    def the_day(self, tx: Tx, village: Village) -> None:
        """What was said today was said to whom, and when, it may be."""
        chats = _chats(tx)
        since = village.wall.now() - timedelta(days=3)
        for row in tx.execute(select(outbox).where(outbox.c.updated_at >= since)):
            self.rows[row.id] = row
            if row.person_id in chats:
                self.chats[row.person_id] = chats[row.person_id]
        sent = {
            (chats[row.person_id], piece): row
            for row in self.rows.values()
            if row.updated_at >= since and row.person_id in chats
            for piece in _pieces(row)
        }
        done = dict(_finished(tx))
        members = {one.id: one for one in (*village.families, *village.workers)}
        today = village.server.said[self.looked_at :]
        self.looked_at += len(today)
        for said in today:
            row = sent.get((said.chat, said.msg_id)) if not said.edited else None
            kind = row.kind if row is not None else _asking(said)
            if row is not None and kind == "reminder":
                at = done.get((row.params["household_id"], row.params["round_id"]))
                assert at is None or said.at < at + A_MOMENT, f"{said} after the last answer"
            if kind in ASKING:
                self._asking(tx, said, row, members[said.chat])
            _private(said, village)

    def _asking(self, tx: Tx, said: Said, row: Any, family: Any) -> None:
        local = said.at.astimezone(ZONE)
        assert _open(local), f"{said.text!r} at {local}"
        assert family.left is None or said.at < family.left + A_MOMENT, f"{said} after leaving"
        for begin, end in family.rests:
            assert not begin + A_MOMENT < said.at < end, f"{said} while resting"
        self.asked[said.chat, local.date()] += 1
        again = self.asked[said.chat, local.date()]
        # What was under way when a process died may be said again: a prompt says so of itself.
        assert again == 1 or row is None or row.attempts > 0, f"{said} is the second today"
        self.counts["asked"] += 1

    # -- at the end ----------------------------------------------------------------------------

    def the_year(self, tx: Tx, village: Village) -> None:
        """Everything is accounted for."""
        _updates_are_done(tx)
        check_histories(tx)
        opened = len(tx.execute(select(rounds)).all())
        begun = 1 + village.size.weeks // HALF_A_YEAR  # with 52 weeks, the third on the last day
        assert opened == begun
        _scores_are_those_of_the_answers(tx)
        self._outbox(tx, village)
        self._summaries(village)
        self._reminders(tx)
        _announcements(tx, village, self.rows.values())
        assert self.counts["asked"], "nobody was reminded of anything"

    def _outbox(self, tx: Tx, village: Village) -> None:
        now = village.wall.now()
        said = {(one.chat, one.msg_id): one for one in village.server.said if not one.edited}
        chats = self.chats
        there = set(tx.execute(select(outbox.c.id)).scalars())
        for row in self.rows.values():
            if row.id not in there and row.state == "queued":
                continue  # a household that erased itself takes along what waited for it
            ended = row.state in ("sent", "failed", "unknown", "stale", "cancelled")
            assert ended or (row.state == "queued" and row.not_after > now), f"{row} is left"
            self.counts[f"outbox {row.state} {row.reason or ''}".strip()] += 1
            if (
                row.state == "sent"
                and row.person_id in chats
                and row.kind != "broadcast_withdrawn"
            ):
                one = said.get((chats[row.person_id], (_pieces(row) or ("",))[-1]))
                assert one is not None, f"{row} was not sent"
                assert one.at <= row.not_after + A_MOMENT, f"{row} left too late"

    def _summaries(self, village: Village) -> None:
        """Every cadre got every week once, or it is known why not."""
        weeks = defaultdict(list)
        for row in self.rows.values():
            if row.kind == "summary":
                weeks[row.person_id].append(row)
        readers = {one.id for one in (*village.cadres, village.coordinator)}
        chats = self.chats
        assert {chats[person] for person in weeks} == readers
        arrived = Counter(
            (one.chat, one.text.splitlines()[0])
            for one in village.server.said
            if one.chat in readers and one.text.startswith("Ringkasan ") and not one.data
        )
        for person, rows in weeks.items():
            mondays = {row.params["week"]["monday"] for row in rows}
            assert len(rows) == len(mondays) == village.size.weeks, f"{person}: {len(rows)}"
            for row in rows:
                assert row.state in ("sent", "unknown"), f"{row.state} {row.reason}: {row}"
            mine = [count for (chat, _), count in arrived.items() if chat == chats[person]]
            assert set(mine) == {1}, f"{person} was told twice"
            lost = len(rows) - len(mine)
            assert lost <= sum(row.state == "unknown" for row in rows), f"{person} was not told"
        self.counts["summaries arrived"] = sum(arrived.values())

    def _reminders(self, tx: Tx) -> None:
        """Three a function at most, and one to a person on a day."""
        numbers: Counter[Any] = Counter()
        for row in self.rows.values():
            if row.kind == "reminder" and row.state in ("sent", "unknown"):
                key = tuple(row.params[one] for one in ("household_id", "round_id", "section"))
                numbers[key] += 1
        assert max(numbers.values(), default=0) <= 3, numbers.most_common(3)
        days = Counter()
        for row in tx.execute(select(reminders).where(reminders.c.person_id.is_not(None))):
            days[row.person_id, row.at.astimezone(ZONE).date()] += 1
        assert max(days.values(), default=0) <= 1, days.most_common(3)


def _updates_are_done(tx: Tx) -> None:
    states = Counter(row.state for row in tx.execute(select(updates)))
    assert set(states) <= {"done"}, states


def _scores_are_those_of_the_answers(tx: Tx) -> None:
    """Of every finished interview, by the plain reckoning of `recomputed`."""
    finished = (
        select(interviews.c.answers, scores)
        .join(scores, scores.c.interview_id == interviews.c.id)
        .where(interviews.c.completed_at.is_not(None))
    )
    for row in tx.execute(finished).mappings():
        right = scored(row["answers"])
        kept = {name: row[name] for name in right.tenths}
        assert kept == dict(right.tenths), f"interview {row['interview_id']}"
        assert row["krs"] == right.krs, f"interview {row['interview_id']}"


def _announcements(tx: Tx, village: Village, queued: Iterable[Any]) -> None:
    """Each text once to whoever got it, and only to who had agreed."""
    ledger = defaultdict(list)
    asked = select(consents).where(consents.c.kind == "announcements").order_by(consents.c.id)
    for row in tx.execute(asked):
        ledger[row.person_id].append((row.at, row.given))
    persons = {chat: person for person, chat in _chats(tx).items()}
    arrived: Counter[tuple[int, str]] = Counter()
    for one in village.server.said:
        if one.text.startswith("📢") and one.chat < 9_000 and not one.edited:
            arrived[one.chat, one.text] += 1
            person = persons.get(one.chat)
            if person is not None:  # who erased themselves left no ledger under their name
                given = [yes for at, yes in ledger[person] if at <= one.at]
                assert given[-1:] == [True], f"{one} without consent"
    assert set(arrived.values()) <= {1}, arrived.most_common(2)
    for number, begun, reached in _queued(tx, queued):
        for family in (one for one in village.families if one.id in persons):
            said = [yes for at, yes in ledger[persons[family.id]] if at <= begun - A_MOMENT]
            if said and said[-1] and family.listened(begun):
                assert persons[family.id] in reached, f"{family.id} was left out of {number}"


def _queued(tx: Tx, queued: Iterable[Any]) -> Iterable[tuple[int, datetime, set[int]]]:
    """The announcements that went out: when their messages were queued, and for whom."""
    rows = defaultdict(list)
    for row in queued:
        if row.kind in ANNOUNCEMENTS:
            rows[row.broadcast_id].append(row)
    for one in tx.execute(select(broadcasts)):
        assert one.eligible == len(rows[one.id]), f"announcement {one.id}"
        if rows[one.id]:
            yield one.id, rows[one.id][0].created_at, {row.person_id for row in rows[one.id]}


def _finished(tx: Tx) -> Iterable[tuple[tuple[int, int], datetime]]:
    for row in tx.execute(
        select(interviews.c.household_id, interviews.c.round_id, interviews.c.completed_at)
    ):
        if row.completed_at is not None:
            yield (row.household_id, row.round_id), row.completed_at


def _pieces(row: Any) -> tuple[str, ...]:
    """The messages a row became: a long one is several."""
    return tuple(row.platform_msg_id.split(",")) if row.platform_msg_id else ()


def _chats(tx: Tx) -> dict[int, int]:
    asked = select(addresses.c.person_id, addresses.c.address)
    return {row.person_id: int(row.address) for row in tx.execute(asked)}


def _asking(said: Said) -> str | None:
    starts = ("remind:on", "change:none")
    return (
        "reminder"
        if not said.edited and any(one.startswith(starts) for one in said.data)
        else None
    )


def _open(local: datetime) -> bool:
    at = local.time()
    friday = local.weekday() == 4 and time(11, 30) <= at < time(13)
    return time(8) <= at < time(20, 31) and not friday and local.date() not in FREE


def _private(said: Said, village: Village) -> None:
    """A case stands on the officer's screen alone, a private question on nobody's who has work."""
    if said.chat != village.officer.id:
        assert not any(one.startswith("case:") for one in said.data), said
        assert not any(words in said.text for words in OFFICERS), said
    if said.chat >= 9_000:
        for name in PRIVATE:
            asks = any(ASKED[name].label[language] in said.text for language in Language)
            mine = any(one.startswith(("a:", "n:")) for one in said.data)
            assert not asks or mine, said


__all__ = ["VILLAGE", "Claims", "Iterable", "audit", "broadcasts", "people"]
