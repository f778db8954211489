"""Every error this package raises on purpose.

* KkbError
  - DefinitionError      a data file is wrong; fix the file
  - InputRefused         an operator gave something unusable; says what and the cure
  - NotAllowed           the person's role does not permit the act
  - DatabaseUnavailable  the database is locked, gone or full; try again later
  - SendError            a channel did not take a message
    · Throttled          wait as long as told, then try again
    · ChannelDown        try again later
    · RecipientGone      stop writing to this person
    · ChatMoved          the chat has a new address; write there
    · Rejected           never try this message again
"""

from datetime import timedelta


class KkbError(Exception):
    """The root: one clear line for an operator, never a traceback."""


class DefinitionError(KkbError):
    """A questionnaire, pack or catalogue is wrong: names the file, the key and the cure."""


class InputRefused(KkbError):
    """What an operator gave cannot be used: names the place and the cure."""


class NotAllowed(KkbError):
    """The person's role does not permit the act."""


class DatabaseUnavailable(KkbError):
    """The database is locked, unreachable or full; nothing of the turn was kept."""


class SendError(KkbError):
    """A channel did not take a message."""


class Throttled(SendError):
    """The platform asks us to wait."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"asked to wait {retry_after.total_seconds():g} s")
        self.retry_after = retry_after


class ChannelDown(SendError):
    """The platform did not answer or answered with a fault of its own."""

    def __init__(self, reason: str, *, accepted: bool | None = False) -> None:
        """*accepted* is None when the platform may have taken the message before the fault."""
        super().__init__(reason)
        self.accepted = accepted


class RecipientGone(SendError):
    """The person blocked us or their account ended."""


class ChatMoved(SendError):
    """The chat lives on under another id."""

    def __init__(self, new_id: str) -> None:
        super().__init__("the chat has moved")
        self.new_id = new_id


class Rejected(SendError):
    """The platform refuses this message as it is; trying again changes nothing."""
