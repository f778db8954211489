"""Log lines say what happened, and nothing they must not."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs
from bot.settings import Log
from kkb_core.errors import DatabaseUnavailable

TOKEN = "123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What is logged, as JSON lines; the world of before comes back afterwards."""
    handlers, level = logging.root.handlers[:], logging.root.level
    written = io.StringIO()
    logs.set_up(Log(format="json", level="info"), secrets=["webhook-secret"], stream=written)
    yield written
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_ours_and_the_libraries_lines_look_alike(stream: io.StringIO) -> None:
    structlog.get_logger("bot.test").info("started", parts=["web"])
    logging.getLogger("library").warning("something %s", "odd")

    ours, theirs = lines(stream)
    assert (ours["event"], ours["parts"], ours["level"]) == ("started", ["web"], "info")
    assert (theirs["event"], theirs["level"]) == ("something odd", "warning")
    assert ours["timestamp"].endswith("Z")


def test_tokens_and_secrets_are_hidden_wherever_they_stand(stream: io.StringIO) -> None:
    structlog.get_logger().warning(f"POST /bot{TOKEN}/getMe", given="webhook-secret")
    logging.getLogger("x").error("%s", {"url": f"https://api/bot{TOKEN}/x"})

    assert "AAEhBO" not in stream.getvalue()
    assert "webhook-secret" not in stream.getvalue()
    assert stream.getvalue().count(logs.HIDDEN) == 3


@pytest.mark.parametrize("name", ["httpx", "httpcore", "apscheduler.scheduler", "telegram.Bot"])
def test_chatty_libraries_are_quiet(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("HTTP Request: POST https://...")

    assert lines(stream) == []


def test_an_error_shows_its_place_and_not_its_words(stream: io.StringIO) -> None:
    answer = "what " + "Siti wrote"

    for log in (structlog.get_logger(), logging.getLogger("library")):
        try:
            int(answer)
        except ValueError:
            log.exception("it broke")

    assert "Siti" not in stream.getvalue()
    for line in lines(stream):
        assert line["exception"].endswith("ValueError")
        assert "test_logs.py" in line["exception"]


def test_our_own_errors_keep_their_words(stream: io.StringIO) -> None:
    structlog.get_logger().error("waits", exc_info=DatabaseUnavailable("the database is locked"))

    (line,) = lines(stream)
    assert line["exception"] == "DatabaseUnavailable: the database is locked"


def test_the_text_format_is_one_line(stream: io.StringIO) -> None:
    written = io.StringIO()
    logs.set_up(Log(format="text", level="warning"), stream=written)

    structlog.get_logger().info("not this")
    structlog.get_logger().warning("this", count=3)

    (line,) = written.getvalue().splitlines()
    assert "this" in line
    assert "count=3" in line
