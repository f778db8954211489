"""A person's hats: family, cadre of an RT, coordinator of a village; one tap changes them.

A hat is what is shown, never what is allowed: authority is checked against the database each time.
"""

from collections.abc import Iterable, Mapping

from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, Said, column
from kkb_core.i18n import say
from kkb_core.messaging import Language, QuickReply, bold
from kkb_core.roles import Act, Role, Scope, may
from kkb_core.storage import Tx, areas, people, roles
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.roles import Held
from kkb_core.storage.standing import Standing

WORKING = frozenset(Role) - {Role.FAMILY}
FIELD = frozenset({Role.CADRE, Role.COORDINATOR})
HOME: Mapping[Role, tuple[tuple[str, str], ...]] = {
    Role.CADRE: (("work.tasks", "task:list:walk:0"), ("work.residents", "res:list:0")),
    Role.COORDINATOR: (
        ("work.tasks", "task:list:walk:0"),
        ("work.residents", "res:list:0"),
        ("work.invite", "inv:start:-:-:-"),
    ),
    Role.PROTECTION: (("work.cases", "case:list:0"),),
    Role.ADMIN: (("work.invite", "inv:start:-:-:-"),),
}
ALWAYS = ("peran", "keluarga", "bahasa", "bantuan")  # in every menu of somebody with work


# -- which hat ---------------------------------------------------------------------------------


def worn(tx: Tx, standing: Standing) -> Held | None:
    """The role the person acts in; None as family, or when it was taken away."""
    hat = standing.conversation.hat
    if hat is None:
        return None
    return next((one for one in roles.roles_of(tx, standing.person.id) if one.id == hat), None)


def acting(exchange: Exchange, wanted: Iterable[Role]) -> Held | None:
    """The hat to do this work in: the one worn, else the first that fits, which is put on.

    None, and the person is told so, when they hold none of *wanted*.
    """
    held = [
        one for one in roles.roles_of(exchange.tx, exchange.person) if one.grant.role in wanted
    ]
    if not held:
        if "." in exchange.topic and not exchange.topic.startswith("join."):
            exchange.move("rest")  # it was begun in a role that was taken away since
        exchange.below()
        exchange.where(exchange.words("work.not_yours"))
        return None
    chosen = next((one for one in held if one.id == exchange.hat), held[0])
    to_work(exchange, chosen.id)
    return chosen


def to_work(exchange: Exchange, hat: int) -> None:
    """Put the hat on, and lay down what was being done as, or for, a family."""
    exchange.wear(hat)
    if exchange.topic != "rest":
        exchange.move("rest")
    _lay_down(exchange)


def as_family(exchange: Exchange) -> None:
    """Take the hat off and turn to the person's own household, if they have one."""
    if exchange.hat is None and not exchange.fills_in:
        return
    exchange.wear(None)
    exchange.move("rest")
    _lay_down(exchange)
    if exchange.household is None:
        homes = people.memberships_of(exchange.tx, exchange.person)
        exchange.turn_to(homes[0] if homes else None)


def _lay_down(exchange: Exchange) -> None:
    """Nobody goes on answering for a family they have turned away from."""
    if exchange.fills_in and exchange.household is not None:
        people.leave(exchange.tx, exchange.person, exchange.household.id, now=exchange.now)
        exchange.turn_to(None)


def end_filling_in_without_the_role(exchange: Exchange) -> None:
    """Whose role was taken away meanwhile answers for nobody any more."""
    if exchange.fills_in and exchange.household is not None:
        held = roles.grants_of(exchange.tx, exchange.person)
        if not may(held, Act.FILL_IN, exchange.household.scope):
            exchange.move("rest")
            _lay_down(exchange)


def is_at_work(exchange: Exchange) -> bool:
    """Whether the person's home is their work; asks the database only where there is no family."""
    if exchange.fills_in or (exchange.hat is None and exchange.household is not None):
        return False
    held = roles.roles_of(exchange.tx, exchange.person)
    if exchange.hat not in {one.id for one in held}:
        exchange.wear(held[0].id if held and exchange.household is None else None)
    return exchange.hat is not None


# -- what is shown -----------------------------------------------------------------------------


def menu(
    language: Language, role: Role, offered: Mapping[str, frozenset[Role]]
) -> list[tuple[str, str]]:
    """The commands of a role, and what each does."""
    names = [name for name, roles in offered.items() if role in roles and name not in ALWAYS]
    return [(name, say(f"command.{name}", language)) for name in (*names, *ALWAYS)]


def show_home(exchange: Exchange, *lead: Said) -> None:
    """What one is here, and the ways to the work."""
    held = roles.roles_of(exchange.tx, exchange.person)
    hat = next(one for one in held if one.id == exchange.hat)
    doors = [exchange.button(key, data) for key, data in HOME.get(hat.grant.role, ())]
    if len(held) > 1 or exchange.standing.households:
        doors.append(exchange.button("work.hats", "hat:list"))
    exchange.show(
        *lead,
        exchange.words("work.home", hat=hat_words(exchange, [hat])[hat.id]),
        exchange.words(f"work.what_{hat.grant.role.value}"),
        replies=column(*doors),
    )


def hat_words(exchange: Exchange, held: Iterable[Held]) -> dict[int, str]:
    """Each hat as people say it: "kader RT 2 RW 3, Jenggot"."""
    held = list(held)
    names = areas.names_of(exchange.tx, [one.grant.scope.area for one in held])
    return {
        one.id: exchange.words(
            "work.hat",
            role=exchange.words(f"role.{one.grant.role.value}"),
            place=place(exchange, one.grant.scope, names),
        )
        for one in held
    }


def place(exchange: Exchange, scope: Scope, names: Mapping[str, str]) -> str:
    """A scope as people say it: "RT 2 RW 3, Jenggot"."""
    area = names.get(scope.area, scope.area)
    if scope.rw is None:
        return area
    if scope.rt is None:
        return exchange.words("work.place_rw", rw=scope.rw, area=area)
    return exchange.words("work.place_rt", rt=scope.rt, rw=scope.rw, area=area)


def show_hats(exchange: Exchange, _: str = "") -> None:
    """/peran: the hats, and the one that is worn."""
    held = roles.roles_of(exchange.tx, exchange.person)
    if not held:
        exchange.below()
        exchange.where(exchange.words("work.no_role"))
        return
    words = hat_words(exchange, held)
    marked = {one.id: f"{'● ' if one.id == exchange.hat else ''}{words[one.id]}" for one in held}
    family = f"{'● ' if exchange.hat is None else ''}{exchange.words('role.family')}"
    exchange.show(
        bold(exchange.words("work.which_hat")),
        replies=column(
            QuickReply(family, "hat:family"),
            *(QuickReply(label, f"hat:{number}") for number, label in marked.items()),
        ),
    )


def tapped(exchange: Exchange, what: str) -> None:
    """Another hat."""
    held = {str(one.id): one for one in roles.roles_of(exchange.tx, exchange.person)}
    if what == "list":
        show_hats(exchange)
    elif what == "family" and held:
        as_family(exchange)
        if exchange.household is None:
            _become_family(exchange)
        else:
            exchange.where(exchange.words("work.now_family"))
    elif what in held:
        to_work(exchange, held[what].id)
        exchange.where()
    else:
        exchange.outdated()


def _become_family(exchange: Exchange) -> None:
    """Somebody with work only wants to answer for a family too."""
    is_new = exchange.standing.person.status is PersonStatus.NEW
    exchange.move("adult" if is_new else "join.code")
    exchange.where()


DOORS = Doors(
    commands={"peran": show_hats},
    taps={"hat": (1, tapped)},
    offered={"peran": WORKING},
)
