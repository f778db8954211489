import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kkb_core.messaging import Address, Channel, Language
from kkb_core.roles import Grant, Role, Scope
from kkb_core.storage import (
    Database,
    Tx,
    audit,
    consents,
    conversations,
    erasure,
    flags,
    households,
    interviews,
    invites,
    people,
    roles,
    scores,
    tables,
    updates,
)
from kkb_core.storage import help as helping
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.consents import ConsentKind, NewConsent
from kkb_core.storage.flags import NewFlag
from kkb_core.storage.interviews import StoredInterview, Via
from kkb_core.storage.invites import InviteKind, NewInvite
from kkb_core.storage.people import Relation
from kkb_core.storage.standing import arrive
from kkb_core.survey.questionnaire import Level, Route
from tests.kkb_core.storage.village import (
    JENGGOT,
    NOW,
    Village,
    a_score,
    add_person,
    add_round,
    answer,
    begin,
    phone,
    settle,
)

BOT = "telegram:1"
SECRET = "rahasia-siti"  # in everything the mother ever wrote or was sent
CHAT = "62811000111"
MOTHER = Address(Channel.TELEGRAM, CHAT)


def live(tx: Tx) -> Village:
    """A mother who used everything there is, and left her words everywhere she could."""
    village = settle(tx)
    people.move_address(tx, phone("mother"), MOTHER, now=NOW)
    mother, interview = village.mother, village.interview
    people.set_language(tx, mother, Language.JV)
    households.relabel(tx, village.household.id, f"Keluarga {SECRET}")
    households.pause(tx, village.household.id, until=NOW, reason=SECRET)
    answer(tx, interview.id, mother, "AGM1", SECRET)
    answer(tx, interview.id, mother, "LIN1", f"{SECRET} 2")
    interviews.save_interview(
        tx,
        interview.id,
        answers={"AGM1": SECRET, "LIN1": f"{SECRET} 2"},
        person_id=mother,
        cursor={"picked": [SECRET], "suggestions": {"AGM1": SECRET}},
        now=NOW,
        completed_at=NOW,
    )
    conversations.save_conversation(
        tx,
        mother,
        topic="interview",
        state={"draft": SECRET},
        household_id=village.household.id,
        interview_id=interview.id,
        now=NOW,
    )
    scores.put_score(tx, a_score(interview, village.household, parts=[SECRET]))
    _ask_and_be_asked(tx, village)
    _write_and_be_written_to(tx, village)
    return village


def _ask_and_be_asked(tx: Tx, village: Village) -> None:
    mother, household = village.mother, village.household
    raised = flags.raise_flag(
        tx,
        NewFlag(
            household_id=household.id,
            interview_id=village.interview.id,
            question="LIN1",
            level=Level.RED,
            route=Route.PROTECTION,
            raised_at=NOW,
            due_at=NOW,
        ),
        repeat_after=timedelta(),
    )
    assert raised is not None
    flags.move_flag(tx, raised, flags.FlagState.SEEN, now=NOW, outcome=SECRET)
    helping.ask_help(tx, household.id, mother, now=NOW, interview_id=village.interview.id)
    for kind in (ConsentKind.SURVEY, ConsentKind.CONTACT):
        consents.put_consent(
            tx,
            NewConsent(
                person_id=mother,
                kind=kind,
                given=True,
                text_version="1",
                text_hash="h",
                language=Language.JV,
                channel=Channel.TELEGRAM,
                at=NOW,
            ),
        )
    roles.grant_role(tx, mother, Grant(Role.VIEWER, Scope(JENGGOT)), now=NOW, by=mother)
    invites.put_invite(
        tx,
        NewInvite(
            kind=InviteKind.HOUSEHOLD,
            code_hash="x",
            code=SECRET,
            household_id=household.id,
            created_by=mother,
            created_at=NOW,
        ),
    )
    for subject_kind, subject in (("person", mother), ("household", household.id)):
        entry = AuditEntry(
            at=NOW,
            actor=mother,
            act="x",
            subject_kind=subject_kind,
            subject_id=subject,
            detail={"note": SECRET},
        )
        audit.put_audit(tx, entry)


def _write_and_be_written_to(tx: Tx, village: Village) -> None:
    conversations.remember_prompt(tx, MOTHER, "7", now=NOW, interview_id=village.interview.id)
    invites.note_try(tx, MOTHER, now=NOW)
    said = {"chat": {"id": int(CHAT), "first_name": SECRET}}
    updates.take(tx, BOT, {1: said, 2: said}, now=NOW, keys={1: CHAT})
    updates.done(tx, BOT, 1, now=NOW)
    updates.quarantine(tx, BOT, 2, reason="strange", now=NOW)
    nothing: dict[str, object] = dict.fromkeys(("text", "segment", "schedule", "counts"), "")
    when = {"created_at": NOW, "updated_at": NOW}
    broadcast = nothing | when | {"id": 1, "state": "sent", "author": village.mother}
    tx.execute(tables.broadcasts.insert(), broadcast)
    for number, (state, broadcast_id) in enumerate([("sent", 1), ("queued", 1), ("queued", None)]):
        row = {
            "kind": "x",
            "params": {"name": SECRET},
            "person_id": village.mother,
            "account": BOT,
            "broadcast_id": broadcast_id,
            "state": state,
            "dedupe_key": f"{SECRET}{number}",
            "not_before": NOW,
            "not_after": NOW,
            "platform_msg_id": CHAT,
        }
        tx.execute(tables.outbox.insert(), row | when)
    told = {"household_id": village.household.id, "words": SECRET}
    about = row | {"params": told, "person_id": None, "dedupe_key": None, "platform_msg_id": None}
    tx.execute(tables.outbox.insert(), about | when)


def everything(tx: Tx) -> str:
    """All the text of all tables."""
    found = [tx.execute(select(table)).all() for table in tables.metadata.sorted_tables]
    return repr(found)


def rows(tx: Tx, table: str) -> int:
    return int(tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


async def test_erasing_the_last_member_leaves_no_trace(database: Database) -> None:
    village = await database.run(live)
    before = await database.read(everything)
    public_id = village.household.public_id
    assert before.count(SECRET) > 20
    assert CHAT in before
    assert public_id in before

    done = await database.run(lambda tx: erasure.erase_person(tx, village.mother, now=NOW))

    after = await database.read(everything)
    assert done.households == (village.household.id,)
    assert SECRET not in after
    assert CHAT not in after
    assert public_id not in after
    assert "'LIN1'" not in after


async def test_an_erased_file_holds_no_words_on_the_disk(
    sqlite_database: Database, tmp_path: Path
) -> None:
    village = await sqlite_database.run(live)
    await sqlite_database.run(lambda tx: erasure.erase_person(tx, village.mother, now=NOW))
    await sqlite_database.close()

    with sqlite3.connect(tmp_path / "kkb.db") as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()

    assert SECRET.encode() not in (tmp_path / "kkb.db").read_bytes()


@pytest.mark.parametrize(
    ("table", "left"),
    [
        ("addresses", 0),
        ("address_moves", 0),
        ("answer_history", 0),
        ("conversations", 0),
        ("flags", 0),
        ("help_requests", 0),
        ("interviews", 0),
        ("invites", 0),
        ("invite_tries", 0),
        ("memberships", 0),
        ("prompts", 0),
        ("roles", 0),
        ("scores", 0),
        ("consents", 2),
        ("outbox", 2),
        ("people", 1),
        ("households", 1),
    ],
)
async def test_only_what_names_nobody_is_left(
    sqlite_database: Database, table: str, left: int
) -> None:
    village = await sqlite_database.run(live)

    await sqlite_database.run(lambda tx: erasure.erase_person(tx, village.mother, now=NOW))

    assert await sqlite_database.read(lambda tx: rows(tx, table)) == left


async def test_the_consent_ledger_stays_under_one_random_id(database: Database) -> None:
    village = await database.run(live)

    await database.run(lambda tx: erasure.erase_person(tx, village.mother, now=NOW))

    kept = await database.read(lambda tx: tx.execute(select(tables.consents)).all())
    assert [(one.person_id, one.kind) for one in kept] == [(None, "survey"), (None, "contact")]
    assert len({one.subject for one in kept}) == 1


async def test_a_count_by_round_and_village_remains(database: Database) -> None:
    village = await database.run(live)

    await database.run(lambda tx: erasure.erase_person(tx, village.mother, now=NOW))

    kept = await database.read(lambda tx: tx.execute(select(tables.erased_counts)).all())
    assert [tuple(one) for one in kept] == [(village.round_id, JENGGOT, 1)]


async def test_a_broadcast_still_adds_up(database: Database) -> None:
    village = await database.run(live)

    await database.run(lambda tx: erasure.erase_person(tx, village.mother, now=NOW))

    asked = select(tables.outbox.c.state).where(tables.outbox.c.broadcast_id == 1)
    states = await database.read(lambda tx: sorted(tx.execute(asked).scalars()))
    assert states == ["cancelled", "sent"]


async def test_who_erased_themselves_and_writes_again_is_somebody_new(database: Database) -> None:
    village = await database.run(live)
    await database.run(lambda tx: erasure.erase_person(tx, village.mother, now=NOW))

    again = await database.run(lambda tx: arrive(tx, MOTHER, now=NOW))

    assert again.person.id != village.mother
    assert again.household is None
    assert await database.read(lambda tx: people.person(tx, village.mother)) is None


def together(tx: Tx) -> tuple[Village, int]:
    """The mother and a father, who changed one of her answers and gave one of his own."""
    village = live(tx)
    father = add_person(tx, "father", village.household)
    begin(tx, village.household, village.round_id, father)
    answer(tx, village.interview.id, father, "LIN1", "bapak")
    answer(tx, village.interview.id, father, "EKO1", "bapak")
    return village, father


async def test_the_household_stays_with_the_others_and_what_they_said(database: Database) -> None:
    village, father = await database.run(together)

    done = await database.run(lambda tx: erasure.erase_person(tx, village.mother, now=NOW))

    def left(tx: Tx) -> tuple[StoredInterview | None, int]:
        kept = interviews.load_interview(tx, village.interview.id, father)
        return kept, len(people.memberships_of(tx, father))

    interview, homes = await database.read(left)
    assert (done.households, done.rescore) == ((), (village.interview.id,))
    assert interview is not None
    assert interview.answers == {"LIN1": "bapak", "EKO1": "bapak"}
    assert interview.completed_at is None
    assert homes == 1


async def test_what_she_said_is_in_nobody_elses_history(database: Database) -> None:
    village, _ = await database.run(together)

    await database.run(lambda tx: erasure.erase_person(tx, village.mother, now=NOW))

    history = await database.read(lambda tx: interviews.history_of(tx, village.interview.id))
    assert [(one.question, one.value, one.previous) for one in history] == [
        ("LIN1", "bapak", None),
        ("EKO1", "bapak", None),
    ]


async def test_answers_stay_what_their_history_adds_up_to(database: Database) -> None:
    village, father = await database.run(together)

    await database.run(lambda tx: erasure.erase_person(tx, father, now=NOW))

    def left(tx: Tx) -> tuple[dict[str, str], dict[str, str | None]]:
        kept = interviews.load_interview(tx, village.interview.id, village.mother)
        history = interviews.history_of(tx, village.interview.id)
        return dict(kept.answers if kept else {}), {one.question: one.value for one in history}

    answers, told = await database.read(left)
    assert "LIN1" not in answers
    assert told == answers


async def test_what_she_said_last_round_is_suggested_to_nobody(database: Database) -> None:
    def work(tx: Tx) -> StoredInterview | None:
        village, father = together(tx)
        second = begin(tx, village.household, add_round(tx, opens=NOW), father)
        suggested = {"suggestions": {"AGM1": SECRET, "EKO1": "bapak"}, "revision": 1}
        interviews.save_cursor(tx, second.id, father, cursor=suggested, now=NOW)
        erasure.erase_person(tx, village.mother, now=NOW)
        return interviews.load_interview(tx, second.id, father)

    found = await database.run(work)

    assert found is not None
    assert found.cursor == {"suggestions": {"EKO1": "bapak"}, "revision": 1}


async def test_a_cadre_who_erases_themselves_takes_no_family_along(database: Database) -> None:
    def work(tx: Tx) -> tuple[erasure.Erased, StoredInterview | None, list[int | None]]:
        village = settle(tx)
        cadre = add_person(tx, "cadre", village.household, relation=Relation.CADRE)
        people.leave(tx, village.mother, village.household.id, now=NOW)
        answer(tx, village.interview.id, cadre, "AGM1", "ya", via=Via.CADRE)
        done = erasure.erase_person(tx, cadre, now=NOW)
        kept = interviews.load_interview(tx, village.interview.id, village.mother)
        history = interviews.history_of(tx, village.interview.id)
        return done, kept, [one.person_id for one in history]

    done, interview, givers = await database.run(work)

    assert done == erasure.Erased(households=(), rescore=())
    assert interview is not None
    assert interview.answers == {"AGM1": "ya"}
    assert givers == [None]


def nobody(tx: Tx, village: Village) -> None:
    """The mother is the only one."""


def a_cadre(tx: Tx, village: Village) -> None:
    add_person(tx, "other", village.household, relation=Relation.CADRE)


def a_father(tx: Tx, village: Village) -> None:
    add_person(tx, "other", village.household)


def a_father_who_left(tx: Tx, village: Village) -> None:
    father = add_person(tx, "other", village.household)
    people.leave(tx, father, village.household.id, now=NOW)


def only_she_left(tx: Tx, village: Village) -> None:
    people.leave(tx, village.mother, village.household.id, now=NOW)


def she_left_it_to_a_cadre(tx: Tx, village: Village) -> None:
    a_cadre(tx, village)
    only_she_left(tx, village)


@pytest.mark.parametrize(
    ("others", "household"),
    [
        (nobody, "goes"),
        (a_cadre, "goes"),
        (a_father, "stays"),
        (a_father_who_left, "goes"),
        (only_she_left, "goes"),
        (she_left_it_to_a_cadre, "stays"),
    ],
)
async def test_a_household_goes_with_its_last_member(
    database: Database, others: Callable[[Tx, Village], None], household: str
) -> None:
    def work(tx: Tx) -> bool:
        village = settle(tx)
        others(tx, village)
        erasure.erase_person(tx, village.mother, now=NOW)
        return households.household(tx, village.household.id) is None

    assert await database.run(work) == (household == "goes")


async def test_a_neighbour_keeps_everything(database: Database) -> None:
    def work(tx: Tx) -> tuple[StoredInterview, StoredInterview | None, int]:
        village = live(tx)
        home = households.create(tx, Scope(JENGGOT, 1, 2), "Keluarga Mawar", now=NOW)
        neighbour = add_person(tx, "neighbour", home)
        theirs = begin(tx, home, village.round_id, neighbour)
        answer(tx, theirs.id, neighbour, "AGM1", "ya")
        before = interviews.load_interview(tx, theirs.id, neighbour)
        assert before is not None
        scores.put_score(tx, a_score(theirs, home))
        erasure.erase_person(tx, village.mother, now=NOW)
        after = interviews.load_interview(tx, theirs.id, neighbour)
        return before, after, len(scores.scores_of(tx, home.id))

    before, after, scored = await database.run(work)

    assert before == after
    assert scored == 1


async def test_her_place_in_a_shared_interview_goes_and_his_stays(database: Database) -> None:
    def work(tx: Tx) -> dict[str, object]:
        village, father = together(tx)
        interview_id = village.interview.id
        for person in (village.mother, father):
            interviews.save_cursor(tx, interview_id, person, cursor={"picked": [SECRET]}, now=NOW)
        erasure.erase_person(tx, village.mother, now=NOW)
        return {
            who: getattr(interviews.load_interview(tx, interview_id, person), "cursor", None)
            for who, person in (("mother", village.mother), ("father", father))
        }

    assert await database.run(work) == {"mother": None, "father": {"picked": [SECRET]}}
