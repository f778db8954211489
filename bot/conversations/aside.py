"""A private word after a private answer: help at once, advice, whether and when to be contacted.

It stands in the place of the question and leaves the screen with the next tap.
"""

from bot.conversations import spoken
from bot.conversations.exchange import PRIVATE_STAYS, Exchange, Said, column, grid
from kkb_core.messaging import bold
from kkb_core.services.scoring import private_advice
from kkb_core.storage.flags import allow_contact
from kkb_core.survey.events import AnswerAccepted, FlagRaised
from kkb_core.survey.interview import Turn
from kkb_core.survey.questionnaire import Question, Route

HOURS = ("morning", "noon", "afternoon", "evening")
HELPLINE = "help.line_sapa129"
KEPT = ("flagged", "then")  # what goes on after it


def wanted(exchange: Exchange, turn: Turn, *, then: str | None) -> bool:
    """Begin one if the answer just given asks for it; *then* is the section that it completed."""
    accepted = [event for event in turn.events if isinstance(event, AnswerAccepted)]
    if not accepted:
        return False
    name, value = accepted[0].name, accepted[0].value
    questionnaire = exchange.questionnaire
    raised = FlagRaised(name) in turn.events
    if raised and _is_protection(questionnaire.questions[name]):
        step = "contact"
    elif private_advice(exchange.definitions, questionnaire, name, value):
        step = "read"
    else:
        return False
    exchange.move("aside", **{**exchange.state, "about": name, "step": step, "then": then})
    _show(exchange)
    return True


def _is_protection(question: Question) -> bool:
    return question.flag is not None and question.flag.route is Route.PROTECTION


def again(exchange: Exchange, *lead: Said) -> None:
    """Somebody else may hold the phone by now: first ask whether it is safe to read."""
    exchange.move("aside", **{**exchange.state, "gate": True})
    exchange.show(
        *lead,
        bold(exchange.words("aside.safe_now")),
        replies=(
            (
                exchange.button("ask.safe", "aside:gate:safe"),
                exchange.button("ask.not_safe", "aside:gate:later"),
            ),
        ),
    )


def _show(exchange: Exchange, *lead: Said) -> None:
    """Show the step that is open."""
    match exchange.state["step"]:
        case "contact":
            _offer_contact(exchange, lead)
        case "hour":
            _ask_hour(exchange, lead)
        case _:
            exchange.show(
                *lead,
                *_advice(exchange),
                replies=column(exchange.button("aside.go_on", "aside:read:on")),
                private=True,
            )


def _advice(exchange: Exchange) -> list[Said]:
    questionnaire = exchange.questionnaire
    advice = questionnaire.items[questionnaire.questions[exchange.state["about"]].item].advice
    return [exchange.local(advice)] if advice else []


def _offer_contact(exchange: Exchange, lead: tuple[Said, ...]) -> None:
    exchange.show(
        *lead,
        exchange.words("aside.not_alone"),
        *_advice(exchange),
        bold(exchange.words(HELPLINE)),
        exchange.words("help.lines_free"),
        "",
        exchange.words("aside.contact"),
        replies=column(
            exchange.button("consent.contact_yes", "aside:contact:yes"),
            exchange.button("consent.contact_no", "aside:contact:no"),
        ),
        private=True,
    )


def _ask_hour(exchange: Exchange, lead: tuple[Said, ...]) -> None:
    buttons = [exchange.button(f"aside.{hour}", f"aside:hour:{hour}") for hour in HOURS]
    exchange.show(
        *lead, bold(exchange.words("aside.hour")), replies=grid(buttons, 2), private=True
    )


def tapped(exchange: Exchange, step: str, answer: str) -> None:
    """A step was answered; after the last one the interview goes on where it is."""
    gated = bool(exchange.state.get("gate"))
    if exchange.topic != "aside" or step != ("gate" if gated else exchange.state.get("step")):
        exchange.outdated()
        return
    if step == "gate":
        _through_gate(exchange, answer)
        return
    if step == "contact" and answer == "yes":
        exchange.move("aside", **{**exchange.state, "step": "hour"})
        _show(exchange)
        return
    if step == "hour" and answer in HOURS:
        allow_contact(
            exchange.tx,
            exchange.stored.id,
            exchange.state["about"],
            hour=answer,
            now=exchange.now,
        )
    _leave(exchange, f"✓ {exchange.words('ask.saved_private')}")


def _through_gate(exchange: Exchange, answer: str) -> None:
    if answer != "safe":
        _leave(exchange, exchange.words("aside.left"))
        return
    exchange.move(
        "aside", **{name: exchange.state[name] for name in exchange.state if name != "gate"}
    )
    _show(exchange)


def _leave(exchange: Exchange, lead: Said) -> None:
    kept = {name: exchange.state[name] for name in KEPT if exchange.state.get(name)}
    exchange.move("rest", **kept)
    exchange.where(lead)


def _hour(exchange: Exchange, text: str) -> str | None:
    """The part of the day meant by its place, "1" to "4", or its name, "pagi"."""
    word = spoken.plain(text)
    for place, hour in enumerate(HOURS, start=1):
        label = spoken.plain(exchange.words(f"aside.{hour}"))
        if word in (str(place), label, label.split()[0]):
            return hour
    return None


def heard(exchange: Exchange, text: str) -> None:
    """Typed instead of tapped."""
    said = spoken.yes_or_no(text)
    if exchange.state.get("gate"):
        meant = {"safe": "safe", "later": "later"}.get(spoken.move(text) or "")
        meant = meant or {"yes": "safe", "no": "later"}.get(said or "")
        if meant is None:
            again(exchange, exchange.words("refused.not_a_choice"))
        else:
            tapped(exchange, "gate", meant)
        return
    if exchange.idle > PRIVATE_STAYS:
        again(exchange)
        return
    step = exchange.state["step"]
    answer = {"read": "on", "hour": _hour(exchange, text)}.get(step, said)
    if answer is None:
        _show(exchange, exchange.words("refused.not_a_choice"))
    else:
        tapped(exchange, step, answer)
