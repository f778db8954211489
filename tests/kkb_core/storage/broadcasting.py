"""People who agreed to announcements, and a broadcast to test with."""

from kkb_core.messaging import Channel, Language
from kkb_core.segments import read
from kkb_core.services import consenting
from kkb_core.storage import Tx, broadcasts, people
from kkb_core.storage.broadcasts import Broadcast
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.households import Household
from kkb_core.storage.people import PersonStatus
from tests.kkb_core.storage.village import NOW, add_person


def agree(tx: Tx, person: int, *, given: bool = True) -> None:
    consenting.record(
        tx,
        person,
        ConsentKind.ANNOUNCEMENTS,
        given=given,
        language=Language.ID,
        channel=Channel.TELEGRAM,
        now=NOW,
    )


def join_in(tx: Tx, number: str, household: Household | None) -> int:
    """Somebody active who agreed to announcements."""
    person = add_person(tx, number, household)
    people.set_language(tx, person, Language.ID)
    people.set_status(tx, person, PersonStatus.ACTIVE)
    agree(tx, person)
    return person


def a_broadcast(tx: Tx, segment: str = "all", **changed: object) -> int:
    values: dict[str, object] = {
        "texts": {Language.ID: "Posyandu besok."},
        "segment": read(segment),
        "operator": True,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return broadcasts.put_broadcast(tx, Broadcast(**values | changed))  # type: ignore[arg-type]
