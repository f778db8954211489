"""Every table of the database."""

from kkb_core.storage.tables.families import (
    address_moves,
    addresses,
    areas,
    consents,
    households,
    invite_tries,
    invites,
    memberships,
    people,
    roles,
)
from kkb_core.storage.tables.metadata import metadata
from kkb_core.storage.tables.surveying import (
    DIMENSIONS,
    FUNCTIONS,
    answer_history,
    conversations,
    erased_counts,
    flags,
    help_requests,
    interviews,
    prompts,
    rounds,
    scores,
)
from kkb_core.storage.tables.traffic import audit, broadcasts, leases, outbox, updates

__all__ = [
    "DIMENSIONS",
    "FUNCTIONS",
    "address_moves",
    "addresses",
    "answer_history",
    "areas",
    "audit",
    "broadcasts",
    "consents",
    "conversations",
    "erased_counts",
    "flags",
    "help_requests",
    "households",
    "interviews",
    "invite_tries",
    "invites",
    "leases",
    "memberships",
    "metadata",
    "outbox",
    "people",
    "prompts",
    "roles",
    "rounds",
    "scores",
    "updates",
]
