"""/ekspor: the papers of a village, as files in the chat of somebody who may have them.

`/ekspor 4711` draws the binder's households with the seed 4711: a jury names it, so that nobody
can know beforehand whom it will visit.
"""

from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, column
from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.messaging import Document, QuickReply
from kkb_core.roles import Act, Scope, may
from kkb_core.services import field_sample, reporting
from kkb_core.services.reporting import Report, Request
from kkb_core.storage import areas, roles
from kkb_core.storage.areas import Area, AreaLevel

OFFERED = 30  # villages behind buttons


def show(exchange: Exchange, rest: str) -> None:
    """Which paper, or first of which village."""
    villages = _villages(exchange)
    named = field_sample.seed_from(rest)
    seed = field_sample.seed_of(exchange.now.date()) if named is None else named
    if not villages:
        exchange.show(exchange.words("export.not_yours"))
    elif len(villages) == 1:
        _offer(exchange, villages[0], seed)
    else:
        buttons = [QuickReply(one.name, f"exp:of:{one.code}:{seed}") for one in villages[:OFFERED]]
        exchange.show(exchange.words("export.choose_village"), replies=column(*buttons))


def tapped(exchange: Exchange, what: str, code: str, seed: str) -> None:
    """A village or a paper was chosen; whether the person may have it is checked anew."""
    village, by = areas.area(exchange.tx, code), field_sample.seed_from(seed)
    if village is None or by is None or not _may(exchange, village, Act.EXPORT_SCORES):
        exchange.outdated()
    elif what == "of":
        _offer(exchange, village, by)
    elif what in list(Report):
        _hand_over(exchange, Report(what), village, by)
    else:
        exchange.outdated()


def _villages(exchange: Exchange) -> list[Area]:
    found = {
        one.code: one
        for grant in roles.grants_of(exchange.tx, exchange.person)
        for one in areas.areas_under(exchange.tx, grant.scope.area)
        if one.level is AreaLevel.VILLAGE and may([grant], Act.EXPORT_SCORES, Scope(one.code))
    }
    return sorted(found.values(), key=lambda one: one.name)


def _may(exchange: Exchange, village: Area, act: Act) -> bool:
    grants = roles.grants_of(exchange.tx, exchange.person)
    return may(grants, act, Scope(village.code))


def _offer(exchange: Exchange, village: Area, seed: int) -> None:
    buttons = [
        exchange.button(f"export.{report.value}", f"exp:{report.value}:{village.code}:{seed}")
        for report in Report
    ]
    exchange.show(exchange.words("export.choose", village=village.name), replies=column(*buttons))


def _hand_over(exchange: Exchange, report: Report, village: Area, seed: int) -> None:
    request = Request(
        report=report,
        code=village.code,
        by=exchange.person,
        language=exchange.language,
        seed=seed,
    )
    try:
        made = reporting.make(exchange.tx, exchange.definitions, request, now=exchange.now)
    except NotAllowed:
        exchange.outdated()
        return
    except InputRefused:
        exchange.where(exchange.words("summary.none"))
        return
    what = exchange.words(f"export.{report.value}")
    exchange.below()
    exchange.tell(
        exchange.words("export.done", what=what, village=village.name),
        document=Document(made.name, made.content),
    )
    if report is Report.BINDER and _may(exchange, village, Act.SEE_HOUSEHOLD):
        _tell_homes(exchange, village, seed)


def _tell_homes(exchange: Exchange, village: Area, seed: int) -> None:
    """Who the drawn households are: for who goes along with the jury, and in no file."""
    sample = field_sample.last_drawn(exchange.tx, village.code, seed, now=exchange.now)
    if sample is None:
        return
    scope = Scope(village.code)
    drawn = field_sample.homes_in(exchange.tx, sample, scope, by=exchange.person, now=exchange.now)
    exchange.tell(
        exchange.words("export.homes"),
        *(
            exchange.words(
                "export.home",
                code=one.household.public_id,
                label=one.household.label,
                rw=one.household.rw or "-",
                rt=one.household.rt or "-",
            )
            for one in drawn
        ),
        exchange.words("export.check"),
    )


DOORS = Doors(commands={"ekspor": show}, taps={"exp": (3, tapped)})
