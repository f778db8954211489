"""Writing an announcement: its text, in one language for all or in several."""

from bot.conversations.announcing import showing
from bot.conversations.announcing.desk import acting, opened, refused
from bot.conversations.exchange import Exchange, Said
from kkb_core.messaging import Language, bold
from kkb_core.services import broadcast_course, broadcasting
from kkb_core.services.broadcasting import Refusal


def ask_text(exchange: Exchange, number: int, language: str) -> None:
    """Ask for the words, in one language."""
    if language not in set(Language):
        exchange.outdated()
        return
    exchange.move("cast.text", cast=number, language=language)
    ask_again(exchange)


def ask_again(exchange: Exchange, *lead: Said) -> None:
    """Ask once more for the words."""
    language = exchange.state["language"]
    exchange.show(
        *lead,
        bold(exchange.words("office.ask_text")),
        exchange.words("office.ask_text_more", language=exchange.words(f"language.{language}")),
    )


def heard_text(exchange: Exchange, text: str) -> None:
    """The words, as they were written: what looks like markup stays words."""
    number, language = exchange.state["cast"], Language(exchange.state["language"])
    if number:
        done = broadcasting.edit(acting(exchange), number, texts={language: text.strip()})
    else:
        done = broadcasting.draft(acting(exchange), text.strip())
    if isinstance(done, Refusal):
        ask_again(exchange, refused(exchange, done))
        return
    exchange.move("rest")
    showing.show(exchange, done)


def show_draft(exchange: Exchange, number: int, _detail: str) -> None:
    """Back to the draft."""
    exchange.move("rest")
    showing.show(exchange, opened(exchange, number))


def drop(exchange: Exchange, number: int, _detail: str) -> None:
    """Throw the draft away."""
    done = broadcast_course.discard(acting(exchange), number)
    exchange.move("rest")
    if isinstance(done, Refusal):
        showing.show(exchange, opened(exchange, number), refused(exchange, done))
    else:
        exchange.where(exchange.words("office.dropped"))
