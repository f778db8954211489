"""/pengumuman: no more announcements, or again, without leaving the programme."""

from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, column
from kkb_core.messaging import bold
from kkb_core.services import consenting
from kkb_core.storage.consents import ConsentKind


def show(exchange: Exchange, _rest: str = "") -> None:
    """How it is now, and the way to the opposite."""
    wanted = consenting.agreed(exchange.tx, exchange.person, ConsentKind.ANNOUNCEMENTS)
    if wanted:
        exchange.show(
            bold(exchange.words("mute.on")),
            replies=column(exchange.button("mute.stop", "mute:off")),
        )
    else:
        exchange.show(
            bold(exchange.words("mute.off")),
            exchange.words("consent.announcements"),
            replies=column(exchange.button("mute.start", "mute:on")),
        )


def tapped(exchange: Exchange, what: str) -> None:
    """The button below an announcement, or that of `show`."""
    if what not in ("on", "off"):
        exchange.outdated()
        return
    exchange.record(ConsentKind.ANNOUNCEMENTS, given=what == "on")
    exchange.below()  # the announcement stays to be read
    exchange.show(exchange.words("mute.on_now" if what == "on" else "mute.off_now"))


DOORS = Doors(commands={"pengumuman": show}, taps={"mute": (1, tapped)})
