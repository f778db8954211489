"""A made-up village that answered two rounds, and what it adds up to, computed from raw answers alone."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from hashlib import sha256
from random import Random

from sqlalchemy import func, select, update

from bot.demo.answers import Answering, worth_of
from bot.demo.families import Family, families
from kkb_core import definitions
from kkb_core.messaging import Address, Channel, Language
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import answering, areas, consenting
from kkb_core.services.answering import Writer
from kkb_core.services.scoring import EIGHT_FUNCTIONS
from kkb_core.storage import Tx, households, interviews, people, roles
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.people import Relation
from kkb_core.storage.standing import arrive
from kkb_core.storage.tables import households as table
from kkb_core.storage.tables import people as everybody
from kkb_core.survey.interview import Turn
from kkb_core.survey.scoring import score
from tests.copying import Rows, copied, copied_into

READ = definitions.load()
WORTH = worth_of(tuple(READ.packs.values()))
JENGGOT = "33.75.04.1004"
MONDAY = datetime(2026, 3, 16, 0, 5, tzinfo=UTC)  # 07.05 in Jakarta
EARLIER = MONDAY - timedelta(days=200)
WEEK = (MONDAY - timedelta(days=7)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    earlier: int
    current: int
    homes: tuple[households.Household, ...]
    cadre: int
    coordinator: int


def settle(tx: Tx, count: int = 40, *, seed: int = 7, fall: float = 0.0) -> Answered:
    """*count* families of twelve RTs answer two rounds; the second *fall* lower, and not all of them.

    Lived once through the services; where nobody lives yet, it is the same rows from then on.
    """
    if tx.execute(select(func.count()).select_from(everybody)).scalar_one():
        return _live(tx, count, seed, fall)
    known = (count, seed, fall)
    if known in _lived:
        village, rows = _lived[known]
        copied_into(tx, rows)
        return village
    village = _live(tx, count, seed, fall)
    _lived[known] = (village, copied(tx))
    return village


_lived: dict[tuple[int, int, float], tuple[Answered, Rows]] = {}


def _live(tx: Tx, count: int, seed: int, fall: float) -> Answered:
    draw = Random(seed)
    areas.add_area(tx, JENGGOT)
    earlier = areas.open_round(tx, JENGGOT, questionnaire=READ.current, now=EARLIER)
    moved_in = [_move_in(tx, family, number) for number, family in enumerate(made_up(seed, count))]
    for number, (home, person) in enumerate(moved_in):
        if draw.random() < 0.8:
            turn = replied(seed, count, number, 0.0)
            _answer(tx, home, person, turn, at=EARLIER + timedelta(days=3))
    opened = MONDAY - timedelta(days=10)
    current = areas.open_round(tx, JENGGOT, questionnaire=READ.current, now=opened)
    for number, (home, person) in enumerate(moved_in):
        if draw.random() < 0.8:
            turn = replied(seed + 1, count, number, fall)
            _answer(tx, home, person, turn, at=opened + timedelta(days=draw.uniform(0, 9)))
    return Answered(
        earlier=earlier.id,
        current=current.id,
        homes=tuple(home for home, _ in moved_in),
        cadre=works(tx, "kader", Role.CADRE, Scope(JENGGOT, 1)),
        coordinator=works(tx, "koordinator", Role.COORDINATOR, Scope(JENGGOT)),
    )


@cache
def made_up(seed: int, count: int) -> tuple[Family, ...]:
    return tuple(families(Random(seed), count))


@cache
def replied(seed: int, count: int, number: int, fall: float) -> Turn:
    """One family's interview; going through it takes longer than keeping it, so once for all tests."""
    draw = Random(seed * 1000 + number)
    family = made_up(7, count)[number]
    told = Answering(
        questionnaire=READ.current,
        worth=WORTH,
        family=replace(family, wellbeing=family.wellbeing - fall),
        draw=draw,
    )
    return told.answers_all(sections=None if draw.random() < 0.8 else draw.randint(1, 7))


def works(tx: Tx, phone: str, role: Role, scope: Scope) -> int:
    person = arrive(tx, Address(Channel.TERMINAL, phone), now=EARLIER).person.id
    roles.grant_role(tx, person, Grant(role, scope), now=EARLIER)
    return person


def _move_in(tx, family, number):
    person = arrive(tx, Address(Channel.TERMINAL, f"warga-{number}"), now=EARLIER).person.id
    where = Scope(JENGGOT, family.rw, family.rt)
    made = households.create(tx, where, f"{family.name} {number}", now=EARLIER)
    home = replace(made, public_id=sha256(str(number).encode()).hexdigest()[:16])
    # Always the same, so that the same seed draws the same households in a transcript.
    known = update(table).where(table.c.id == home.id).values(public_id=home.public_id)
    tx.execute(known)
    people.join(tx, person, home.id, relation=Relation.SELF, now=EARLIER)
    says(tx, person, given=True)
    return home, person


def says(tx: Tx, person: int, *, given: bool) -> None:
    """What the person says to being counted in statistics."""
    consenting.record(
        tx,
        person,
        ConsentKind.STATISTICS,
        given=given,
        language=Language.ID,
        channel=Channel.TERMINAL,
        now=EARLIER,
    )


def _answer(tx, home, person, turn, *, at):
    stored = answering.open_interview(tx, READ, home, person=person, now=at)
    writer = Writer(person=person, channel=Channel.TERMINAL)
    answering.keep(tx, READ, home, stored, turn, writer=writer, now=at)


def recomputed(tx: Tx, homes, round_id: int) -> dict[str, list[Fraction]]:
    """Every shown score of each function, by scoring the raw answers one household after another."""
    found: dict[str, list[int]] = {}
    for home in homes:
        for stored in interviews.interviews_of(tx, home.id):
            if stored.round_id != round_id:
                continue
            for scale in score(READ.pack(EIGHT_FUNCTIONS), READ.current, stored.answers).scales:
                if scale.tenths is not None:
                    found.setdefault(scale.name, []).append(scale.tenths)
    return found
