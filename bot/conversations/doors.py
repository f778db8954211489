"""What a conversation of people with work listens to: its commands, its buttons, its topics.

The family's way is one long conversation and the router knows it by heart. Everything a cadre,
an officer or an admin does comes in through doors, and a new conversation is a new set of them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bot.conversations.exchange import Exchange
from kkb_core.messaging import SentFile
from kkb_core.roles import Role

T = TypeVar("T")

Command = Callable[[Exchange, str], None]
Tap = tuple[int, Callable[..., None]]


@dataclass(frozen=True, slots=True)
class Topic:
    """What is talked about: what words mean there, and how it is shown again, under a lead.

    *sent*: what a picture or a document means there; None where none is expected.
    """

    heard: Command
    again: Callable[..., None]
    sent: Callable[[Exchange, SentFile], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The ways into a conversation.

    *commands* by name, given the rest of the line; *taps* by verb, with how many arguments follow
    it; *topics* by name; *offered*: which roles see a command in their menu. Whether the person
    may come in is the conversation's own to check, each time and against the database: a command,
    a tap and a topic are no secrets.
    """

    commands: Mapping[str, Command] = field(default_factory=dict)
    taps: Mapping[str, Tap] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)
    offered: Mapping[str, frozenset[Role]] = field(default_factory=dict)


def joined(doors: Iterable[Doors]) -> Doors:
    """All *doors* as one; two of the same name are a mistake of ours."""
    every = tuple(doors)
    return Doors(
        commands=_merged([one.commands for one in every]),
        taps=_merged([one.taps for one in every]),
        topics=_merged([one.topics for one in every]),
        offered=_merged([one.offered for one in every]),
    )


def _merged(parts: Iterable[Mapping[str, T]]) -> dict[str, T]:
    whole: dict[str, T] = {}
    for part in parts:
        assert not whole.keys() & part.keys(), f"twice: {sorted(whole.keys() & part.keys())}"
        whole |= part
    return whole
