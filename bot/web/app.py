"""The web application, put together from the rooms that are wanted."""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from bot.web.guards import Allowances, BodyLimit, SameOrigin
from bot.web.health import Metrics, Readiness, health_routes
from bot.web.routes import simulator_routes
from bot.web.simulator import Simulator

STATIC = Path(__file__).parent / "static"


def make_app(
    *,
    readiness: Readiness,
    metrics: Metrics,
    simulator: Simulator | None = None,
    more: Sequence[BaseRoute] = (),
) -> Starlette:
    """Health for machines; the simulator where there is one; *more* routes (webhooks)."""
    routes: list[BaseRoute] = [*health_routes(readiness, metrics), *more]
    if simulator is not None:
        routes += simulator_routes(simulator)
        routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    return Starlette(
        routes=routes,
        middleware=[Middleware(Allowances), Middleware(BodyLimit), Middleware(SameOrigin)],
    )
