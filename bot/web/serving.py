"""The web server: where it listens, and that it ends when the program does."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from kkb_core.errors import InputRefused


async def serve(app: ASGIApp, *, host: str, port: int, stop: asyncio.Event) -> None:
    """Answer at *host* and *port* until *stop*. Raises InputRefused when they are taken."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5
    )
    server = _Server(config)
    with _listening(host, port) as listening:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[listening]))
            await stop.wait()
            server.should_exit = True


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputRefused(
            f"web.port: {host}:{port} cannot be listened on ({error.strerror}); "
            "stop the program that has it, or choose another"
        ) from None


class _Server(uvicorn.Server):
    """The web server; signals are ours, not its."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield
