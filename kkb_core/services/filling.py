"""Filling in for a family: its recorded consent first, its answers through a cadre's hand or from paper."""

from datetime import datetime
from enum import StrEnum

from kkb_core.definitions import Definitions
from kkb_core.errors import NotAllowed
from kkb_core.messaging import Channel, Language
from kkb_core.roles import Act, Grant, demand
from kkb_core.services import answering, consenting
from kkb_core.services.answering import Writer, value_of
from kkb_core.services.following_up import reachable
from kkb_core.storage import Tx, audit, consents, people, roles
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.households import Household
from kkb_core.storage.interviews import StoredInterview, Via
from kkb_core.storage.people import Relation
from kkb_core.survey.paper import Form, Read, key_in, read_form
from kkb_core.survey.place import Interview


class Agreement(StrEnum):
    """What a family said to taking part."""

    GIVEN = "given"
    REFUSED = "refused"
    NEVER_ASKED = "never_asked"


def agreement(tx: Tx, household_id: int) -> Agreement:
    """What the family's own people said last to the survey; one yes is enough."""
    said = consents.latest_in(tx, household_id, ConsentKind.SURVEY)
    if not said:
        return Agreement.NEVER_ASKED
    return Agreement.GIVEN if any(said) else Agreement.REFUSED


def may_fill_in(tx: Tx, person_id: int, hat: Grant, household_id: int) -> Household:
    """The household, for whom the person may answer. Raises NotAllowed."""
    household = reachable(tx, hat, household_id)
    demand(roles.grants_of(tx, person_id), Act.FILL_IN, household.scope)
    return household


def record(
    tx: Tx,
    household: Household,
    kind: ConsentKind,
    *,
    given: bool,
    by: int,
    language: Language,
    channel: Channel,
    now: datetime,
) -> None:
    """What an adult without a phone answered to the words that were read out, and who read them.

    They become a person of the family who has no address: the ledger is theirs, and so is the
    right to have it all erased.
    """
    speaker = people.without_address(tx, household.id)
    if speaker is None:
        speaker = people.add_without_address(tx, language, now=now)
        people.join(tx, speaker, household.id, relation=Relation.SELF, now=now)
    consenting.record(
        tx,
        speaker,
        kind,
        given=given,
        language=language,
        channel=channel,
        now=now,
        recorded_by=by,
    )


def begin(tx: Tx, person_id: int, hat: Grant, household_id: int, *, now: datetime) -> Household:
    """Answer for the family from now on. Raises NotAllowed, also where the family did not agree."""
    household = may_fill_in(tx, person_id, hat, household_id)
    if agreement(tx, household_id) is not Agreement.GIVEN:
        raise NotAllowed(f"household {household_id} did not agree")
    people.join(tx, person_id, household_id, relation=Relation.CADRE, now=now)
    audit.note(tx, person_id, "fill_in", household_id, now=now, how="self")
    return household


def from_paper(
    tx: Tx,
    definitions: Definitions,
    person_id: int,
    hat: Grant,
    form: Form,
    *,
    channel: Channel,
    now: datetime,
) -> tuple[StoredInterview, Read] | None:
    """Take a whole form, or none of it and say what is wrong; None when no round is open.

    Raises NotAllowed for a family out of reach, or one that did not agree.
    """
    household = may_fill_in(tx, person_id, hat, form.household)
    if household.rt != form.rt or agreement(tx, household.id) is not Agreement.GIVEN:
        raise NotAllowed(f"form of household {household.id}")
    stored = answering.open_interview(tx, definitions, household, person=person_id, now=now)
    if stored is None:
        return None
    asked = definitions.questionnaire(stored.questionnaire)
    found = read_form(asked, form.entries, stored.answers)
    if not found.values:
        return stored, found
    interview = (
        value_of(stored)
        if stored.cursor
        else Interview(questionnaire=asked.id, answers=dict(stored.answers))
    )
    kept = answering.keep(
        tx,
        definitions,
        household,
        stored,
        key_in(asked, interview, found.values),
        writer=Writer(person=person_id, channel=channel, via=Via.PAPER),
        now=now,
    )
    audit.note(tx, person_id, "fill_in", household.id, now=now, how="paper")
    return kept, found
