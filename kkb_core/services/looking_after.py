"""Who looks after a household: the people whose role and scope reach it."""

from collections.abc import Iterable

from kkb_core.roles import Role, Scope
from kkb_core.storage import Tx, roles
from kkb_core.storage.roles import Holder


def looking_after(tx: Tx, role: Role, scopes: Iterable[Scope]) -> dict[Scope, tuple[int, ...]]:
    """For each place, who holds *role* there; one question to the database for all of them."""
    wanted = tuple(dict.fromkeys(scopes))
    above = {area for scope in wanted for area in _above(scope.area)}
    holders = roles.holders_of(tx, [role], above) if above else ()
    return {scope: _reaching(holders, scope) for scope in wanted}


def _reaching(holders: Iterable[Holder], scope: Scope) -> tuple[int, ...]:
    found = [one.person_id for one in holders if one.grant.scope.covers(scope)]
    return tuple(dict.fromkeys(found))


def _above(area: str) -> list[str]:
    parts = area.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
