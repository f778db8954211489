"""`kkb`: what an operator types. Commands only; what they do is decided elsewhere.

Anything that cannot be done is one line on stderr and exit code 1, never a traceback.
"""

from bot.cli import (
    announcements,
    files,
    installation,
    keeping,
    reports,
    running,
    villages,
    webhook,
)
from bot.cli.app import app

__all__ = [
    "announcements",
    "app",
    "files",
    "installation",
    "keeping",
    "reports",
    "running",
    "villages",
    "webhook",
]
