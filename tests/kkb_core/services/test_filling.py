"""Filling in: consent first and in the family's own name, provenance kept, erasure of all of it."""

import pytest
from sqlalchemy import select

from kkb_core.errors import NotAllowed
from kkb_core.messaging import Channel, Language
from kkb_core.roles import Scope
from kkb_core.services import filling, paper_forms
from kkb_core.services.filling import Agreement
from kkb_core.storage import audit, erasure, households, interviews, people, worklist
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.interviews import Via
from kkb_core.storage.people import Relation
from kkb_core.storage.tables import audit as audited
from kkb_core.storage.tables import consents
from kkb_core.survey.paper import form_in
from tests.kkb_core.services.working import KNOWN, OF_RW1, agrees, at_work
from tests.kkb_core.storage.village import JENGGOT, KRADENAN, NOW, add_household


@pytest.fixture
def here(tx):
    return at_work(tx)


@pytest.fixture
def elder(tx, here):
    """A household without a phone."""
    return households.create(tx, Scope(JENGGOT, 1, 3), "Mbah Karto", now=NOW)


def reads_out(tx, here, home, *, given=True, kind=ConsentKind.SURVEY):
    filling.record(
        tx,
        home,
        kind,
        given=given,
        by=here.cadre,
        language=Language.ID,
        channel=Channel.TELEGRAM,
        now=NOW,
    )


def keys_in(tx, here, line):
    return filling.from_paper(
        tx, KNOWN, here.cadre, OF_RW1, form_in(line), channel=Channel.TELEGRAM, now=NOW
    )


def test_nobody_is_filled_in_for_who_was_never_asked(tx, here, elder):
    assert filling.agreement(tx, elder.id) is Agreement.NEVER_ASKED
    with pytest.raises(NotAllowed):
        filling.begin(tx, here.cadre, OF_RW1, elder.id, now=NOW)


@pytest.mark.parametrize(("given", "agreement"), [(True, "given"), (False, "refused")])
def test_what_was_read_out_is_in_the_familys_own_ledger(tx, here, elder, given, agreement):
    reads_out(tx, here, elder, given=given)

    (line,) = tx.execute(select(consents)).all()
    assert (line.kind, line.given, line.recorded_by) == ("survey", given, here.cadre)
    assert people.addresses_of(tx, line.person_id) == ()
    assert filling.agreement(tx, elder.id) == agreement


def test_a_second_consent_is_the_same_persons(tx, here, elder):
    reads_out(tx, here, elder)
    reads_out(tx, here, elder, kind=ConsentKind.CONTACT)

    assert len(people.members_of(tx, elder.id)) == 1
    assert worklist.may_be_contacted(tx, elder.scope) == {elder.id}


def test_a_family_that_agreed_on_its_own_phone_is_not_asked_again(tx, here):
    agrees(tx, here.village.mother, ConsentKind.SURVEY)

    begun = filling.begin(tx, here.cadre, OF_RW1, here.home.id, now=NOW)

    assert begun == here.home
    relations = [one.relation for one in people.members_of(tx, here.home.id)]
    assert sorted(relations) == [Relation.CADRE, Relation.SELF]
    assert audit.audit_of(tx, "household", here.home.id)[-1].act == "fill_in"


def test_a_family_that_said_no_stays_a_family_that_said_no(tx, here):
    agrees(tx, here.village.mother, ConsentKind.SURVEY, given=False)

    with pytest.raises(NotAllowed):
        filling.begin(tx, here.cadre, OF_RW1, here.home.id, now=NOW)


def test_who_may_not_fill_in_keys_nothing_in(tx, here):
    far = add_household(tx, KRADENAN)
    for person in (here.cadre, here.officer):
        with pytest.raises(NotAllowed):
            filling.may_fill_in(tx, person, OF_RW1, far.id)
    with pytest.raises(NotAllowed):
        filling.may_fill_in(tx, here.officer, OF_RW1, here.home.id)


def test_a_paper_form_is_kept_with_how_it_came(tx, here, elder):
    reads_out(tx, here, elder)

    stored, read = keys_in(tx, here, f"RT03-{elder.id}: 1=2 2B")

    assert (read.wrong, stored.answers) == ((), {"members": "2", "couple": "tidak"})
    assert {one.via for one in interviews.history_of(tx, stored.id)} == {Via.PAPER}


def test_a_mistake_takes_nothing(tx, here, elder):
    reads_out(tx, here, elder)

    stored, read = keys_in(tx, here, f"RT03-{elder.id}: 1=2 2Z")

    assert [one.entry for one in read.wrong] == ["2Z"]
    assert interviews.history_of(tx, stored.id) == ()


def test_the_rt_on_the_form_must_be_the_familys(tx, here, elder):
    reads_out(tx, here, elder)

    with pytest.raises(NotAllowed):
        keys_in(tx, here, f"RT04-{elder.id}: 1=2")


def test_erasing_the_family_without_a_phone_takes_all_of_it(tx, here, elder):
    reads_out(tx, here, elder)
    keys_in(tx, here, f"RT03-{elder.id}: 1=2")
    (member,) = people.members_of(tx, elder.id)

    erased = erasure.erase_person(tx, member.person.id, now=NOW)

    assert erased.households == (elder.id,)
    assert interviews.interviews_of(tx, elder.id) == ()


def test_erasing_the_cadre_leaves_the_familys_consent_without_her_name(tx, here, elder):
    reads_out(tx, here, elder)

    erasure.erase_person(tx, here.cadre, now=NOW)

    (line,) = tx.execute(select(consents)).all()
    assert (line.given, line.recorded_by) == (True, None)


def test_the_printed_form_is_handed_to_who_may_fill_in_and_that_is_noted(tx, here, elder):
    made = prints(tx, here.cadre, elder.id)

    assert (made.name, made.content[:4]) == (f"RT03-{elder.id}.pdf", b"%PDF")
    noted = tx.execute(select(audited.c.act, audited.c.subject_id, audited.c.actor)).all()
    assert ("print_form", elder.id, here.cadre) in noted


def test_nobody_prints_the_form_of_a_family_out_of_reach(tx, here):
    far = add_household(tx, KRADENAN)

    for person, home in ((here.cadre, far), (here.officer, here.home)):
        with pytest.raises(NotAllowed):
            prints(tx, person, home.id)


def prints(tx, person, household):
    return paper_forms.printed(
        tx, KNOWN, person, OF_RW1, household, language=Language.ID, link=None, now=NOW
    )
