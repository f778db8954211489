"""Answers and scores for those who may have them, and nobody's name or secret among them."""

from datetime import UTC, datetime

import pytest

from kkb_core import definitions
from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.messaging import Address, Channel, Language
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import areas, consenting, exporting
from kkb_core.services.exporting import Request, What
from kkb_core.storage import audit, households, interviews, people, roles, scores, standing
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.people import Relation
from kkb_core.storage.scores import StoredScore
from kkb_core.storage.tables import DIMENSIONS, FUNCTIONS

JENGGOT = "33.75.04.1004"
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
ANSWERS = {"members": "4", "AGM1": "ya", "AGM2": "?", "SOS1": "", "LIN1a": "ya", "REP5": "ya"}


def family(tx, label, *, rt=3, statistics=(True,)):
    """A family that answered the open round and was scored; its public id.

    *statistics* is what its mother said to anonymous statistics, one answer after the other.
    """
    questionnaire = definitions.load().current
    areas.add_area(tx, JENGGOT)
    opened = areas.ensure_round(tx, JENGGOT, questionnaire=questionnaire, now=NOW).round
    siti = standing.arrive(tx, Address(Channel.WEB, label), now=NOW).person.id
    home = households.create(tx, Scope(JENGGOT, 2, rt), label, now=NOW, created_by=siti)
    people.join(tx, siti, home.id, relation=Relation.SELF, now=NOW)
    for given in statistics:
        agree(tx, siti, given=given)
    stored = interviews.open_interview(
        tx,
        home.id,
        opened.id,
        questionnaire=questionnaire.id,
        digest=questionnaire.digest,
        person_id=siti,
        now=NOW,
        answers=ANSWERS,
    )
    kept = StoredScore(
        interview_id=stored.id,
        household_id=home.id,
        round_id=opened.id,
        scope=home.scope,
        pack="delapan_fungsi",
        pack_version=1,
        functions={**dict.fromkeys(FUNCTIONS), "agama": 888},
        total=None,
        dimensions=dict.fromkeys(DIMENSIONS),
        states={**dict.fromkeys(FUNCTIONS, "too_few_answers"), "agama": "shown"},
        krs=True,
        parts={},
        scored_at=NOW,
    )
    scores.put_score(tx, kept)
    return home.public_id


def agree(tx, person, *, given, kind=ConsentKind.STATISTICS):
    consenting.record(
        tx, person, kind, given=given, language=Language.ID, channel=Channel.WEB, now=NOW
    )


def exported(tx, request, now=NOW):
    scopes = exporting.permit(tx, request, now=now)
    header, *rows = exporting.rows_of(tx, request, scopes, definitions=definitions.load())
    return [dict(zip(header, row, strict=True)) for row in rows]


def officer(tx, *held):
    person = standing.arrive(tx, Address(Channel.WEB, "officer"), now=NOW).person.id
    for role in held:
        roles.grant_role(tx, person, Grant(role, Scope("33.75")), now=NOW)
    return person


def test_answers_are_a_row_an_interview_under_a_public_id(tx):
    home = family(tx, "Bu Siti")

    (row,) = exported(tx, Request(what=What.ANSWERS, by=None))

    assert row["household"] == home
    assert (row["area"], row["rw"], row["rt"], row["round"]) == (JENGGOT, 2, 3, "2026-03")
    assert row["started"] == "2026-03-02T09:00:00+07:00"
    assert (row["members"], row["AGM1"], row["AGM2"], row["SOS1"]) == (4, "ya", "?", None)
    assert "Bu Siti" not in row.values()


def test_scores_are_a_row_an_interview(tx):
    home = family(tx, "Bu Siti")

    (row,) = exported(tx, Request(what=What.SCORES, by=None))

    assert (row["household"], row["agama"], row["total"]) == (home, 88.8, None)
    assert (row["agama_state"], row["ekonomi_state"]) == ("shown", "too_few_answers")
    assert (row["pack"], row["krs"], row["ibangga"]) == ("delapan_fungsi.v1", "yes", None)


def test_sensitive_questions_have_no_column(tx):
    family(tx, "Bu Siti")
    asked = definitions.load().current.questions
    sensitive = {name for name, question in asked.items() if question.sensitive}

    (row,) = exported(tx, Request(what=What.ANSWERS, by=None))

    assert sensitive
    assert set(asked) - set(row) == sensitive


def test_sensitive_answers_are_for_a_person_who_holds_both_rights(tx):
    family(tx, "Bu Siti")
    both = officer(tx, Role.ADMIN, Role.PROTECTION)

    (row,) = exported(tx, Request(what=What.ANSWERS, by=both, sensitive=True))

    assert row["REP5"] == "ya"


@pytest.mark.parametrize("what", What)
@pytest.mark.parametrize(
    ("statistics", "counted"),
    [((), False), ((False,), False), ((True, False), False), ((False, True), True)],
)
def test_who_did_not_agree_to_statistics_is_left_out(tx, what, statistics, counted):
    family(tx, "Bu Siti", statistics=statistics)

    assert len(exported(tx, Request(what=what, by=None))) == counted
    assert len(exported(tx, Request(what=what, by=None, everybody=True))) == 1


def test_a_yes_to_something_else_is_no_yes_to_statistics(tx):
    family(tx, "Bu Siti", statistics=())
    agree(tx, 1, given=True, kind=ConsentKind.SURVEY)

    assert exported(tx, Request(what=What.SCORES, by=None)) == []


def test_who_left_the_household_does_not_speak_for_it(tx):
    family(tx, "Bu Siti")
    people.leave(tx, 1, 1, now=NOW)

    assert exported(tx, Request(what=What.SCORES, by=None)) == []


def test_everybody_is_exported_for_the_controller_alone(tx):
    family(tx, "Bu Siti", statistics=())
    everybody = {"what": What.SCORES, "scope": Scope(JENGGOT), "everybody": True}

    assert len(exported(tx, Request(by=officer(tx, Role.ADMIN), **everybody))) == 1
    roles.revoke_role(tx, 2, Grant(Role.ADMIN, Scope("33.75")), now=NOW)
    with pytest.raises(NotAllowed):
        exported(tx, Request(by=officer(tx, Role.COORDINATOR), **everybody))


@pytest.mark.parametrize(
    ("roles", "what", "sensitive"),
    [
        ((), What.SCORES, False),
        ((Role.CADRE, Role.VIEWER), What.SCORES, False),
        ((Role.COORDINATOR,), What.ANSWERS, False),
        ((Role.ADMIN,), What.ANSWERS, True),
        ((Role.PROTECTION,), What.ANSWERS, True),
    ],
)
def test_an_export_without_the_right_is_refused(tx, roles, what, sensitive):
    family(tx, "Bu Siti")
    request = Request(what=what, by=officer(tx, *roles), sensitive=sensitive)

    with pytest.raises(NotAllowed):
        exporting.permit(tx, request, now=NOW)


def test_an_operator_at_the_machine_gets_no_sensitive_answers(tx):
    with pytest.raises(NotAllowed, match="sensitive"):
        exporting.permit(tx, Request(what=What.ANSWERS, by=None, sensitive=True), now=NOW)


def test_a_scope_leaves_the_neighbours_out(tx):
    family(tx, "Bu Siti", rt=3)
    other = family(tx, "Bu Ani", rt=4)

    rows = exported(tx, Request(what=What.SCORES, by=None, scope=Scope(JENGGOT, 2, 4)))

    assert [row["household"] for row in rows] == [other]


def test_an_area_that_does_not_take_part_is_named(tx):
    request = Request(what=What.SCORES, by=None, scope=Scope(JENGGOT))

    with pytest.raises(InputRefused, match="does not take part"):
        exporting.permit(tx, request, now=NOW)


def test_every_export_is_in_the_audit_log(tx, monkeypatch):
    family(tx, "Bu Siti")
    kept = []
    monkeypatch.setattr(audit, "put_audit", lambda _tx, entry: kept.append(entry))

    exporting.permit(tx, Request(what=What.ANSWERS, by=None, scope=Scope("33.75")), now=NOW)

    (entry,) = kept
    assert (entry.act, entry.actor, entry.at) == ("export_answers", None, NOW)
    assert entry.detail["areas"] == ["33.75"]


async def test_rows_are_read_without_writing_on_every_database(database):
    request = Request(what=What.ANSWERS, by=None, scope=Scope("33"))
    await database.run(lambda tx: family(tx, "Bu Siti"))
    scopes = await database.run(lambda tx: exporting.permit(tx, request, now=NOW))

    rows = await database.read(
        lambda tx: list(exporting.rows_of(tx, request, scopes, definitions=definitions.load()))
    )

    assert len(rows) == 2
