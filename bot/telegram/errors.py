"""What Telegram refuses, in our words: one function, the order matters."""

from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from kkb_core.errors import (
    ChannelDown,
    ChatMoved,
    RecipientGone,
    Rejected,
    SendError,
    Throttled,
)

# These 400s are about the person, not about the message.
NOBODY_THERE = ("chat not found", "user not found", "peer_id_invalid", "user_is_blocked")


def translate(error: TelegramError) -> SendError:
    """The SendError that says what to do about *error*."""
    match error:
        case RetryAfter():
            return Throttled(error.retry_after)  # type: ignore[arg-type]  # PTB_TIMEDELTA
        case ChatMigrated():
            return ChatMoved(str(error.new_chat_id))
        case Forbidden():
            return RecipientGone(error.message)
        case BadRequest():  # a NetworkError by class, but never cured by trying again
            gone = any(words in error.message.lower() for words in NOBODY_THERE)
            return (RecipientGone if gone else Rejected)(error.message)
        case EndPointNotFound():
            return Rejected(error.message)
        case TimedOut():
            return ChannelDown(error.message, accepted=None)
        case NetworkError():
            return ChannelDown(error.message)
        case _:  # a refused token, a conflict, an answer that is no JSON: our trouble, not theirs
            return ChannelDown(type(error).__name__)
