"""Where one person stands in an interview, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from kkb_core.survey.events import Event

SKIPPED = ""
UNKNOWN = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """One household answering one version, as one person sees it.

    `answers` are shared by the household: a coded value as XLSForm writes it (choices joined by
    spaces, numbers in plain digits, dates as 2026-03-09), SKIPPED or UNKNOWN; a question nobody
    has reached is absent. The rest is this person's own place in it.
    """

    questionnaire: str  # "kkb.v1"
    answers: Mapping[str, str] = field(default_factory=dict)
    suggestions: Mapping[str, str] = field(default_factory=dict)  # last time's answers, shown
    section: str | None = None  # the sitting under way; None between sittings
    waiting_for: str | None = None  # the question being asked
    asking_safety: bool = False  # ... but first: is it safe to answer `waiting_for` now?
    safe: bool = False  # said so for this run of sensitive questions
    picked: tuple[str, ...] = ()  # ticked so far in the select_multiple being asked
    deferred: frozenset[str] = frozenset()  # sensitive questions left for a safer time
    editing: bool = False  # one answer is being changed after its sitting was complete
    follow_up: tuple[str, ...] = ()  # what the change opened and is still to be asked
    return_to: str | None = None  # the question that was waiting when the change began
    revision: int = 0  # grows with each question asked; a tap must name it

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values that `from_json` reads back."""
        return {
            **{name: getattr(self, name) for name in _FIELDS},
            "answers": dict(self.answers),
            "suggestions": dict(self.suggestions),
            "picked": list(self.picked),
            "deferred": sorted(self.deferred),
            "follow_up": list(self.follow_up),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote, today or by an earlier version that knew fewer fields."""
        known = {name: value[name] for name in value if name in _FIELDS}
        for name, kind in (("picked", tuple), ("follow_up", tuple), ("deferred", frozenset)):
            if name in known:
                known[name] = kind(known[name])
        return cls(**known)


_FIELDS = tuple(each.name for each in fields(Interview))


@dataclass(frozen=True, slots=True)
class Tap:
    """What a button says it answers."""

    question: str
    revision: int


@dataclass(frozen=True, slots=True)
class Turn:
    """An interview after one reply, and what happened."""

    interview: Interview
    events: tuple[Event, ...] = ()

    def and_then(self, *events: Event, **changes: Any) -> "Turn":
        """Continue the turn: the interview changed, and more has happened."""
        interview = replace(self.interview, **changes) if changes else self.interview
        return Turn(interview, (*self.events, *events))
