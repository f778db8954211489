"""The ledger of consent: what was asked in which words, and what was said. Only ever added to."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, RowMapping, and_, exists, func, select

from kkb_core.messaging import Channel, Language
from kkb_core.storage.people import Relation
from kkb_core.storage.tables import consents, memberships
from kkb_core.storage.transaction import Tx


class ConsentKind(StrEnum):
    """What a person is asked to agree to."""

    SURVEY = "survey"
    CONTACT = "contact"
    ANNOUNCEMENTS = "announcements"
    STATISTICS = "statistics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One line of the ledger. `text_hash` is of the words as they were shown."""

    kind: ConsentKind
    given: bool
    text_version: str
    text_hash: str
    language: Language
    channel: Channel
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent(Consent):
    """A line to be added, and whose it is."""

    person_id: int
    recorded_by: int | None = None  # who read the words out; None: their own tap


def put_consent(tx: Tx, consent: NewConsent) -> None:
    """Add what a person said to the ledger."""
    mine = consents.c.person_id == consent.person_id
    subject = tx.execute(select(consents.c.subject).where(mine).limit(1)).scalar_one_or_none()
    line = asdict(consent) | {"subject": subject or secrets.token_hex(16)}
    tx.execute(consents.insert(), line)


def ledger_of(tx: Tx, person_id: int) -> tuple[Consent, ...]:
    """All the person ever said, the oldest first."""
    asked = select(consents).where(consents.c.person_id == person_id).order_by(consents.c.id)
    return tuple(map(_consent_from, tx.execute(asked).mappings()))


def latest_consents(tx: Tx, person_id: int) -> dict[ConsentKind, Consent]:
    """What the person said last to each kind they were asked."""
    return {consent.kind: consent for consent in ledger_of(tx, person_id)}


def latest_in(tx: Tx, household_id: int, kind: ConsentKind) -> tuple[bool, ...]:
    """What each of the household's own people said last to *kind*; those never asked are left out."""
    theirs = select(memberships.c.person_id).where(
        memberships.c.household_id == household_id,
        memberships.c.relation == "self",
        memberships.c.left_at.is_(None),
    )
    last = (
        select(func.max(consents.c.id))
        .where(consents.c.kind == kind.value, consents.c.person_id.in_(theirs))
        .group_by(consents.c.person_id)
    )
    asked = select(consents.c.given).where(consents.c.id.in_(last)).order_by(consents.c.id)
    return tuple(tx.execute(asked).scalars())


def said_yes(person: ColumnElement[int], kind: ConsentKind) -> ColumnElement[bool]:
    """Whether what the person in this column said last to *kind* is yes."""
    return _said_last(person, kind, consents.c.given)


def said_no(person: ColumnElement[int], kind: ConsentKind) -> ColumnElement[bool]:
    """Whether what the person in this column said last to *kind* is no."""
    return _said_last(person, kind, ~consents.c.given)


def _said_last(
    person: ColumnElement[int], kind: ConsentKind, answer: ColumnElement[bool]
) -> ColumnElement[bool]:
    later = consents.alias()
    replaced = exists().where(
        later.c.person_id == consents.c.person_id,
        later.c.kind == consents.c.kind,
        later.c.id > consents.c.id,
    )
    mine = and_(consents.c.person_id == person, consents.c.kind == kind.value)
    return exists().where(mine, answer, ~replaced)


def counts_in_statistics(household: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a member of the household in this column agreed to anonymous statistics."""
    return exists().where(
        memberships.c.household_id == household,
        memberships.c.relation == Relation.SELF.value,
        memberships.c.left_at.is_(None),
        said_yes(memberships.c.person_id, ConsentKind.STATISTICS),
    )


def _consent_from(row: RowMapping) -> Consent:
    return Consent(
        kind=ConsentKind(row["kind"]),
        given=row["given"],
        text_version=row["text_version"],
        text_hash=row["text_hash"],
        language=Language(row["language"]),
        channel=Channel(row["channel"]),
        at=row["at"],
    )
