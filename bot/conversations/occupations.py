"""The conversations of people with work, and those that begin with a message of ours."""

from bot.conversations import (
    announcing,
    appointing,
    cases,
    dismissing,
    exports,
    field_check,
    filling,
    monthly,
    muting,
    reminding,
    replies_to_family,
    residents,
    rounds,
    summaries,
    tasks,
    work,
)
from bot.conversations.doors import Doors, joined

WORK: Doors = joined(
    (
        tasks.DOORS,
        residents.DOORS,
        field_check.DOORS,
        filling.DOORS,
        cases.DOORS,
        appointing.DOORS,
        dismissing.DOORS,
        replies_to_family.DOORS,
        rounds.DOORS,
        reminding.DOORS,
        monthly.DOORS,
        announcing.DOORS,
        muting.DOORS,
        exports.DOORS,
        summaries.DOORS,
        work.DOORS,
    )
)
