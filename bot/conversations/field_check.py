"""/verifikasi: with a jury along the drawn households, and what was found at each door.

`/verifikasi 4711` opens, or draws, the households of seed 4711: the same ones as the binder's.
"""

from bot.conversations import work
from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, Said, column
from bot.conversations.field_door import show_door, show_next_home, show_statement
from bot.conversations.field_list import show_list
from kkb_core.errors import NotAllowed
from kkb_core.messaging import QuickReply
from kkb_core.services import field_check, field_sample
from kkb_core.services.field_check import Door, Guide
from kkb_core.storage import areas
from kkb_core.storage.areas import AreaLevel
from kkb_core.storage.roles import Held
from kkb_core.summary.match import CHECKED, Verdict

OFFERED = 30  # villages behind buttons
DIGITS = 18  # of an id that a database takes


def show(exchange: Exchange, rest: str) -> None:
    """The sample drawn last or by the seed named, or first of which village."""
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    villages = [
        one
        for one in areas.areas_under(exchange.tx, hat.grant.scope.area)
        if one.level is AreaLevel.VILLAGE
    ]
    if len(villages) == 1:
        _open(exchange, hat, villages[0].code, rest)
        return
    seed = field_sample.seed_from(rest)
    buttons = [
        QuickReply(one.name, f"ver:of:{one.code}:{'-' if seed is None else seed}:-")
        for one in villages[:OFFERED]
    ]
    exchange.show(exchange.words("field.choose_village"), replies=column(*buttons))


def _open(exchange: Exchange, hat: Held, code: str, named: str) -> None:
    guide, seed = _guide(exchange, hat), field_sample.seed_from(named)
    sample = field_check.open_sample(exchange.tx, guide, code, seed)
    if sample is not None:
        show_list(exchange, guide, sample.id, 0)
    elif seed is None:
        exchange.show(exchange.words("field.name_seed"))
    else:
        exchange.show(exchange.words("field.nobody", seed=seed))


def _guide(exchange: Exchange, hat: Held) -> Guide:
    return Guide(
        person_id=exchange.person,
        hat=hat.grant,
        definitions=exchange.definitions,
        now=exchange.now,
    )


# -- what is tapped ----------------------------------------------------------------------------


def tapped(exchange: Exchange, what: str, first: str, second: str, stamp: str) -> None:
    """A village, a page, a door, what was found there; whether one may is checked anew."""
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    try:
        if what == "of":
            _open(exchange, hat, first, second)
        else:
            _do(exchange, _guide(exchange, hat), what, _number(first), second, stamp)
    except NotAllowed:
        exchange.outdated()


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > DIGITS:
        raise NotAllowed(f"number {text[:DIGITS]}")
    return int(text)


def _do(
    exchange: Exchange, guide: Guide, what: str, sample_id: int, which: str, stamp: str
) -> None:
    home, _, check = which.partition("-")
    number, check_id = _number(home), _number(check or "0")
    if what == "list":
        show_list(exchange, guide, sample_id, number)
        return
    if what == "open":
        show_door(exchange, guide, sample_id, number)
        return
    door = field_check.door(exchange.tx, guide, sample_id, number)
    if door.stamp != stamp:
        _show_where(exchange, guide, door, exchange.words("refused.outdated"), "")
    elif what == "may":
        field_check.begin(exchange.tx, guide, door)
        _show_answers(exchange, guide, door)
    elif what == "next":
        _onwards(exchange, guide, door, check_id)
    elif what in list(Verdict):
        _note(exchange, guide, door, check_id, Verdict(what))
    else:
        exchange.outdated()


def _show_answers(exchange: Exchange, guide: Guide, before: Door) -> None:
    """The first of the answers; nothing where the family has taken all of them back."""
    door = _anew(exchange, guide, before)
    if door.statements:
        show_statement(exchange, door, door.statements[0])
    else:
        show_next_home(exchange, guide, door, exchange.words("field.nothing_left"), "")


def _note(exchange: Exchange, guide: Guide, door: Door, check_id: int, verdict: Verdict) -> None:
    if verdict in CHECKED:
        field_check.note_answer(exchange.tx, guide, door, check_id, verdict)
    else:
        field_check.note_home(exchange.tx, guide, door, verdict)
    said = exchange.words(f"field.done_{verdict.value}")
    _onwards(exchange, guide, _anew(exchange, guide, door), check_id, f"✓ {said}", "")


def _onwards(exchange: Exchange, guide: Guide, door: Door, check_id: int, *lead: Said) -> None:
    """The next answer at this door after the one of the check (0: none), else the next door."""
    further = door.after(check_id) if check_id else None
    if further is None:
        show_next_home(exchange, guide, door, *lead)
    else:
        show_statement(exchange, door, further, *lead)


def _show_where(exchange: Exchange, guide: Guide, door: Door, *lead: Said) -> None:
    """Where the walk is, as far as an old button of this door can tell."""
    waiting = [one for one in door.statements if one.check.verdict is None]
    if len(door.open) == len(door.drawn.checks):
        show_door(exchange, guide, door.sample.id, door.drawn.household.id, *lead)
    elif waiting:
        show_statement(exchange, door, waiting[0], *lead)
    else:
        show_next_home(exchange, guide, door, *lead)


def _anew(exchange: Exchange, guide: Guide, door: Door) -> Door:
    return field_check.door(exchange.tx, guide, door.sample.id, door.drawn.household.id)


DOORS = Doors(
    commands={"verifikasi": show},
    taps={"ver": (4, tapped)},
    offered={"verifikasi": work.FIELD},
)
