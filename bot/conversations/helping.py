"""/bantuan, /privasi, the helplines, and the menu of commands."""

from collections.abc import Iterable

from bot.conversations.exchange import Exchange, column
from kkb_core.i18n import say
from kkb_core.messaging import Language, bold

COMMANDS = (
    "lanjut", "hasil", "ubah", "keluarga", "undang", "bahasa",
    "data_saya", "pengumuman", "jeda", "berhenti", "hapus", "privasi", "bantuan", "mulai",
)  # fmt: skip
HELPLINES = ("sapa129", "darurat112", "jiwa119", "ojk157")


def menu(language: Language) -> list[tuple[str, str]]:
    """The commands of a family, and what each does."""
    return [(name, say(f"command.{name}", language)) for name in COMMANDS]


def show_help(exchange: Exchange, commands: Iterable[tuple[str, str]]) -> None:
    """What can be done here, and help now behind a button."""
    exchange.show(
        bold(exchange.words("help.title")),
        exchange.words("help.intro"),
        *(f"/{name}: {words}" for name, words in commands),
        replies=column(
            exchange.button("help.now", "help:now"), exchange.button("home.continue", "home:on")
        ),
    )


def show_privacy(exchange: Exchange) -> None:
    """What UU 27/2022 Art. 21 asks to be told, in full."""
    office = exchange.office
    exchange.tell(
        bold(exchange.words("privacy.title")),
        exchange.words("privacy.text", controller=office.controller, officer=office.officer),
    )


def tapped(exchange: Exchange, what: str) -> None:
    """The helplines; they leave the screen when closed."""
    if what == "close":
        exchange.where(exchange.words("help.closed"))
        return
    _show_helplines(exchange)


def answer_cry(exchange: Exchange) -> None:
    """Somebody wrote that they are in need: the helplines at once, and the words leave the screen."""
    if exchange.msg.msg_id is not None:
        exchange.remove(exchange.msg.msg_id)
    _show_helplines(exchange)


def _show_helplines(exchange: Exchange) -> None:
    exchange.show(
        bold(exchange.words("help.lines_title")),
        *(f"• {exchange.words(f'help.line_{line}')}" for line in HELPLINES),
        exchange.words("help.lines_free"),
        replies=column(exchange.button("help.close", "help:close")),
        private=True,
    )
