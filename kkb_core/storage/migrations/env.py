"""What Alembic runs: the steps, over the connection that `migrating` hands in."""

from typing import Any

from alembic import context

from kkb_core.storage.columns import AreaCode, Id, Instant, Json, Words
from kkb_core.storage.tables import metadata

NAMES = {id(AreaCode): "AreaCode", id(Id): "Id", id(Json): "Json"}


def rendered(kind: str, item: Any, autogen: Any) -> str | bool:
    """Our own column types by their names; False leaves the rest to Alembic."""
    if kind != "type":
        return False
    match item:
        case Instant() | Words():
            name = type(item).__name__
            written = f"{name}()"
        case _:
            name = written = NAMES.get(id(item), "")
    if name:
        autogen.imports.add(f"from kkb_core.storage.columns import {name}")
    return written or False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=rendered,
    compare_type=True,
    compare_server_default=True,
)
# The transaction is the caller's.
context.run_migrations()
