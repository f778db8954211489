"""What is said unasked: only while it is true, to whom it concerns, in neutral words."""

from dataclasses import dataclass

import pytest

from bot.conversations.unasked import KINDS, gathered
from kkb_core.messaging import Channel, Language, MsgOut, Text
from kkb_core.outbox import Limits
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import consenting, letters, unreachable
from kkb_core.services.letters import Kind, Rules, Sorted, one_by_one
from kkb_core.storage import Database, Tx, audit, claims, outbox, people, roles
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.people import PersonStatus
from tests.kkb_core.storage.village import (
    DAY,
    JENGGOT,
    KRADENAN,
    NOW,
    add_person,
    phone,
    settle,
)

GRANTS = {
    "of the village": Scope(JENGGOT),
    "of the RT": Scope(JENGGOT, 1, 2),
    "of another RT": Scope(JENGGOT, 1, 3),
    "of another village": Scope(KRADENAN),
}
HERE = {"of the village", "of the RT"}


@dataclass
class Scene:
    mother: int
    household: int
    cadres: dict[str, int]


def stage(tx: Tx) -> Scene:
    """A village, a family, and cadres near and far."""
    village = settle(tx)
    cadres = {}
    for name, scope in GRANTS.items():
        cadres[name] = add_person(tx, name)
        roles.grant_role(tx, cadres[name], Grant(Role.CADRE, scope), now=NOW)
        people.set_status(tx, cadres[name], PersonStatus.ACTIVE)
    viewer = add_person(tx, "viewer")
    roles.grant_role(tx, viewer, Grant(Role.VIEWER, Scope(JENGGOT)), now=NOW)
    return Scene(village.mother, village.household.id, cadres)


def deliver(tx: Tx, rules: Rules | None = None) -> Sorted:
    """What would leave now, and what was decided."""
    batch = claims.claim(
        tx,
        "telegram",
        holder="me:1",
        zones=["Asia/Jakarta"],
        limit=60,
        now=NOW,
        until=NOW + DAY,
    )
    return letters.sort(tx, batch, rules or Rules(kinds=KINDS), now=NOW)


async def test_the_cadres_of_a_family_nobody_reaches_are_told_once(database: Database) -> None:
    def work(tx: Tx) -> tuple[Scene, int, int, Sorted]:
        scene = stage(tx)
        told = unreachable.gone(tx, phone("mother"), now=NOW)
        return scene, told, unreachable.gone(tx, phone("mother"), now=NOW), deliver(tx)

    scene, told, again, found = await database.run(work)

    assert (told, again) == (2, 0)
    to = {one.claimed.person.id for one in found.ready if one.claimed.person}
    assert to == {scene.cadres[name] for name in HERE}
    words = str(found.ready[0].msg.text)
    assert "Keluarga Melati" in words
    assert "blok" not in words.lower()


async def test_telling_a_cadre_is_written_to_the_audit_log(sqlite_database: Database) -> None:
    def work(tx: Tx) -> list[str]:
        scene = stage(tx)
        unreachable.gone(tx, phone("mother"), now=NOW)
        deliver(tx)
        return [one.act for one in audit.audit_of(tx, "household", scene.household)]

    assert await sqlite_database.run(work) == ["told_unreachable"] * 2


async def test_a_family_somebody_else_answers_for_can_be_reached(
    sqlite_database: Database,
) -> None:
    def work(tx: Tx) -> int:
        stage(tx)
        home = people.memberships_of(tx, 1)[0]
        add_person(tx, "father", home)
        return unreachable.gone(tx, phone("mother"), now=NOW)

    assert await sqlite_database.run(work) == 0


@pytest.mark.parametrize("change", ["wrote again", "lost the role"])
async def test_what_is_true_no_longer_is_not_said(sqlite_database: Database, change: str) -> None:
    def work(tx: Tx) -> Sorted:
        scene = stage(tx)
        unreachable.gone(tx, phone("mother"), now=NOW)
        if change == "wrote again":
            people.mark_unblocked(tx, phone("mother"))
        for name in HERE if change == "lost the role" else ():
            grant = Grant(Role.CADRE, GRANTS[name])
            roles.revoke_role(tx, scene.cadres[name], grant, now=NOW)
        return deliver(tx)

    found = await sqlite_database.run(work)

    assert found.ready == []
    assert {one.verdict.reason for one in found.decided} == {"not_true"}


@pytest.mark.parametrize(
    ("status", "consent", "work", "outcome"),
    [
        (PersonStatus.ACTIVE, True, False, "ready"),
        (PersonStatus.ACTIVE, False, False, "muted"),
        (PersonStatus.ACTIVE, None, False, "muted"),
        (PersonStatus.STOPPED, True, False, "stopped"),
        (PersonStatus.PAUSED, True, False, "muted"),
        (PersonStatus.PAUSED, True, True, "ready"),
    ],
)
async def test_who_does_not_want_it_is_left_in_peace(
    sqlite_database: Database,
    status: PersonStatus,
    outcome: str,
    *,
    consent: bool | None,
    work: bool,
) -> None:
    kind = Kind(words=say_hello, consent=ConsentKind.ANNOUNCEMENTS, work=work)

    def act(tx: Tx) -> Sorted:
        scene = stage(tx)
        people.set_status(tx, scene.mother, status)
        if consent is not None:
            agree(tx, scene.mother, given=consent)
        queue(tx, scene.mother)
        return deliver(tx, Rules(kinds={"hello": kind}))

    found = await sqlite_database.run(act)

    decided = [one.verdict.reason for one in found.decided] or ["ready"]
    assert decided == [outcome]


async def test_one_whose_words_cannot_be_made_keeps_nobody_waiting(database: Database) -> None:
    def odd(_tx: Tx, letter: letters.Letter, _now: object) -> object:
        return None if letter.params["n"] else 1 / 0

    def work(tx: Tx) -> list[str | None]:
        scene = stage(tx)
        for n in (0, 1):
            queue(tx, scene.mother, n=n)
        kind = Kind(words=one_by_one(odd))  # type: ignore[arg-type]
        return [one.verdict.reason for one in deliver(tx, Rules(kinds={"hello": kind})).decided]

    assert await database.run(work) == ["broken", "not_true"]


async def test_the_same_words_a_fourth_time_are_held(sqlite_database: Database) -> None:
    def work(tx: Tx) -> tuple[int, list[str | None]]:
        scene = stage(tx)
        for n in range(5):
            queue(tx, scene.mother, n=n)
        rules = Rules(kinds={"hello": Kind(words=say_hello)}, limits=Limits(same_words=3))
        found = deliver(tx, rules)
        return len(found.ready), [one.verdict.reason for one in found.decided]

    assert await sqlite_database.run(work) == (3, ["repeated", "repeated"])


def test_a_kind_of_nobody_fails_and_two_of_a_name_are_a_mistake() -> None:
    with pytest.raises(AssertionError, match="twice"):
        gathered((KINDS, KINDS))


def say_hello(_tx: Tx, found: list[letters.Letter], _now: object) -> list[object]:
    return [MsgOut(text=Text.of("Halo")) for _ in found]


def queue(tx: Tx, person: int, n: int = 0) -> None:
    wanted = Wanted(
        kind="hello",
        person_id=person,
        dedupe_key=f"hello:{n}",
        not_before=NOW,
        not_after=NOW + DAY,
        params={"n": n},
    )
    outbox.put(tx, [wanted], now=NOW)


def agree(tx: Tx, person: int, *, given: bool) -> None:
    for last in (not given, given):
        consenting.record(
            tx,
            person,
            ConsentKind.ANNOUNCEMENTS,
            given=last,
            language=Language.ID,
            channel=Channel.TELEGRAM,
            now=NOW,
        )
