"""/isikan: answer for a family without a phone, in the family's own sitting, or from a paper form."""

from bot.conversations import spoken, work
from bot.conversations.doors import Doors, Topic
from bot.conversations.exchange import Exchange, Said, column
from kkb_core.errors import NotAllowed
from kkb_core.i18n import say
from kkb_core.messaging import bold
from kkb_core.services import filling, paper_forms
from kkb_core.services.filling import Agreement
from kkb_core.storage import households, people, roles
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.households import Household
from kkb_core.storage.roles import Held
from kkb_core.survey.paper import Form, Wrong, form_in, form_number, letters

CONSENT, PAPER = "fill.consent", "fill.paper"


def show_how(exchange: Exchange, line: str = "") -> None:
    """/isikan, or /isikan and the line of a paper form."""
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    if line:
        _take(exchange, hat, line)
        return
    exchange.move(PAPER)
    exchange.show(
        bold(exchange.words("fill.title")),
        exchange.words("fill.how"),
        replies=column(exchange.button("res.all", "res:list:0")),
    )


def again(exchange: Exchange, *lead: Said) -> None:
    """Show once more what was being asked."""
    if exchange.topic == PAPER:
        show_how(exchange)
        return
    _ask_consent(exchange, exchange.state["household"], exchange.state["kind"], *lead)


def heard(exchange: Exchange, text: str) -> None:
    """The line of a form, or the family's answer in the cadre's words."""
    if exchange.topic == PAPER:
        line = _whole(exchange, text)
        hat = work.acting(exchange, work.FIELD)
        if hat is not None:
            _take(exchange, hat, line)
        return
    answer = spoken.yes_or_no(text)
    if answer is None:
        again(exchange, exchange.words("refused.not_a_choice"))
    else:
        _answered(exchange, exchange.state["kind"], answer)


# -- the family agrees -------------------------------------------------------------------------


def tapped(exchange: Exchange, what: str, which: str) -> None:
    """Begin with a family, or what it answered to the words that were read out."""
    if what in ("survey", "contact") and exchange.topic == CONSENT:
        _answered(exchange, what, which)
        return
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    if what not in ("begin", "form") or not which.isdecimal():
        exchange.outdated()
        return
    try:
        (_begin if what == "begin" else _print)(exchange, hat, int(which[:18]))
    except NotAllowed:
        exchange.outdated()


def _begin(exchange: Exchange, hat: Held, household_id: int, *, line: str = "") -> None:
    household = filling.may_fill_in(exchange.tx, exchange.person, hat.grant, household_id)
    if any(one.id == household_id for one in people.memberships_of(exchange.tx, exchange.person)):
        work.as_family(exchange)
        exchange.turn_to(household)
        exchange.where()
        return
    match filling.agreement(exchange.tx, household_id):
        case Agreement.GIVEN if line:
            _take(exchange, hat, line)
        case Agreement.GIVEN:
            _sit_down(exchange, hat, household_id)
        case Agreement.REFUSED:
            exchange.show(
                exchange.words("fill.family_refused", household=household.label),
                replies=column(exchange.button("res.all", "res:list:0")),
            )
        case Agreement.NEVER_ASKED:
            _ask_consent(exchange, household_id, ConsentKind.SURVEY.value, line=line)


def _ask_consent(
    exchange: Exchange, household_id: int, kind: str, *lead: Said, line: str = ""
) -> None:
    """The very words a family would read, to be read out to it."""
    line = line or exchange.state.get("line", "")
    exchange.move(CONSENT, household=household_id, kind=kind, line=line)
    exchange.show(
        *lead,
        bold(exchange.words("fill.read_out")),
        "",
        say(f"consent.{kind}", exchange.language),
        replies=column(
            exchange.button("fill.agrees", f"fill:{kind}:yes"),
            exchange.button("fill.refuses", f"fill:{kind}:no"),
        ),
    )


def _answered(exchange: Exchange, kind: str, answer: str) -> None:
    state = dict(exchange.state)
    if state["kind"] != kind or answer not in ("yes", "no"):
        exchange.outdated()
        return
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    household_id, given = state["household"], answer == "yes"
    try:
        _record(exchange, hat, household_id, ConsentKind(kind), given=given)
        if kind == ConsentKind.SURVEY.value and given:
            exchange.move(CONSENT, **state)
            _ask_consent(exchange, household_id, ConsentKind.CONTACT.value)
        else:
            _begin(exchange, hat, household_id, line=state.get("line", ""))
    except NotAllowed:
        exchange.outdated()


def _record(
    exchange: Exchange, hat: Held, household_id: int, kind: ConsentKind, *, given: bool
) -> None:
    household = filling.may_fill_in(exchange.tx, exchange.person, hat.grant, household_id)
    filling.record(
        exchange.tx,
        household,
        kind,
        given=given,
        by=exchange.person,
        language=exchange.language,
        channel=exchange.msg.address.channel,
        now=exchange.now,
    )


def _sit_down(exchange: Exchange, hat: Held, household_id: int) -> None:
    """From here on it is the family's own sitting, until the cadre turns to other work."""
    household = filling.begin(
        exchange.tx, exchange.person, hat.grant, household_id, now=exchange.now
    )
    exchange.turn_to(household, people.Relation.CADRE)
    exchange.move("rest")
    exchange.where(exchange.words("fill.begun", household=household.label))


# -- a paper form ------------------------------------------------------------------------------


def opened(exchange: Exchange, code: str) -> bool:
    """Whether *code* is the square on a form, scanned by somebody who may key it in."""
    if form_in(f"{code}:") is None:
        return False
    held = roles.roles_of(exchange.tx, exchange.person)
    if not any(one.grant.role in work.FIELD for one in held):
        return False
    hat = work.acting(exchange, work.FIELD)
    assert hat is not None
    _take(exchange, hat, f"{code}:")
    return True


def _print(exchange: Exchange, hat: Held, household_id: int) -> None:
    made = paper_forms.printed(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        household_id,
        language=exchange.language,
        link=exchange.link,
        now=exchange.now,
    )
    home = households.household(exchange.tx, household_id)
    assert home is not None
    exchange.below()
    exchange.tell(exchange.words("form.done", household=home.label), document=made)


def _whole(exchange: Exchange, line: str) -> str:
    """The line; entries alone are those of the form at hand."""
    at_hand = exchange.state.get("form")
    return f"{at_hand}: {line}" if at_hand and form_in(line) is None else line


def _take(exchange: Exchange, hat: Held, line: str) -> None:
    form = form_in(line)
    if form is None:
        exchange.move(PAPER)
        exchange.show(exchange.words("fill.no_form"), exchange.words("fill.how"))
        return
    household = households.household(exchange.tx, form.household)
    reach = household is not None and hat.grant.scope.covers(household.scope)
    if household is None or not reach or household.rt != form.rt:
        exchange.move(PAPER)
        exchange.show(
            exchange.words("fill.no_family", number=form_number(form.rt, form.household))
        )
        return
    if filling.agreement(exchange.tx, household.id) is not Agreement.GIVEN:
        _begin(exchange, hat, household.id, line=line)
        return
    _keep(exchange, hat, household, form)


def _keep(exchange: Exchange, hat: Held, home: Household, form: Form) -> None:
    number = form_number(form.rt, form.household)
    exchange.move(PAPER, form=number)
    if not any(form.entries):
        exchange.show(exchange.words("form.opened", number=number, household=home.label))
        return
    taken = filling.from_paper(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        form,
        channel=exchange.msg.address.channel,
        now=exchange.now,
    )
    if taken is None:
        exchange.show(exchange.words("round.none"))
        return
    _, read = taken
    if read.wrong:
        exchange.show(
            bold(exchange.words("fill.nothing_taken")),
            *(f"• {_mistake(exchange, one)}" for one in read.wrong),
            exchange.words("fill.type_again"),
        )
        return
    exchange.move(PAPER)
    said = exchange.words("fill.taken", count=len(read.values), household=home.label)
    exchange.show(f"✓ {said}", exchange.words("fill.next_form"))


def _mistake(exchange: Exchange, wrong: Wrong) -> str:
    """The exact entry, the question it is about, and what may stand there."""
    current = exchange.definitions.current.questions.get(wrong.question or "")
    why = exchange.words(
        f"fill.wrong_{wrong.mistake.value}", letters=", ".join(letters(current)) if current else ""
    )
    asked = f" ({exchange.local(current.label)})" if current and not current.sensitive else ""
    return f"{wrong.entry}{asked}: {why}"


DOORS = Doors(
    commands={"isikan": show_how},
    taps={"fill": (2, tapped)},
    topics={CONSENT: Topic(heard, again), PAPER: Topic(heard, again)},
    offered={"isikan": work.FIELD},
)
