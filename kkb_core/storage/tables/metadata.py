"""What all tables share: one catalogue, and a rule for the names of constraints."""

from sqlalchemy import Column, Integer, MetaData, SmallInteger

from kkb_core.storage.columns import AreaCode, Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def numbered() -> Column[int]:
    """A primary key given by the database."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def scope_columns(*, required: bool = True) -> tuple[Column[str], Column[int], Column[int]]:
    """Where something is: a Kemendagri code, and perhaps RW and RT."""
    return (
        Column("area_code", AreaCode, nullable=not required),
        Column("rw", SmallInteger),
        Column("rt", SmallInteger),
    )


def count(name: str) -> Column[int]:
    """A number that starts at nought."""
    return Column(name, Integer, nullable=False, server_default="0")
