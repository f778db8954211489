from datetime import timedelta

from sqlalchemy import select

from kkb_core.messaging import Channel, Language
from kkb_core.storage import Database, Tx, consents, tables
from kkb_core.storage.consents import Consent, ConsentKind, NewConsent
from tests.kkb_core.storage.village import NOW, add_person


def said(person: int, kind: ConsentKind, answer: str, *, after: int = 0) -> NewConsent:
    return NewConsent(
        person_id=person,
        kind=kind,
        given=answer == "yes",
        text_version="1",
        text_hash="h" * 64,
        language=Language.JV,
        channel=Channel.TELEGRAM,
        at=NOW + timedelta(minutes=after),
    )


async def test_the_ledger_keeps_all_and_the_last_word_counts(database: Database) -> None:
    def work(tx: Tx) -> tuple[tuple[Consent, ...], dict[ConsentKind, Consent]]:
        mother = add_person(tx, "mother")
        for number, (kind, answer) in enumerate(
            [
                (ConsentKind.SURVEY, "yes"),
                (ConsentKind.CONTACT, "no"),
                (ConsentKind.SURVEY, "no"),
            ]
        ):
            consents.put_consent(tx, said(mother, kind, answer, after=number))
        return consents.ledger_of(tx, mother), consents.latest_consents(tx, mother)

    ledger, latest = await database.run(work)

    assert [one.given for one in ledger] == [True, False, False]
    assert latest == {ConsentKind.SURVEY: ledger[2], ConsentKind.CONTACT: ledger[1]}
    assert (ledger[0].language, ledger[0].channel) == (Language.JV, Channel.TELEGRAM)
    assert (ledger[0].text_hash, ledger[0].at) == ("h" * 64, NOW)


async def test_one_person_is_one_subject_and_two_are_two(database: Database) -> None:
    def work(tx: Tx) -> list[str]:
        for who in ("mother", "father"):
            person = add_person(tx, who)
            for kind in (ConsentKind.SURVEY, ConsentKind.CONTACT):
                consents.put_consent(tx, said(person, kind, "yes"))
        return list(tx.execute(select(tables.consents.c.subject)).scalars())

    first, second, third, fourth = await database.run(work)

    assert first == second
    assert third == fourth
    assert first != third
