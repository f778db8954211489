"""Writing an announcement: its text, in one language or several, and what is sent with it."""

from bot.conversations.announcing import showing
from bot.conversations.announcing.desk import acting, opened, refused
from bot.conversations.exchange import Exchange, Said
from kkb_core.messaging import Language, SentFile, bold
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
        kept = exchange.state.get("file")
        file = SentFile.from_json(kept) if kept else None
        done = broadcasting.draft(acting(exchange), text.strip(), file=file)
    if isinstance(done, Refusal):
        ask_again(exchange, refused(exchange, done))
        return
    exchange.move("rest")
    showing.show(exchange, done)


def sent_with_text(exchange: Exchange, file: SentFile) -> None:
    """A picture or a document where words are asked: what stands below it are the words."""
    number, caption = exchange.state["cast"], exchange.msg.caption.strip()
    if number:
        done = broadcasting.attach(acting(exchange), number, file)
        if isinstance(done, Refusal):
            ask_again(exchange, refused(exchange, done))
            return
    else:
        exchange.state["file"] = file.as_json()
    if caption:
        heard_text(exchange, caption)
    else:
        ask_again(exchange, exchange.words("office.file_kept"))


def ask_file(exchange: Exchange, number: int, _detail: str) -> None:
    """Ask for a picture or a document to an announcement that has its words."""
    opened(exchange, number)
    exchange.move("cast.file", cast=number)
    ask_file_again(exchange)


def ask_file_again(exchange: Exchange, *lead: Said) -> None:
    """Ask once more for a picture or a document."""
    back = exchange.button("office.back", f"cast:draft:{exchange.state['cast']}:-")
    exchange.show(*lead, bold(exchange.words("office.ask_file")), replies=((back,),))


def heard_no_file(exchange: Exchange, _text: str) -> None:
    """Words where a picture or a document is asked."""
    ask_file_again(exchange)


def sent_file(exchange: Exchange, file: SentFile) -> None:
    """A picture or a document to an announcement that has its words."""
    _attach(exchange, exchange.state["cast"], file)


def drop_file(exchange: Exchange, number: int, _detail: str) -> None:
    """Without the picture or document after all."""
    _attach(exchange, number, None)


def _attach(exchange: Exchange, number: int, file: SentFile | None) -> None:
    done = broadcasting.attach(acting(exchange), number, file)
    exchange.move("rest")
    if isinstance(done, Refusal):
        showing.show(exchange, opened(exchange, number), refused(exchange, done))
    else:
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
