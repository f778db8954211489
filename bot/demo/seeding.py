"""Fills an empty, migrated database: Jenggot, its families, a round gone by and one that is open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bot.demo.answers import Answering, Worth, worth_of
from bot.demo.families import Family, families
from kkb_core.definitions import Definitions
from kkb_core.messaging import Address, Channel, Language
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import answering, areas, consenting, inviting
from kkb_core.services.answering import Writer
from kkb_core.storage import Tx, conversations, households, invites, people, roles
from kkb_core.storage.areas import Area
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.households import Household
from kkb_core.storage.invites import InviteKind, NewInvite
from kkb_core.storage.people import PersonStatus, Relation
from kkb_core.storage.rounds import Round
from kkb_core.storage.standing import arrive

JENGGOT = "33.75.04.1004"
VILLAGE_CODE = "JENGGOT"
HOUSEHOLDS = 60
ADMIN_PHONE = "admin"
CADRES_PHONE = Address(Channel.WEB, "kader")
EARLIER = timedelta(days=200)  # since the earlier round was opened; it has closed meanwhile
ANSWERED_WITHIN = 40  # days
SINCE_OPENED = timedelta(days=7)
COMPLETE = 0.9  # of the earlier round's households
AGREE = {
    ConsentKind.SURVEY: 1.0,
    ConsentKind.CONTACT: 0.8,
    ConsentKind.STATISTICS: 0.9,
    ConsentKind.ANNOUNCEMENTS: 0.9,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What there is now."""

    area: Area
    earlier: Round
    current: Round
    households: tuple[Household, ...]
    complete: int  # households that answered the whole earlier round


def seed(
    tx: Tx,
    definitions: Definitions,
    *,
    now: datetime,
    households: int = HOUSEHOLDS,
    seed: int = 2026,
) -> Seeded:
    """Put the village and its families in; the same *seed* draws the same families."""
    draw = Random(seed)  # noqa: S311 - made-up families, no secrets
    then = now - EARLIER
    area = areas.add_area(tx, JENGGOT)
    _put_village_code(tx, area, now=then)
    asked = definitions.current
    earlier = areas.open_round(tx, area.code, questionnaire=asked, now=then)
    worth = worth_of(tuple(definitions.packs.values()))
    village = _Village(tx=tx, definitions=definitions, draw=draw, area=area, worth=worth)
    moved_in = [
        village.move_in(family, Address(Channel.WEB, f"warga-{number}"), at=at)
        for number, (family, at) in enumerate(_arrivals(draw, households, then), start=1)
    ]
    _appoint_admin(tx, area, now=then)
    current = areas.open_round(tx, area.code, questionnaire=asked, now=now - SINCE_OPENED)
    _put_cadre(tx, area, now=now)
    return Seeded(
        area=area,
        earlier=earlier,
        current=current,
        households=tuple(household for household, _ in moved_in),
        complete=sum(complete for _, complete in moved_in),
    )


def _arrivals(draw: Random, count: int, then: datetime) -> Iterator[tuple[Family, datetime]]:
    for family in families(draw, count):
        yield family, then + timedelta(days=draw.uniform(0, ANSWERED_WITHIN))


def _appoint_admin(tx: Tx, area: Area, *, now: datetime) -> None:
    """Somebody of the programme office, who may announce in the whole kota."""
    person = arrive(tx, Address(Channel.WEB, ADMIN_PHONE), now=now).person.id
    people.set_language(tx, person, Language.ID)
    people.set_status(tx, person, PersonStatus.ACTIVE)
    people.confirm_adult(tx, person, now=now)
    city = Scope(".".join(area.code.split(".")[:2]))
    roles.grant_role(tx, person, Grant(Role.ADMIN, city), now=now)


def _put_village_code(tx: Tx, area: Area, *, now: datetime) -> None:
    invite = NewInvite(
        kind=InviteKind.VILLAGE,
        code_hash=inviting.hash_of(VILLAGE_CODE),
        code=VILLAGE_CODE,
        area_code=area.code,
        created_at=now,
    )
    invites.put_invite(tx, invite)


def _put_cadre(tx: Tx, area: Area, *, now: datetime) -> None:
    """Somebody who looks after RW 1 and works on the phone that is a cadre's."""
    person = arrive(tx, CADRES_PHONE, now=now).person.id
    people.set_language(tx, person, Language.ID)
    roles.grant_role(tx, person, Grant(Role.CADRE, Scope(area.code, 1)), now=now)
    hat = roles.roles_of(tx, person)[0].id
    conversations.wear(tx, person, hat)
    conversations.save_conversation(
        tx, person, topic="rest", state={}, household_id=None, interview_id=None, now=now
    )


@dataclass(frozen=True, kw_only=True)
class _Village:
    tx: Tx
    definitions: Definitions
    draw: Random
    area: Area
    worth: Worth

    def move_in(self, family: Family, phone: Address, *, at: datetime) -> tuple[Household, bool]:
        """A family with one phone answers the round that was open then; whether it did so wholly."""
        person = self._person(phone, at)
        household = households.create(
            self.tx,
            Scope(self.area.code, family.rw, family.rt),
            family.name,
            now=at,
            created_by=person,
        )
        people.join(self.tx, person, household.id, relation=Relation.SELF, now=at)
        return household, self._answer(family, household, person, at)

    def _person(self, phone: Address, at: datetime) -> int:
        person = arrive(self.tx, phone, now=at).person.id
        people.set_language(self.tx, person, self.draw.choice((Language.ID, Language.JV)))
        people.set_status(self.tx, person, PersonStatus.ACTIVE)
        people.confirm_adult(self.tx, person, now=at)
        for kind, share in AGREE.items():
            consenting.record(
                self.tx,
                person,
                kind,
                given=self.draw.random() < share,
                language=Language.ID,
                channel=Channel.WEB,
                now=at,
            )
        return person

    def _answer(self, family: Family, household: Household, person: int, at: datetime) -> bool:
        stored = answering.open_interview(
            self.tx, self.definitions, household, person=person, now=at
        )
        assert stored is not None, "the round was open then"
        family_answers = Answering(
            questionnaire=self.definitions.questionnaire(stored.questionnaire),
            worth=self.worth,
            family=family,
            draw=self.draw,
        )
        whole = self.draw.random() < COMPLETE
        kept = answering.keep(
            self.tx,
            self.definitions,
            household,
            stored,
            family_answers.answers_all(sections=None if whole else self.draw.randint(1, 7)),
            writer=Writer(person=person, channel=Channel.WEB),
            now=at,
        )
        return kept.completed_at is not None
