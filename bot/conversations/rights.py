"""What a person may ask about their own data: rest, stop, erase, see (UU 27/2022 Art. 30-44)."""

from collections.abc import Sequence
from datetime import timedelta

from bot.conversations.asking import answer_words
from bot.conversations.exchange import Exchange, Said, column
from kkb_core.messaging import Document, bold
from kkb_core.reports.tables import csv_bytes
from kkb_core.services import erasing
from kkb_core.storage import areas, consents, interviews, people
from kkb_core.storage.households import Household
from kkb_core.storage.people import PersonStatus

PAUSES = {"week": timedelta(days=7), "month": timedelta(days=30)}


# -- rest ---------------------------------------------------------------------------------------


def ask_pause(exchange: Exchange) -> None:
    """Ask how long to rest (/jeda)."""
    exchange.show(
        bold(exchange.words("pausing.ask")),
        replies=column(
            exchange.button("pausing.week", "pausing:week"),
            exchange.button("pausing.month", "pausing:month"),
            exchange.button("pausing.until_i_say", "pausing:open"),
        ),
    )


def tapped_pause(exchange: Exchange, length: str) -> None:
    """No reminders until then; answering stays possible."""
    if exchange.standing.person.status not in (PersonStatus.ACTIVE, PersonStatus.PAUSED):
        exchange.outdated()
        return
    until = exchange.now + PAUSES[length] if length in PAUSES else None
    exchange.stand(PersonStatus.PAUSED, until=until)
    if until is None:
        exchange.show(exchange.words("pausing.done"))
        return
    exchange.show(exchange.words("pausing.done_until", date=exchange.day(until)))


# -- stop ---------------------------------------------------------------------------------------


def ask_stop(exchange: Exchange) -> None:
    """/berhenti: asks once more."""
    exchange.show(
        bold(exchange.words("stopping.ask")),
        replies=column(
            exchange.button("stopping.yes", "stopping:yes"),
            exchange.button("edit.cancel", "stopping:no"),
        ),
    )


def tapped_stop(exchange: Exchange, answer: str) -> None:
    """Consent withdrawn, at once (Art. 40)."""
    if answer != "yes":
        exchange.where()
        return
    if exchange.standing.person.status not in (PersonStatus.ACTIVE, PersonStatus.PAUSED):
        exchange.outdated()
        return
    for kind, said in consents.latest_consents(exchange.tx, exchange.person).items():
        if said.given:
            exchange.record(kind, given=False)
    exchange.stand(PersonStatus.STOPPED)
    exchange.move("rest")
    exchange.show(exchange.words("stopping.done"))


# -- erase --------------------------------------------------------------------------------------


def ask_erase(exchange: Exchange) -> None:
    """/hapus: asks once more."""
    homes = people.memberships_of(exchange.tx, exchange.person)
    shared = any(len(people.members_of(exchange.tx, one.id)) > 1 for one in homes)
    exchange.show(
        bold(exchange.words("erasing.ask")),
        *([exchange.words("erasing.others")] if shared else []),
        replies=column(
            exchange.button("erasing.yes", "erasing:yes"),
            exchange.button("edit.cancel", "erasing:no"),
        ),
    )


def tapped_erase(exchange: Exchange, answer: str) -> None:
    """Everything goes; what is said last is said to nobody we know any more."""
    if answer != "yes":
        exchange.where(exchange.words("erasing.kept"))
        return
    exchange.show(exchange.words("erasing.done"))
    erasing.erase(exchange.tx, exchange.definitions, exchange.person, now=exchange.now)
    exchange.erased = True


# -- see ----------------------------------------------------------------------------------------


def show_mine(exchange: Exchange) -> None:
    """/data_saya: readable text, and the answers as a CSV file; private answers only in person."""
    homes = people.memberships_of(exchange.tx, exchange.person)
    office = exchange.office.contact or exchange.words("office.default")
    lines: list[Said] = [bold(exchange.words("mine.title"))]
    for home in homes:
        area = areas.area(exchange.tx, home.area_code)
        lines.append(
            exchange.words(
                "mine.household",
                household=home.label,
                rt=home.rt,
                rw=home.rw,
                village=area.name if area else home.area_code,
            )
        )
    lines.append(
        exchange.words(
            "mine.language", language=exchange.words(f"language.{exchange.language.value}")
        )
    )
    lines += ["", bold(exchange.words("mine.consents")), *_consents(exchange)]
    rows = _answers(exchange, homes)
    counted = (
        exchange.words("mine.answers", count=len(rows)) if rows else exchange.words("mine.none")
    )
    lines += ["", counted, exchange.words("mine.private", office=office)]
    lines.append(exchange.words("mine.answered_by", office=office))
    document = Document("data-saya.csv", csv_bytes(rows)) if rows else None
    exchange.tell(*lines, document=document)


def _consents(exchange: Exchange) -> list[str]:
    said = consents.latest_consents(exchange.tx, exchange.person)
    return [
        "• "
        + exchange.words(
            "mine.consent_line",
            kind=exchange.words(f"mine.kind_{kind.value}"),
            answer=exchange.words("mine.yes" if one.given else "mine.no"),
            date=exchange.day(one.at),
        )
        for kind, one in said.items()
    ]


def _answers(exchange: Exchange, homes: Sequence[Household]) -> list[tuple[str, str, str, str]]:
    rows = []
    for home in homes:
        for stored in interviews.interviews_of(exchange.tx, home.id):
            questionnaire = exchange.definitions.questionnaire(stored.questionnaire)
            for name, value in stored.answers.items():
                question = questionnaire.questions[name]
                if not question.sensitive:
                    day = stored.updated_at.date().isoformat()
                    words = answer_words(exchange, question, value)
                    rows.append((home.label, day, exchange.local(question.label), words))
    return rows
