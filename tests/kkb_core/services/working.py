"""A village with work in it: families, a cadre of RW 1, a coordinator, a protection officer."""

from dataclasses import dataclass
from datetime import timedelta

from kkb_core import definitions
from kkb_core.messaging import Channel, Language
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import consenting
from kkb_core.storage import Tx, flags, roles
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.flags import NewFlag
from kkb_core.storage.households import Household
from tests.kkb_core.storage import village
from tests.kkb_core.storage.village import JENGGOT, NOW, Village

KNOWN = definitions.load()
ASKED = KNOWN.current
OF_RW1 = Grant(Role.CADRE, Scope(JENGGOT, 1))
OF_VILLAGE = Grant(Role.COORDINATOR, Scope(JENGGOT))
OFFICER = Grant(Role.PROTECTION, Scope(JENGGOT))
HATS = {"cadre": OF_RW1, "coordinator": OF_VILLAGE, "officer": OFFICER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """The village and the people with work in it."""

    village: Village
    cadre: int
    coordinator: int
    officer: int

    @property
    def home(self) -> Household:
        return self.village.household


def at_work(tx: Tx) -> Working:
    made = {}
    settled = village.settle(tx)
    for name, grant in HATS.items():
        made[name] = village.add_person(tx, name)
        roles.grant_role(tx, made[name], grant, now=NOW)
    return Working(village=settled, **made)


def agrees(tx: Tx, person: int, kind: ConsentKind, *, given: bool = True) -> None:
    consenting.record(
        tx,
        person,
        kind,
        given=given,
        language=Language.ID,
        channel=Channel.TELEGRAM,
        now=NOW,
    )


def raised(tx: Tx, home: Household, interview: int, question: str, **changed: object) -> int:
    """The flag that the question's low answer raises."""
    flag = ASKED.questions[question].flag
    assert flag is not None
    values: dict[str, object] = {
        "household_id": home.id,
        "interview_id": interview,
        "question": question,
        "level": flag.level,
        "route": flag.route,
        "raised_at": NOW,
        "due_at": NOW + timedelta(hours=flag.due_hours),
    }
    made = flags.raise_flag(tx, NewFlag(**values | changed), repeat_after=timedelta(0))  # type: ignore[arg-type]
    assert made is not None
    return made
