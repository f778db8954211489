"""Between the rows and the rules of reminders: who a member is, and what a day's message is called."""

from datetime import datetime
from zoneinfo import ZoneInfo

from kkb_core.reminders import Member
from kkb_core.storage.areas import Area
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.reminders import Found

REACHABLE = (PersonStatus.ACTIVE, PersonStatus.PAUSED)


def member_of(found: Found) -> Member:
    """The member a row tells of."""
    return Member(
        person_id=found.person_id,
        reachable=found.status in REACHABLE and found.agreed and not found.blocked,
        paused=found.status is PersonStatus.PAUSED,
        paused_until=found.person_paused_until,
        minute=found.minute,
        reminded_at=found.reminded_at,
        knows_cadre=not found.refused_contact,
    )


def key_of(person_id: int, at: datetime, area: Area) -> str:
    """One name for whatever a person is reminded of on a day: the database refuses a second."""
    return f"reminder:{person_id}:{at.astimezone(ZoneInfo(area.zone)).date()}"
