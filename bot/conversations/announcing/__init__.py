"""Announcements: /umumkan for whoever may, and what everybody else is shown of it."""

from bot.conversations.announcing.entering import DOORS
from bot.conversations.announcing.following import progress
from bot.conversations.announcing.letters import KINDS

__all__ = ["DOORS", "KINDS", "progress"]
