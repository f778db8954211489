"""What a machine asks: are you alive, can you work, how much have you done."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

Readiness = Callable[[], Awaitable[list[str]]]
Metrics = Callable[[], bytes]

PATIENCE = 5.0  # seconds; whoever asks gives up soon after


def health_routes(readiness: Readiness, metrics: Metrics) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`. *readiness* returns what is wrong, a line each."""

    async def alive(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def ready(_: Request) -> Response:
        wrong = await _ask(readiness)
        if wrong:
            return PlainTextResponse("".join(f"{line}\n" for line in wrong), status_code=503)
        return PlainTextResponse("ready\n")

    async def counted(_: Request) -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", counted)]


async def _ask(readiness: Readiness) -> list[str]:
    try:
        return await asyncio.wait_for(readiness(), PATIENCE)
    except TimeoutError:
        return [f"no answer within {PATIENCE:g} s"]
