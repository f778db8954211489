"""The sender as it is run: the rules, the words of every kind, and what is counted."""

import os
import secrets
import socket
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from bot.clock import Clock
from bot.conversations.unasked import KINDS
from bot.metrics import OUTBOX, OUTBOX_OLDEST, OUTBOX_ROWS
from kkb_core import definitions
from kkb_core.broadcast import BroadcastRules
from kkb_core.hours import Hours
from kkb_core.messaging import Channel
from kkb_core.outbox import Pacer
from kkb_core.services import broadcast_clock
from kkb_core.services.broadcasting import Acting
from kkb_core.services.dispatch import Dispatcher, Sending
from kkb_core.services.letters import Rules
from kkb_core.storage import Database, outbox

LONGEST_NAME = 32


def make_sender(
    channel: Channel,
    sending: Sending,
    *,
    database: Database,
    hours: Hours,
    clock: Clock,
    pacer: Pacer | None = None,
    owner: str | None = None,
) -> Dispatcher:
    """What sends the outbox of *channel*, for as long as nobody else than *owner*, we, does."""
    return Dispatcher(
        channel.value,
        database=database,
        channel=sending,
        rules=Rules(kinds=KINDS, hours=hours),
        owner=owner or process_name(),
        now=clock.now,
        pacer=pacer,
        told=partial(_count, channel),
    )


def process_name() -> str:
    """What this process is called in leases, unlike any other that ever ran."""
    return f"{socket.gethostname()[:LONGEST_NAME]}-{os.getpid()}-{secrets.token_hex(4)}"


async def look(database: Database, channel: Channel, now: datetime) -> Mapping[str, int]:
    """A job of the clock: measure what waits in the outbox of *channel*."""
    found = await database.read(lambda tx: outbox.waiting(tx, channel.value, now=now))
    OUTBOX_ROWS.labels(channel, "queued").set(found.queued)
    OUTBOX_ROWS.labels(channel, "sending").set(found.sending)
    waited = 0.0 if found.oldest_due is None else (now - found.oldest_due).total_seconds()
    OUTBOX_OLDEST.labels(channel).set(waited)
    return {}


async def broadcast_job(
    database: Database, rules: BroadcastRules, now: datetime
) -> Mapping[str, int]:
    """A job of the clock: begin announcements that are due, let the others go, end what is over."""
    known = definitions.load()
    return await database.run(
        lambda tx: broadcast_clock.advance(
            Acting(tx=tx, by=None, definitions=known, rules=rules, now=now)
        )
    )


def _count(channel: Channel, outcome: str, count: int) -> None:
    if count:
        OUTBOX.labels(channel, outcome).inc(count)
