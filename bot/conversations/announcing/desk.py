"""What every announcing conversation needs: who acts, the announcement, and kind refusals."""

from bot.conversations.exchange import Exchange
from kkb_core.services import broadcasting
from kkb_core.services.broadcasting import Acting, Refusal
from kkb_core.storage import areas
from kkb_core.storage.broadcasts import Broadcast

BUTTON = 24  # characters of an announcement on a button


def acting(exchange: Exchange) -> Acting:
    """The person who wrote, acting now by the rules of this installation."""
    return Acting(
        tx=exchange.tx,
        by=exchange.person,
        definitions=exchange.definitions,
        rules=exchange.broadcasts,
        now=exchange.now,
    )


def opened(exchange: Exchange, number: int) -> Broadcast:
    """The announcement, if the person may have it. Raises NotAllowed."""
    return broadcasting.opened(acting(exchange), number)


def refused(exchange: Exchange, refusal: Refusal) -> str:
    """Why nothing was done, in words."""
    return exchange.words(f"office.refused_{refusal.value}", most=broadcasting.LONGEST)


def area_name(exchange: Exchange, code: str) -> str:
    """What an area is called; its code where it takes no part."""
    found = areas.area(exchange.tx, code)
    return found.name if found else code


def glanced(broadcast: Broadcast) -> str:
    """The first words of an announcement, for a button."""
    text = " ".join(next(iter(broadcast.texts.values())).split())
    return text if len(text) <= BUTTON else f"{text[:BUTTON].rstrip()}…"
