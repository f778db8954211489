"""A message that is about to leave, as the conversations that make its words see it."""

from collections.abc import Mapping
from typing import Any, Protocol

from kkb_core.storage.people import Person


class Letter(Protocol):
    """To whom it goes, and what it was queued with."""

    @property
    def params(self) -> Mapping[str, Any]:
        """As they were queued."""

    @property
    def person(self) -> Person:
        """Who gets it."""
