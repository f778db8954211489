"""What an operator may set: config.toml, then the environment above it."""

from bot.settings.reading import keys, load, write_example
from bot.settings.sections import (
    Hours,
    Log,
    LogFormat,
    LogLevel,
    Mode,
    Settings,
    Summary,
    Web,
    Weekday,
)

__all__ = [
    "Hours",
    "Log",
    "LogFormat",
    "LogLevel",
    "Mode",
    "Settings",
    "Summary",
    "Web",
    "Weekday",
    "keys",
    "load",
    "write_example",
]
