"""/undang for people with work: a family's code, a role for somebody; and /wilayah, the places."""

from bot.conversations import work
from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, Said, column, grid
from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.messaging import Picture, QuickReply, bold
from kkb_core.roles import APPOINTS, PERMITTED, Act, Grant, Role, Scope, may
from kkb_core.services import inviting
from kkb_core.services.inviting import Issued
from kkb_core.storage import areas, households, roles
from kkb_core.storage.areas import AreaLevel
from kkb_core.storage.roles import Held

INVITING = frozenset(
    role for role in Role if APPOINTS[role] or Act.INVITE_FAMILY in PERMITTED[role]
)
LEADING = frozenset(role for role in Role if APPOINTS[role])
OPEN, WHOLE = "-", "*"  # to be asked; all of it
WHOLE_AREA = frozenset({Role.COORDINATOR, Role.PROTECTION, Role.ADMIN, Role.VIEWER})
FIRST_PLACES = 12
MOST = 24  # buttons of villages, RWs or RTs


def show_invite(exchange: Exchange, _: str = "") -> None:
    """/undang: ask whom."""
    hat = work.acting(exchange, INVITING)
    if hat is None:
        return
    roles = [role for role in Role if role in APPOINTS[hat.grant.role]]
    buttons = [
        exchange.button(f"invite.{role.value}", f"inv:{role.value}:-:-:-")
        for role in (Role.FAMILY, *roles)
    ]
    if roles:
        buttons.append(exchange.button("invite.list", "inv:list:-:-:-"))
        buttons.append(exchange.button("dismiss.button", "app:list:0"))
    exchange.show(bold(exchange.words("invite.whom")), replies=column(*buttons))


def tapped(exchange: Exchange, what: str, area: str, rw: str, rt: str) -> None:
    """Whom, where; when all is said, the invitation."""
    hat = work.acting(exchange, INVITING)
    if hat is None:
        return
    if what == "start":
        show_invite(exchange)
    elif what == "list":
        _list(exchange)
    elif what == "revoke" and area.isdecimal():
        _revoke(exchange, int(area[:18]))
    elif what in list(Role) and all(_is_place(one) for one in (rw, rt)):
        try:
            _ask_or_issue(exchange, hat, Role(what), area, rw, rt)
        except (NotAllowed, InputRefused):
            exchange.outdated()
    else:
        exchange.outdated()


def _is_place(said: str) -> bool:
    return said in (OPEN, WHOLE) or (said.isdecimal() and len(said) < len("999"))


def _ask_or_issue(exchange: Exchange, hat: Held, role: Role, area: str, rw: str, rt: str) -> None:
    """The next thing to be asked: village, RW, RT; nothing that the hat's scope says already."""
    scope = hat.grant.scope
    if area == OPEN:
        villages = _villages(exchange, scope)
        if len(villages) != 1 or role in WHOLE_AREA:
            _ask_area(exchange, role, scope, villages)
            return
        area = villages[0].code
    rw = str(scope.rw) if scope.rw is not None else rw
    rt = str(scope.rt) if scope.rt is not None else rt
    rw, rt = (WHOLE, WHOLE) if role in WHOLE_AREA else (rw, rt)
    if OPEN in (rw, rt) and rw != WHOLE:
        _ask_place(exchange, role, area, rw)
        return
    place = Scope(area, _number(rw), _number(rt) if rw != WHOLE else None)
    _issue(exchange, role, place)


def _villages(exchange: Exchange, scope: Scope) -> list[areas.Area]:
    under = areas.areas_under(exchange.tx, scope.area)
    return [one for one in under if one.level is AreaLevel.VILLAGE]


def _number(said: str) -> int | None:
    return int(said) if said.isdecimal() else None


def _ask_area(exchange: Exchange, role: Role, scope: Scope, villages: list[areas.Area]) -> None:
    whole = [areas.area(exchange.tx, scope.area)] if role in WHOLE_AREA else []
    offered = {one.code: one for one in (*whole, *villages) if one is not None}
    buttons = [
        QuickReply(one.name, f"inv:{role.value}:{one.code}:-:-")
        for one in list(offered.values())[:MOST]
    ]
    exchange.show(
        bold(exchange.words("invite.where")),
        replies=(*grid(buttons, 2), (exchange.button("edit.cancel", "inv:start:-:-:-"),)),
    )


def _ask_place(exchange: Exchange, role: Role, area: str, rw: str) -> None:
    """RWs, then RTs, where families live; where none do yet, the first dozen."""
    which = "rw" if rw == OPEN else "rt"
    here = Scope(area, _number(rw))
    known = households.places_in(exchange.tx, here, which) or list(range(1, FIRST_PLACES + 1))
    mark = f"inv:{role.value}:{area}"
    buttons = [
        QuickReply(
            f"{which.upper()} {number}",
            f"{mark}:{number}:-" if which == "rw" else f"{mark}:{rw}:{number}",
        )
        for number in known[:MOST]
    ]
    whole = exchange.button(
        f"invite.whole_{which}", f"{mark}:*:*" if which == "rw" else f"{mark}:{rw}:*"
    )
    exchange.show(bold(exchange.words("invite.where")), replies=(*grid(buttons, 4), (whole,)))


def _issue(exchange: Exchange, role: Role, scope: Scope) -> None:
    by, now = exchange.person, exchange.now
    if role is Role.FAMILY:
        issued = inviting.village_code(exchange.tx, scope, by=by, now=now)
    else:
        issued = inviting.invite_to_role(exchange.tx, Grant(role, scope), by=by, now=now)
    held = Held(0, Grant(role, scope))
    _hand_over(exchange, issued, work.hat_words(exchange, [held])[0], scope.area)


def _hand_over(exchange: Exchange, issued: Issued, whom: str, area: str) -> None:
    """The code as text, link and QR; the last two where the channel has links."""
    lines: list[Said] = [exchange.words("invite.for", whom=whom), bold(issued.code)]
    if issued.expires_at is None:
        lines.append(exchange.words("invite.for_ever"))
    else:
        day = exchange.day(issued.expires_at, area)
        lines.append(exchange.words("invite.once", date=day))
    if exchange.link is None:
        exchange.tell(*lines)
        return
    link = exchange.link(issued.code)
    exchange.tell(*lines, exchange.words("invite.open"), link)
    exchange.below()
    exchange.show(picture=Picture("qr", {"title": whom, "caption": issued.code, "url": link}))


# -- taking back -------------------------------------------------------------------------------


def _list(exchange: Exchange, *lead: Said) -> None:
    found = inviting.waiting_invites(exchange.tx, exchange.person, now=exchange.now)[:MOST]
    words = work.hat_words(
        exchange,
        [Held(one.id, Grant(one.role, one.scope)) for one in found if one.role and one.scope],
    )
    exchange.show(
        *lead,
        bold(exchange.words("invite.waiting" if words else "invite.none_waiting")),
        *(f"{number}. {whom}" for number, whom in enumerate(words.values(), start=1)),
        replies=column(
            *(
                exchange.button("invite.revoke", f"inv:revoke:{one}:-:-", number=number)
                for number, one in enumerate(words, start=1)
            ),
            exchange.button("invite.back", "inv:start:-:-:-"),
        ),
    )


def _revoke(exchange: Exchange, invite_id: int) -> None:
    try:
        inviting.revoke(exchange.tx, invite_id, by=exchange.person, now=exchange.now)
    except NotAllowed:
        exchange.outdated()
    else:
        _list(exchange, f"✓ {exchange.words('invite.revoked')}", "")


# -- the places --------------------------------------------------------------------------------


def show_places(exchange: Exchange, _: str = "") -> None:
    """/wilayah: the villages of one's scope, and how many families have joined in each."""
    hat = work.acting(exchange, LEADING)
    if hat is None:
        return
    found = _villages(exchange, hat.grant.scope)
    counts = households.counted_in(exchange.tx, hat.grant.scope)
    may_invite = may(
        roles.grants_of(exchange.tx, exchange.person), Act.INVITE_FAMILY, hat.grant.scope
    )
    codes = [
        exchange.button("place.code", f"inv:family:{one.code}:*:*", village=one.name)
        for one in found[:MOST]
        if may_invite
    ]
    exchange.show(
        bold(exchange.words("place.title")),
        *(
            exchange.words(
                "place.line", village=one.name, code=one.code, count=counts.get(one.code, 0)
            )
            for one in found
        ),
        replies=column(*codes),
    )


DOORS = Doors(
    commands={"undang": show_invite, "wilayah": show_places},
    taps={"inv": (4, tapped)},
    offered={"undang": INVITING, "wilayah": LEADING},
)
