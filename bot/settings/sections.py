"""Everything that can be set, section by section, with what makes a value right.

A field's description is the cure an operator is told when its value is wrong.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
)

from kkb_core.broadcast import BroadcastRules
from kkb_core.hours import EVERY_DAY, FRIDAY, Closed
from kkb_core.hours import Hours as OpenHours
from kkb_core.services.holidays import holidays


class Mode(StrEnum):
    """How Telegram's updates reach us."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class LogLevel(StrEnum):
    """From which weight on a line is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """What a log line looks like."""

    TEXT = "text"
    JSON = "json"


def _database_url(url: str) -> str:
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+asyncpg://" + url.removeprefix(short)
    if not url.startswith(("sqlite://", "postgresql+asyncpg://")):
        raise ValueError("it begins neither with sqlite:// nor with postgresql://")
    return url


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("it begins neither with http:// nor with https://")
    return url.rstrip("/")


def _one_word(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value or any(character.isspace() or character == "/" for character in value):
        raise ValueError("it is empty or has a space or a slash in it")
    return secret


def _by_the_wall(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("it has a zone of its own; an area's own clock counts")
    return moment


def _band(text: Any) -> tuple[time, time]:
    if isinstance(text, tuple):
        return text
    begins, dash, ends = str(text).partition("-")
    if not dash:
        raise ValueError("it is not two times with a dash between them")
    band = time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())
    if band[0] >= band[1]:
        raise ValueError("it ends before it begins")
    return band


def _several(given: Any) -> Any:
    """The environment has no lists: there the values stand with spaces or commas between them."""
    return given.replace(",", " ").split() if isinstance(given, str) else given


def _webhook_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret.get_secret_value()):
        raise ValueError("it is not 16 to 256 letters, digits, _ and -")
    return secret


WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
OneWord = Annotated[SecretStr, AfterValidator(_one_word)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class Section(BaseModel):
    """One `[section]`; unknown keys are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True
    )


class Database(Section):
    """`[database]`."""

    url: Annotated[str, AfterValidator(_database_url)] = Field(
        "sqlite:///var/kkb.db",
        repr=False,
        description="write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
    )


class Web(Section):
    """`[web]`."""

    host: str = Field("127.0.0.1", min_length=1, description="give the address to listen on")
    port: int = Field(8080, ge=1, le=65535, description="give a port from 1 to 65535")


class Telegram(Section):
    """`[telegram]`; without a token there is no Telegram."""

    token: OneWord | None = Field(None, description="copy the token from @BotFather")
    username: Annotated[str, AfterValidator(lambda name: name.removeprefix("@"))] = Field(
        "", pattern=r"^@?\w*$", description="give the bot's username, without https://t.me/"
    )
    api_base_url: WebAddress = Field(
        "https://api.telegram.org", description="give the address of a Bot API server"
    )
    mode: Mode = Field(Mode.POLLING, description='write "polling" or "webhook"')
    webhook_url: WebAddress | None = Field(
        None, description="give the public https:// address Telegram is to call"
    )
    webhook_secret: WebhookSecret | None = Field(
        None,
        description="make one with: openssl rand -hex 32",
    )


WallTime = Annotated[time, AfterValidator(_by_the_wall)]
Band = Annotated[tuple[WallTime, WallTime], BeforeValidator(_band)]


class Hours(Section):
    """`[hours]`: when people are written to unasked, by their own area's clock."""

    opens: WallTime = Field(time(8, 0), description='write a time as "08:00"')
    closes: WallTime = Field(time(20, 30), description='write a time as "20:30"')
    friday_closed: Band = Field(
        (time(11, 30), time(13, 0)), description='write two times as "11:30-13:00"'
    )
    closed: Annotated[Sequence[Band], BeforeValidator(_several)] = Field(
        (), description='write a list of bands as ["12:00-12:30", "17:45-18:15"]'
    )
    national_holidays: bool = Field(default=True, description="write true or false")
    joint_leave: bool = Field(default=False, description="write true or false")
    holidays: Annotated[Sequence[date], BeforeValidator(_several)] = Field(
        (), description='write a list of days as ["2026-12-31"]'
    )

    def open_hours(self) -> OpenHours:
        """What the sender goes by."""
        begins, ends = self.friday_closed
        bands = [(one, EVERY_DAY) for one in self.closed]
        known = holidays(national=self.national_holidays, joint_leave=self.joint_leave)
        return OpenHours(
            opens=self.opens,
            closes=self.closes,
            closed=tuple(
                Closed(begins=begins, ends=ends, weekdays=days)
                for (begins, ends), days in (*bands, ((begins, ends), FRIDAY))
            ),
            holidays=known | frozenset(self.holidays),
        )


class Broadcast(Section):
    """`[broadcast]`: announcements to many."""

    approve_above: int = Field(
        100, ge=0, description="give a number of people; for more a second person must agree"
    )
    first_percent: float = Field(
        1, ge=0, le=100, description="give a percentage of people who get it before the others"
    )
    first_least: int = Field(20, ge=0, description="give the least number who get it first")
    failed_percent: float = Field(
        5, ge=0, le=100, description="give the percentage of failures that lets the others go"
    )
    a_day: int = Field(2, ge=1, description="give how many a person gets in 24 hours at most")
    expires_hours: int = Field(
        72, ge=1, le=720, description="give hours after which what has not left never will"
    )

    def rules(self, hours: OpenHours) -> BroadcastRules:
        """What announcing goes by."""
        return BroadcastRules(
            approve_above=self.approve_above,
            canary_share=self.first_percent / 100,
            canary_least=self.first_least,
            canary_failures=self.failed_percent / 100,
            daily_cap=self.a_day,
            expires=timedelta(hours=self.expires_hours),
            hours=hours,
        )


class Programme(Section):
    """`[programme]`: who answers for the data; shown to families before they agree."""

    controller: str = Field("", max_length=300, description="name the office that owns the data")
    contact_office: str = Field(
        "", max_length=300, description="say where a family can ask, in one line"
    )
    officer: str = Field(
        "", max_length=300, description="name the data protection officer and how to reach them"
    )


class Retention(Section):
    """`[retention]`: how long things are kept; families are told the longest terms allowed here."""

    answers_months: int = Field(24, ge=1, le=24, description="families read 24; give 1 to 24")
    notes_months: int = Field(12, ge=1, le=12, description="give 1 to 12")
    consents_months: int = Field(
        60, ge=1, le=60, description="families read 5 years; give 1 to 60"
    )
    messages_days: int = Field(30, ge=1, le=30, description="families read 30; give 1 to 30")
    audit_months: int = Field(60, ge=12, le=120, description="give 12 to 120")


class Rounds(Section):
    """`[rounds]`."""

    every_months: int = Field(
        6, ge=0, le=24, description="give 0 (a round is opened by hand only) to 24"
    )


class Reminders(Section):
    """`[reminders]`: days to wait before the first reminder; the next ones wait as long."""

    not_started_days: int = Field(3, ge=1, le=60, description="give 1 to 60")
    half_way_days: int = Field(1, ge=1, le=60, description="give 1 to 60")
    next_days: int = Field(3, ge=1, le=60, description="give 1 to 60")
    changes_days: int = Field(30, ge=0, le=366, description="give 0 (never), or 1 to 366")


class Weekday(StrEnum):
    """A day of the week, Monday first."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Summary(Section):
    """`[summary]`: when cadres get the week that is over, by their village's own clock."""

    day: Weekday = Field(Weekday.MONDAY, description='write a day in English, "monday"')
    time: WallTime = Field(time(7, 0), description='write a time as "07:00"')


class Log(Section):
    """`[log]`."""

    level: LogLevel = Field(
        LogLevel.INFO, description='write "debug", "info", "warning" or "error"'
    )
    format: LogFormat = Field(LogFormat.TEXT, description='write "text" or "json"')


class Settings(Section):
    """Everything that can be set, checked."""

    database: Database = Field(default_factory=Database)
    web: Web = Field(default_factory=Web)
    telegram: Telegram = Field(default_factory=Telegram)
    programme: Programme = Field(default_factory=Programme)
    hours: Hours = Field(default_factory=Hours)
    retention: Retention = Field(default_factory=Retention)
    rounds: Rounds = Field(default_factory=Rounds)
    reminders: Reminders = Field(default_factory=Reminders)
    broadcast: Broadcast = Field(default_factory=Broadcast)
    summary: Summary = Field(default_factory=Summary)
    log: Log = Field(default_factory=Log)


SECTIONS: Mapping[str, type[Section]] = {
    "database": Database,
    "web": Web,
    "telegram": Telegram,
    "programme": Programme,
    "hours": Hours,
    "retention": Retention,
    "rounds": Rounds,
    "reminders": Reminders,
    "broadcast": Broadcast,
    "summary": Summary,
    "log": Log,
}
