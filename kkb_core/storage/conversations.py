"""Where each person stands in the talk, and the private messages still on their screen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, bindparam, delete, select, update

from kkb_core.messaging import Address, Channel
from kkb_core.storage.prepared import Prepared, Row
from kkb_core.storage.statements import put_once
from kkb_core.storage.tables import conversations, prompts
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What is being talked about. `topic` is "" before anything has begun."""

    topic: str
    state: Mapping[str, Any]
    household_id: int | None
    interview_id: int | None
    updated_at: datetime
    hat: int | None = None  # the role acted in; None: as family


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A private message that is to leave the screen."""

    address: Address
    msg_id: str
    interview_id: int | None
    shown_at: datetime


_SAVE = Prepared(
    update(conversations)
    .where(conversations.c.person_id == bindparam("whose"))
    .values(
        topic=bindparam("topic"),
        state=bindparam("state"),
        household_id=bindparam("household_id"),
        interview_id=bindparam("interview_id"),
        updated_at=bindparam("updated_at"),
    )
)


def conversation_from(row: Row) -> Conversation:
    """The conversation in a row that selects the table's columns."""
    of = conversations.c
    return Conversation(
        topic=row[of.topic],
        state=row[of.state],
        household_id=row[of.household_id],
        interview_id=row[of.interview_id],
        updated_at=row[of.updated_at],
        hat=row[of.hat],
    )


def save_conversation(
    tx: Tx,
    person_id: int,
    *,
    topic: str,
    state: Mapping[str, Any],
    household_id: int | None,
    interview_id: int | None,
    now: datetime,
) -> None:
    """Keep where the person stands."""
    _SAVE.change(
        tx,
        {
            "whose": person_id,
            "topic": topic,
            "state": dict(state),
            "household_id": household_id,
            "interview_id": interview_id,
            "updated_at": now,
        },
    )


def wear(tx: Tx, person_id: int, hat: int | None) -> None:
    """The person acts in the role *hat* from now on; None: as family."""
    mine = conversations.c.person_id == person_id
    tx.execute(update(conversations).where(mine).values(hat=hat))


def remember_prompt(
    tx: Tx, address: Address, msg_id: str, *, now: datetime, interview_id: int | None = None
) -> None:
    """The private message *msg_id* is on the person's screen."""
    row = {
        "channel": address.channel.value,
        "address": address.id,
        "msg_id": msg_id,
        "interview_id": interview_id,
        "shown_at": now,
    }
    put_once(tx, prompts, row, key=("channel", "address", "msg_id"))


def prompts_of(tx: Tx, address: Address) -> tuple[Prompt, ...]:
    """The private messages on this screen, the oldest first."""
    asked = select(prompts).where(_on_screen(address))
    ordered = asked.order_by(prompts.c.shown_at, prompts.c.msg_id)
    return tuple(map(_prompt_from, tx.execute(ordered).mappings()))


def prompts_older_than(tx: Tx, moment: datetime, *, limit: int = 100) -> tuple[Prompt, ...]:
    """The private messages shown before *moment*, the oldest first."""
    asked = select(prompts).where(prompts.c.shown_at < moment)
    ordered = asked.order_by(prompts.c.shown_at, prompts.c.msg_id).limit(limit)
    return tuple(map(_prompt_from, tx.execute(ordered).mappings()))


def forget_prompts(tx: Tx, address: Address, msg_ids: Iterable[str]) -> None:
    """These messages are off the screen."""
    gone = and_(_on_screen(address), prompts.c.msg_id.in_(list(msg_ids)))
    tx.execute(delete(prompts).where(gone))


def _on_screen(address: Address) -> Any:
    return and_(prompts.c.channel == address.channel.value, prompts.c.address == address.id)


def _prompt_from(row: RowMapping) -> Prompt:
    return Prompt(
        address=Address(Channel(row["channel"]), row["address"]),
        msg_id=row["msg_id"],
        interview_id=row["interview_id"],
        shown_at=row["shown_at"],
    )
