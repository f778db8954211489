"""From the first hello to consent: language, what this is, adults only, the family's agreement."""

from bot.conversations import joining, spoken
from bot.conversations.exchange import Exchange, Rows, Said, column
from kkb_core.i18n import say
from kkb_core.messaging import Language, QuickReply, bold
from kkb_core.storage import people
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.people import PersonStatus

TOPICS = ("", "language", "adult", "minor", "consent")


def ask_language(exchange: Exchange) -> None:
    """Three languages at once, since none is chosen yet."""
    exchange.move("language", **exchange.state)
    exchange.show(
        *(say("language.ask", language) for language in Language),
        replies=_languages(),
    )


def choose_again(exchange: Exchange) -> None:
    """/bahasa: the same three buttons; where the person is stays as it is."""
    exchange.show(*(say("language.ask", language) for language in Language), replies=_languages())


def show_again(exchange: Exchange, *lead: Said) -> None:
    """Ask once more what a new person was being asked."""
    if exchange.topic == "consent":
        ask_consent(exchange, *lead)
    elif exchange.topic == "minor":
        _send_home(exchange, *lead)
    else:
        ask_adult(exchange, *lead, introduce=True)


def _languages() -> Rows:
    return column(
        *(
            QuickReply(say(f"language.{language.value}", language), f"lang:{language.value}")
            for language in Language
        )
    )


def tapped_language(exchange: Exchange, chosen: str) -> None:
    """A language was chosen, now or again."""
    if chosen not in [one.value for one in Language]:
        exchange.outdated()
        return
    language = Language(chosen)
    people.set_language(exchange.tx, exchange.person, language)
    exchange.speak(language)
    if exchange.topic in ("", "language"):
        _introduce(exchange)
    else:
        exchange.where(exchange.words("language.set"))


def _introduce(exchange: Exchange) -> None:
    """What this is, and the first question; somebody invited to a role comes to work, not to answer."""
    if not joining.take_role(exchange):
        ask_adult(exchange, introduce=True)


def ask_adult(exchange: Exchange, *lead: Said, introduce: bool = False) -> None:
    """Only adults answer (UU 27/2022 Art. 25)."""
    exchange.move("adult", **exchange.state)
    welcome = [
        bold(exchange.words("welcome.title")),
        exchange.words("welcome.what"),
        bold(exchange.words("welcome.not_aid")),
        "",
    ]
    exchange.show(
        *lead,
        *(welcome if introduce else ()),
        exchange.words("welcome.adult"),
        replies=(
            (
                exchange.button("welcome.adult_yes", "adult:yes"),
                exchange.button("welcome.adult_no", "adult:no"),
            ),
        ),
    )


def tapped_adult(exchange: Exchange, answer: str) -> None:
    """The adult check was answered."""
    if exchange.topic not in ("adult", "minor"):
        exchange.outdated()
    elif answer == "yes":
        people.confirm_adult(exchange.tx, exchange.person, now=exchange.now)
        ask_consent(exchange)
    else:
        exchange.move("minor", **exchange.state)
        _send_home(exchange)


def _send_home(exchange: Exchange, *lead: Said) -> None:
    exchange.show(*lead, exchange.words("welcome.minor"), exchange.words("welcome.minor_again"))


def ask_consent(exchange: Exchange, *lead: Said) -> None:
    """Before the first question (UU 27/2022 Art. 20-22): in plain words, two buttons."""
    exchange.move("consent", **exchange.state)
    exchange.show(
        *lead,
        exchange.words("consent.survey"),
        replies=column(
            exchange.button("consent.yes", "consent:yes"),
            exchange.button("consent.no", "consent:no"),
        ),
    )


def tapped_consent(exchange: Exchange, answer: str) -> None:
    """The survey was agreed to, or refused; refusing is final until the person asks."""
    if exchange.topic != "consent":
        exchange.outdated()
        return
    given = answer == "yes"
    exchange.record(ConsentKind.SURVEY, given=given)
    if given:
        exchange.stand(PersonStatus.ACTIVE)
        code = exchange.state.get("code")
        exchange.move("rest", **({"code": code} if code else {}))
        exchange.where(exchange.words("consent.thanks"))
    else:
        exchange.stand(PersonStatus.REFUSED)
        exchange.move("rest")
        exchange.show(exchange.words("consent.refused"))


def refused(exchange: Exchange, *lead: Said) -> None:
    """Somebody who said no wrote again: kind, short, and no second try by us."""
    exchange.show(*lead, exchange.words("consent.refused_again"))


def begin_again(exchange: Exchange) -> None:
    """/mulai: whoever refused or stopped may begin anew; consent is asked anew."""
    if exchange.standing.person.language is None:
        ask_language(exchange)
    elif exchange.standing.person.adult_confirmed_at is None:
        ask_adult(exchange, introduce=True)
    elif exchange.standing.person.status in (PersonStatus.ACTIVE, PersonStatus.PAUSED):
        exchange.stand(PersonStatus.ACTIVE)
        exchange.where()
    else:
        ask_consent(exchange)


def heard(exchange: Exchange, text: str) -> None:
    """Typed instead of tapped; what is not understood shows the question again."""
    match exchange.topic:
        case "language":
            language = spoken.language(text)
            tapped_language(exchange, language.value) if language else ask_language(exchange)
        case "adult" | "consent" as topic:
            answer = spoken.yes_or_no(text)
            if answer is None:
                exchange.tell(exchange.words("refused.not_a_choice"))
            tapped = tapped_adult if topic == "adult" else tapped_consent
            again = ask_adult if topic == "adult" else ask_consent
            again(exchange) if answer is None else tapped(exchange, answer)
        case "minor":
            _send_home(exchange)
        case _:
            ask_language(exchange)
