"""Codes: what they look like, whom they let in, and how often one may guess."""

import re
from datetime import UTC, datetime, timedelta
from math import log2

import pytest

from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.messaging import Address, Channel
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import areas, inviting
from kkb_core.services.inviting import Refusal
from kkb_core.storage import audit, households, invites, people, roles, standing
from kkb_core.storage.invites import InviteKind

JENGGOT = "33.75.04.1004"
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
CADRE_OF_RT = Grant(Role.CADRE, Scope(JENGGOT, 2, 3))


@pytest.fixture
def village(tx):
    return areas.add_area(tx, JENGGOT)


@pytest.fixture
def person(tx):
    def arrive(name):
        return standing.arrive(tx, Address(Channel.WEB, name), now=NOW).person.id

    return arrive


def granted(tx, person_id, role, area=JENGGOT):
    roles.grant_role(tx, person_id, Grant(role, Scope(area)), now=NOW)


def test_a_role_code_is_long_single_and_kept_only_as_a_hash(tx, village, person):
    issued = inviting.invite_to_role(tx, CADRE_OF_RT, by=None, now=NOW)

    assert len(inviting.normal(issued.code)) * log2(len(inviting.ALPHABET)) >= 128
    assert re.fullmatch(r"[2-9A-HJKMNP-TV-Z-]{1,64}", issued.code)
    kept = invites.invite_by_hash(tx, inviting.hash_of(issued.code))
    assert (kept.code, kept.uses_left, kept.scope) == (None, 1, CADRE_OF_RT.scope)
    assert issued.expires_at == NOW + timedelta(days=14)


def test_a_role_code_gives_the_role_to_the_first_who_uses_it(tx, village, person):
    siti, agus = person("siti"), person("agus")
    code = inviting.invite_to_role(tx, CADRE_OF_RT, by=None, now=NOW).code

    offer = inviting.accept(tx, code, siti, now=NOW)

    assert (offer.kind, offer.role, offer.scope) == (
        InviteKind.ROLE,
        Role.CADRE,
        Scope(JENGGOT, 2, 3),
    )
    assert roles.grants_of(tx, siti) == (CADRE_OF_RT,)
    assert inviting.accept(tx, code, agus, now=NOW) is Refusal.USED
    assert roles.grants_of(tx, agus) == ()


def test_a_role_given_is_in_the_audit_log(tx, village, person):
    siti = person("siti")
    code = inviting.invite_to_role(tx, CADRE_OF_RT, by=None, now=NOW).code

    inviting.accept(tx, code, siti, now=NOW)
    inviting.accept(tx, code, siti, now=NOW)

    (entry,) = audit.audit_of(tx, "person", siti)
    assert (entry.act, entry.detail["role"], entry.detail["rt"]) == ("grant_role", "cadre", 3)


def test_tapping_the_link_again_is_no_mistake(tx, village, person):
    siti = person("siti")
    code = inviting.invite_to_role(tx, CADRE_OF_RT, by=None, now=NOW).code
    inviting.accept(tx, code, siti, now=NOW)

    again = inviting.accept(tx, code, siti, now=NOW + timedelta(days=60))

    assert again.held
    assert roles.grants_of(tx, siti) == (CADRE_OF_RT,)


def test_looking_uses_nothing_up(tx, village, person):
    siti = person("siti")
    code = inviting.invite_to_role(tx, CADRE_OF_RT, by=None, now=NOW).code

    assert inviting.look(tx, code, siti, now=NOW).role is Role.CADRE

    assert roles.grants_of(tx, siti) == ()
    assert inviting.accept(tx, code, siti, now=NOW).role is Role.CADRE


def test_a_village_code_is_short_readable_and_the_same_each_time(tx, village, person):
    first = inviting.village_code(tx, Scope(JENGGOT), by=None, now=NOW)
    second = inviting.village_code(tx, Scope("3375041004"), by=None, now=NOW)

    assert re.fullmatch(r"JENGGOT-[0-9A-Z]{4}", first.code)
    assert second == first
    assert first.expires_at is None


def test_a_village_code_lets_in_any_number_of_families_at_any_time(tx, village, person):
    code = inviting.village_code(tx, Scope(JENGGOT), by=None, now=NOW).code

    offers = [
        inviting.accept(tx, code, person(str(number)), now=NOW + timedelta(days=900))
        for number in range(3)
    ]

    assert {(offer.kind, offer.scope) for offer in offers} == {
        (InviteKind.VILLAGE, Scope(JENGGOT))
    }


def test_an_rt_has_a_village_code_of_its_own(tx, village, person):
    of_rt = inviting.village_code(tx, Scope(JENGGOT, 2, 3), by=None, now=NOW)
    of_village = inviting.village_code(tx, Scope(JENGGOT), by=None, now=NOW)

    assert of_rt.code != of_village.code
    offer = inviting.look(tx, of_rt.code, person("siti"), now=NOW)
    assert offer.scope == Scope(JENGGOT, 2, 3)


def test_a_household_code_adds_one_more_phone(tx, village, person):
    siti, agus, budi = person("siti"), person("agus"), person("budi")
    home = households.create(tx, Scope(JENGGOT, 2, 3), "Bu Siti", now=NOW)
    people.join(tx, siti, home.id, relation=people.Relation.SELF, now=NOW)
    code = inviting.invite_to_household(tx, home.id, by=siti, now=NOW).code

    inviting.accept(tx, code, agus, now=NOW + timedelta(days=6))

    assert len(inviting.normal(code)) == 8
    assert people.memberships_of(tx, agus) == (home,)
    assert inviting.accept(tx, code, siti, now=NOW).held
    assert inviting.accept(tx, code, budi, now=NOW) is Refusal.USED


@pytest.mark.parametrize(
    "typed",
    ["{}", " {} ", "{lower}", "{spaced}", "{joined}", "{lookalike}"],
)
def test_what_is_typed_is_read_kindly(tx, village, person, typed):
    code = inviting.village_code(tx, Scope(JENGGOT), by=None, now=NOW).code
    said = typed.format(
        code,
        lower=code.lower(),
        spaced=" ".join(code),
        joined=code.replace("-", ""),
        lookalike=code.replace("O", "0"),
    )

    assert inviting.look(tx, said, person("siti"), now=NOW).kind is InviteKind.VILLAGE


def test_codes_expire(tx, village, person):
    siti = person("siti")
    code = inviting.invite_to_role(tx, CADRE_OF_RT, by=None, now=NOW).code

    assert inviting.accept(tx, code, siti, now=NOW + timedelta(days=14)) is Refusal.EXPIRED
    assert roles.grants_of(tx, siti) == ()


def test_after_five_wrong_tries_an_hour_not_even_the_right_code_helps(tx, village, person):
    siti, agus = person("siti"), person("agus")
    right = inviting.village_code(tx, Scope(JENGGOT), by=None, now=NOW).code

    tries = [inviting.look(tx, "JENGGOT-UUUU", siti, now=NOW) for _ in range(5)]

    assert tries == [Refusal.UNKNOWN] * 5
    assert inviting.accept(tx, right, siti, now=NOW) is Refusal.TOO_MANY_TRIES
    assert inviting.accept(tx, right, agus, now=NOW).kind is InviteKind.VILLAGE
    later = NOW + timedelta(hours=1, seconds=1)
    assert inviting.accept(tx, right, siti, now=later).kind is InviteKind.VILLAGE


@pytest.mark.parametrize("said", ["", "   ", "😀", "x" * 4096, "' OR 1=1 --", "\x00"])
def test_anything_at_all_may_be_typed_as_a_code(tx, village, person, said):
    assert inviting.accept(tx, said, person("siti"), now=NOW) is Refusal.UNKNOWN


@pytest.mark.parametrize(
    ("holds", "gives", "where"),
    [
        (Role.CADRE, Role.CADRE, JENGGOT),
        (Role.COORDINATOR, Role.PROTECTION, JENGGOT),
        (Role.COORDINATOR, Role.ADMIN, JENGGOT),
        (Role.ADMIN, Role.CADRE, "33.75.04"),
        (Role.ADMIN, Role.FAMILY, JENGGOT),
        (Role.PROTECTION, Role.PROTECTION, JENGGOT),
        (Role.COORDINATOR, Role.CADRE, "33.75.04"),
    ],
)
def test_nobody_gives_a_role_theirs_may_not_appoint_or_outside_their_scope(
    tx, village, person, holds, gives, where
):
    siti = person("siti")
    granted(tx, siti, holds)

    with pytest.raises(NotAllowed):
        inviting.invite_to_role(tx, Grant(gives, Scope(where)), by=siti, now=NOW)


def test_a_coordinator_invites_cadres_of_her_village(tx, village, person):
    siti, agus = person("siti"), person("agus")
    granted(tx, siti, Role.COORDINATOR)

    code = inviting.invite_to_role(tx, CADRE_OF_RT, by=siti, now=NOW).code

    assert inviting.accept(tx, code, agus, now=NOW).role is Role.CADRE


def test_a_family_cannot_make_its_villages_code(tx, village, person):
    with pytest.raises(NotAllowed):
        inviting.village_code(tx, Scope(JENGGOT), by=person("siti"), now=NOW)


@pytest.mark.parametrize(
    ("area", "reason"),
    [("33.75.04.1002", "does not take part"), ("33.75.04", "no kelurahan or desa")],
)
def test_a_village_code_is_for_a_village_that_takes_part(tx, village, area, reason):
    with pytest.raises(InputRefused, match=reason):
        inviting.village_code(tx, Scope(area), by=None, now=NOW)


async def test_an_invitation_lets_one_person_in_on_every_database(database):
    def arrived(tx):
        areas.add_area(tx, JENGGOT)
        names = ("siti", "agus")
        return [standing.arrive(tx, Address(Channel.WEB, one), now=NOW).person.id for one in names]

    siti, agus = await database.run(arrived)
    issued = await database.run(
        lambda tx: inviting.invite_to_role(tx, CADRE_OF_RT, by=None, now=NOW)
    )

    first = await database.run(lambda tx: inviting.accept(tx, issued.code, siti, now=NOW))
    second = await database.run(lambda tx: inviting.accept(tx, issued.code, agus, now=NOW))

    assert (first.role, second) == (Role.CADRE, Refusal.USED)
