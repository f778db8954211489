"""Log lines: one format for ours and the libraries', without secrets and without people's words."""

import logging
import re
import sys
import traceback
from collections.abc import Iterable
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.settings import Log, LogFormat
from kkb_core.errors import KkbError

# These say too much at INFO: httpx prints the bot's token in each address.
CHATTY = ("httpx", "httpcore", "telegram", "apscheduler", "uvicorn", "aiohttp", "alembic")

TOKEN = re.compile(r"\d{5,20}:[A-Za-z0-9_-]{20,}")
HIDDEN = "<hidden>"


def set_up(log: Log, *, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Log as *log* says, to *stream* (stderr), with *secrets* and bot tokens hidden."""
    level = logging.getLevelNamesMapping()[log.level.upper()]
    out = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Formatter(log.format, colours=out.isatty(), secrets=secrets))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line and hides in it what nobody may read."""

    def __init__(self, form: LogFormat, *, colours: bool, secrets: Iterable[str]) -> None:
        last: Processor = (
            structlog.processors.JSONRenderer()
            if form is LogFormat.JSON
            else structlog.dev.ConsoleRenderer(colors=colours)
        )
        super().__init__(
            processors=[self.remove_processors_meta, last], foreign_pre_chain=_shared()
        )
        self._secrets = tuple(secret for secret in secrets if secret)

    def format(self, record: logging.LogRecord) -> str:
        """The line, with secrets hidden."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, HIDDEN)
        return TOKEN.sub(HIDDEN, line)


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _where_it_broke,
    ]


def _where_it_broke(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception's kind and place; of its words only our own, others may quote an answer."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = _told(error)
    return event


def _told(error: BaseException) -> str:
    parts: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        words = f": {cause}" if isinstance(cause, KkbError) else ""
        frames = "".join(traceback.format_tb(cause.__traceback__))
        parts.append(f"{frames}{type(cause).__name__}{words}")
        cause = cause.__cause__ or cause.__context__
    return "\ncaused by\n".join(parts)
