"""Several households on one phone, and several phones for one household."""

from bot.conversations import joining
from bot.conversations.exchange import Exchange, Said, column
from kkb_core.messaging import Picture, QuickReply, bold
from kkb_core.services import inviting
from kkb_core.storage import people


def show_families(exchange: Exchange) -> None:
    """/keluarga: the switcher."""
    homes = people.memberships_of(exchange.tx, exchange.person)
    if not homes:
        joining.ask_code(exchange, exchange.words("families.none"))
        return
    buttons = [
        QuickReply(
            f"{'● ' if one.id == exchange.household_id else ''}{one.label}", f"fam:{one.id}"
        )
        for one in homes
    ]
    exchange.show(
        bold(exchange.words("families.title")),
        exchange.words("families.which"),
        replies=column(
            *buttons,
            exchange.button("families.add", "fam:add"),
            exchange.button("families.invite", "fam:invite"),
        ),
    )


def tapped(exchange: Exchange, what: str) -> None:
    """Another household, a new one, or an invitation."""
    if what == "add":
        joining.ask_code(exchange)
    elif what == "invite":
        invite(exchange)
    else:
        homes = people.memberships_of(exchange.tx, exchange.person)
        chosen = next((one for one in homes if str(one.id) == what), None)
        if chosen is None:
            exchange.outdated()
            return
        exchange.wear(None)
        if chosen.id != exchange.household_id:
            exchange.turn_to(chosen)
        exchange.rest()
        exchange.where(exchange.words("families.now", household=chosen.label))


def invite(exchange: Exchange) -> None:
    """/undang: a code for one more phone of this household, as text, link and QR."""
    if exchange.household is None:
        joining.ask_code(exchange, exchange.words("families.none"))
        return
    issued = inviting.invite_to_household(
        exchange.tx, exchange.household.id, by=exchange.person, now=exchange.now
    )
    label = exchange.household.label
    lines: list[Said] = [exchange.words("invite.text", household=label), bold(issued.code)]
    if exchange.link is None:
        exchange.tell(*lines)
        return
    link = exchange.link(issued.code)
    exchange.tell(*lines, exchange.words("invite.open"), link)
    exchange.below()
    exchange.show(
        picture=Picture("qr", {"title": label, "caption": issued.code, "url": link}),
    )
