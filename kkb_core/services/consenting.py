"""The consent ledger: who agreed to which words, when, and how (UU 27/2022 Art. 20, 22, 24)."""

from datetime import datetime
from hashlib import sha256

from kkb_core.i18n import say
from kkb_core.messaging import Channel, Language
from kkb_core.storage import Tx, consents, people, scores
from kkb_core.storage.consents import ConsentKind, NewConsent

TEXT_VERSION = "2"  # grows when the words of a consent change their meaning


def record(
    tx: Tx,
    person: int,
    kind: ConsentKind,
    *,
    given: bool,
    language: Language,
    channel: Channel,
    now: datetime,
    recorded_by: int | None = None,
) -> None:
    """Add what a person answered, with the hash of the very words they were shown.

    *recorded_by* read the words out to somebody without a phone.
    """
    words = say(f"consent.{kind.value}", language)
    consents.put_consent(
        tx,
        NewConsent(
            person_id=person,
            kind=kind,
            given=given,
            text_version=TEXT_VERSION,
            text_hash=sha256(words.encode()).hexdigest(),
            language=language,
            channel=channel,
            at=now,
            recorded_by=recorded_by,
        ),
    )
    if kind is ConsentKind.STATISTICS:
        scores.count_again(tx, (one.id for one in people.memberships_of(tx, person)))


def undecided(tx: Tx, person: int) -> frozenset[ConsentKind]:
    """What the person has never been asked."""
    return frozenset(ConsentKind) - consents.latest_consents(tx, person).keys()


def agreed(tx: Tx, person: int, kind: ConsentKind) -> bool | None:
    """What the person said last; None when never asked."""
    last = consents.latest_consents(tx, person).get(kind)
    return None if last is None else last.given
