"""What is said about an announcement: itself, whom it is for, how it goes."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from kkb_core.broadcast import BroadcastState, Exclusion, Outcome, Step, possible
from kkb_core.i18n import ZONE_NAMES, say, weekday
from kkb_core.messaging import Language, MsgOut, QuickReply, SentFile, Span, Text, bold
from kkb_core.segments import (
    And,
    Answered,
    Everybody,
    InArea,
    InBand,
    InRt,
    InRw,
    Missed,
    Not,
    OfKind,
    Or,
    Segment,
    WithRole,
)
from kkb_core.storage.broadcasts import Broadcast
from kkb_core.storage.outbox import Account
from kkb_core.storage.segments import Headcount
from kkb_core.summary.tallies import SMALLEST

GLANCE = 300  # characters of an announcement that are shown with its numbers

Naming = Callable[[str], str]


def announcement(broadcast: Broadcast, language: Language) -> MsgOut:
    """The announcement as everybody it is for sees it."""
    return MsgOut(
        text=Text.lines([bold(say("office.announcement", language)), broadcast.text_in(language)]),
        replies=((QuickReply(say("mute.stop", language), "mute:off"),),),
        file=broadcast.file,
    )


def file_words(file: SentFile, language: Language) -> str:
    """What goes with an announcement: a picture, or a document by its name."""
    return say(f"office.file_{file.kind.value}", language, name=file.name).strip()


def count_words(count: int, language: Language) -> str:
    """A number, unless it is so small that it says who."""
    return say("office.few", language) if 0 < count < SMALLEST else f"{count}"


def outcome_count(account: Account, outcome: Outcome, language: Language) -> str:
    """How many had an outcome; of a handful of people nothing is told apart."""
    many: int = getattr(account, outcome.value)
    few = 0 < account.eligible < SMALLEST
    return count_words(many, language) if few else f"{many}"


def exclusion_lines(count: Headcount, language: Language) -> list[str]:
    """Why how many are left out."""
    return [
        f"• {say(f'office.why_{why.value}', language)}: {count_words(many, language)}"
        for why, many in count.excluded.items()
    ]


def moment(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """`Selasa, 10 Maret 2026 09.14 WIB`."""
    local = at.astimezone(zone)
    named = ZONE_NAMES.get(zone.key, zone.key)
    return f"{weekday(local, language)} {local:%H.%M} {named}"


def glance(broadcast: Broadcast, language: Language) -> str:
    """The beginning of an announcement."""
    text = broadcast.text_in(language)
    return text if len(text) <= GLANCE else f"{text[:GLANCE].rstrip()}…"


def course(
    broadcast: Broadcast, account: Account, language: Language, *, zone: ZoneInfo
) -> MsgOut:
    """How a broadcast goes, in one message that is edited as it goes on."""
    state = say(f"office.state_{broadcast.state.value}", language)
    lines: list[str | Span] = [
        bold(say("office.course", language, number=broadcast.id, state=state)),
        glance(broadcast, language),
        "",
    ]
    if broadcast.due_at is not None and not broadcast.eligible:
        key = f"office.due_{broadcast.repeat.value}"
        lines.append(say(key, language, when=moment(broadcast.due_at, zone, language)))
    if broadcast.eligible:
        lines.append(
            say("office.eligible", language, count=count_words(broadcast.eligible, language))
        )
        lines += outcome_lines(account, language)
    return MsgOut(text=Text.lines(lines), replies=course_buttons(broadcast, language))


def outcome_lines(account: Account, language: Language) -> list[str]:
    """One line an outcome that somebody had; together they are all."""
    return [
        f"{say(f'office.outcome_{one.value}', language)}: {outcome_count(account, one, language)}"
        for one in Outcome
        if getattr(account, one.value)
    ]


STEPS = {
    Step.PAUSE: "pause",
    Step.RESUME: "resume",
    Step.STOP: "stop",
    Step.WITHDRAW: "withdraw",
    Step.RESEND: "resend",
}


AFTERWARDS = (Step.WITHDRAW, Step.RESEND)  # need somebody who was to get it


def course_buttons(broadcast: Broadcast, language: Language) -> tuple[tuple[QuickReply, ...], ...]:
    """What can be done with it now."""
    able = [
        QuickReply(say(f"office.do_{name}", language), f"cast:{name}:{broadcast.id}:-")
        for step, name in STEPS.items()
        if possible(step, broadcast.state) and (step not in AFTERWARDS or broadcast.eligible)
    ]
    if possible(Step.EDIT, broadcast.state) and broadcast.state is not BroadcastState.WAITING:
        edit = QuickReply(say("office.do_edit", language), f"cast:text:{broadcast.id}:id")
        able.append(edit)
    rows = [tuple(able[at : at + 2]) for at in range(0, len(able), 2)]
    last = [QuickReply(say("office.do_look", language), f"cast:look:{broadcast.id}:-")]
    if broadcast.eligible:
        last += [
            QuickReply(say("office.do_report", language), f"cast:report:{broadcast.id}:-"),
        ]
    return (*rows, tuple(last))


def segment_words(segment: Segment, language: Language, naming: Naming) -> str:
    """Whom a segment means; *naming* knows areas by their codes."""

    def words(one: Segment) -> str:
        match one:
            case And(parts):
                return f" {say('office.and', language)} ".join(map(closed, parts))
            case Or(parts):
                return f" {say('office.or', language)} ".join(map(closed, parts))
            case Not(part):
                return f"{say('office.not', language)} {closed(part)}"
            case _:
                return _condition(one)

    def closed(one: Segment) -> str:
        return f"({words(one)})" if isinstance(one, And | Or) else words(one)

    def _condition(one: Segment) -> str:
        match one:
            case InArea(code):
                return naming(code)
            case InRw(number):
                return f"RW {number}"
            case InRt(number):
                return f"RT {number}"
            case WithRole(role):
                return say(f"role.{role.value}", language)
            case Answered():
                return say("office.seg_answered", language)
            case InBand(function, band):
                low = say(f"office.band_{band.value}", language)
                return f"{say(f'office.function_{function}', language)}: {low}"
            case OfKind(kind):
                return say(f"office.kind_{kind.value}", language)
            case Missed(number, outcome):
                how = say(f"office.outcome_{outcome.value}", language)
                return say("office.seg_missed", language, number=number, how=how)
            case Everybody() | _:
                return say("office.seg_all", language)

    return words(segment)


def excluded_lines(broadcast: Broadcast, language: Language) -> list[str]:
    """Whom a broadcast left out when it began."""
    counts = {Exclusion(why): many for why, many in broadcast.excluded.items()}
    return exclusion_lines(Headcount(eligible=broadcast.eligible, excluded=counts), language)
