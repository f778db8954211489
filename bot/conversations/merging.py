"""Two records of one family become one, and come apart again."""

from bot.conversations.exchange import Exchange, column
from bot.conversations.resident_card import show_family
from bot.conversations.resident_list import PAGE
from kkb_core.messaging import QuickReply, bold
from kkb_core.services import following_up, residents
from kkb_core.storage import households
from kkb_core.storage.roles import Held
from kkb_core.survey.paper import form_number


def ask_merge(exchange: Exchange, hat: Held, gone: int) -> None:
    """Ask which of the neighbours is the same family."""
    home = following_up.reachable(exchange.tx, hat.grant, gone)
    near = [
        one
        for one in households.households_in(exchange.tx, home.scope)
        if one.id != gone and hat.grant.scope.covers(one.scope)
    ]
    alike = sorted(near, key=lambda one: one.label.casefold() != home.label.casefold())
    key = "res.merge_ask" if near else "res.merge_nobody"
    exchange.show(
        bold(exchange.words(key, household=home.label)),
        replies=column(
            *(
                QuickReply(
                    f"{one.label} ({form_number(one.rt, one.id)})", f"res:into:{gone}-{one.id}"
                )
                for one in alike[:PAGE]
            ),
            exchange.button("edit.cancel", f"res:open:{gone}"),
        ),
    )


def merge(exchange: Exchange, hat: Held, pair: str) -> None:
    """Two records are one family from now on; it can be taken back."""
    first, _, second = pair.partition("-")
    if not (first.isdecimal() and second.isdecimal()):
        exchange.outdated()
        return
    gone, kept = residents.merge(
        exchange.tx,
        exchange.person,
        hat.grant,
        gone=int(first[:18]),
        kept=int(second[:18]),
        now=exchange.now,
    )
    said = exchange.words("res.merged", gone=gone.label, kept=kept.label)
    show_family(exchange, hat, kept.id, f"✓ {said}", "")


def take_apart(exchange: Exchange, hat: Held, gone: int) -> None:
    """They were two families after all."""
    apart = residents.unmerge(
        exchange.tx, exchange.definitions, exchange.person, hat.grant, gone, now=exchange.now
    )
    show_family(
        exchange, hat, gone, f"✓ {exchange.words('res.unmerged', household=apart.label)}", ""
    )
