"""A person's right to be forgotten (UU 27/2022 Art. 43): at once, and the scores follow."""

from datetime import datetime

from kkb_core.definitions import Definitions
from kkb_core.services.scoring import keep_score
from kkb_core.storage import Tx, households, interviews
from kkb_core.storage.erasure import erase_person


def erase(tx: Tx, definitions: Definitions, person: int, *, now: datetime) -> None:
    """Take the person out; a shared household keeps what the others said, scored anew."""
    gone = erase_person(tx, person, now=now)
    for interview_id in gone.rescore:
        stored = interviews.load_interview(tx, interview_id, person)
        home = None if stored is None else households.household(tx, stored.household_id)
        if stored is not None and home is not None:
            keep_score(tx, definitions, home, stored, now=now)
