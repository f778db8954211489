"""Households drawn for a jury, who goes along, and the first door on the way."""

from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import erasing, field_check, field_sample
from kkb_core.services.field_check import Guide
from kkb_core.storage import field_checks, people, rounds
from tests.kkb_core.services.answered import JENGGOT, MONDAY, READ

SEED = 4711
WHOLE = Scope(JENGGOT)


def drawn(tx, village, *, seed=SEED, now=MONDAY):
    of = rounds.round_called(tx, village.current)
    return field_sample.drawn(tx, READ, JENGGOT, of, seed, now=now)


def homes(tx, sample):
    return field_checks.drawn_in(tx, sample.id)


def guide(person, role=Role.COORDINATOR, scope=WHOLE):
    return Guide(person_id=person, hat=Grant(role, scope), definitions=READ, now=MONDAY)


def first_door(tx, village, *, place=0):
    sample = drawn(tx, village)
    who = guide(village.coordinator)
    there = homes(tx, sample)[place].household.id
    return who, field_check.door(tx, who, sample.id, there)


def again(tx, who, door):
    return field_check.door(tx, who, door.sample.id, door.drawn.household.id)


def member(tx, home):
    (found, *_) = people.members_of(tx, home.id)
    return found.person.id


def goes(tx, home):
    erasing.erase(tx, READ, member(tx, home), now=MONDAY)
