"""Updates as Telegram sends them."""

from itertools import count
from typing import Any

SITI = 5_001_000_001
PEER = {"id": SITI, "is_bot": False, "first_name": "Siti <b>", "language_code": "id"}
CHAT = {"id": SITI, "first_name": "Siti <b>", "type": "private"}
GROUP = {"id": -1001234567890, "title": "RT 03", "type": "supergroup"}

ids = count(900_000_001)


def message(text: str | None = "halo", *, who: int = SITI, msg_id: int = 7, **more: Any) -> Any:
    """Somebody writes *text*; with None and *more*, sends something else."""
    body = {
        "message_id": msg_id,
        "from": {**PEER, "id": who},
        "chat": {**CHAT, "id": who},
        "date": 1_790_000_000,
        **({} if text is None else {"text": text}),
        **more,
    }
    return {"update_id": next(ids), "message": body}


def tap(data: str | None = "a:1:AGM1:0:yes", *, who: int = SITI, msg_id: int = 7) -> Any:
    """Somebody taps a button of the message *msg_id*."""
    body = {
        "id": f"4382bfdwdsb323b2d9{next(ids)}",
        "from": {**PEER, "id": who},
        "message": {
            "message_id": msg_id,
            "from": {"id": 123456, "is_bot": True, "first_name": "KKB"},
            "chat": {**CHAT, "id": who},
            "date": 1_790_000_000,
            "text": "Question",
        },
        "chat_instance": "-3642",
        **({} if data is None else {"data": data}),
    }
    return {"update_id": next(ids), "callback_query": body}


def membership(status: str, *, who: int = SITI, chat: dict[str, Any] | None = None) -> Any:
    """The bot's own standing in a chat changes."""
    bot = {"id": 123456, "is_bot": True, "first_name": "KKB"}
    body = {
        "chat": chat or {**CHAT, "id": who},
        "from": {**PEER, "id": who},
        "date": 1_790_000_000,
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": status},
    }
    return {"update_id": next(ids), "my_chat_member": body}
