"""`python -m kkb_core.storage.migrations.new NAME`: a new step, from what the tables say now.

Written against a temporary SQLite; read it before you keep it.
"""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from sqlalchemy import make_url

from kkb_core.storage.migrating import config_for, migrate, revisions
from kkb_core.storage.sqlite import make_engine


def new_step(name: str) -> Path:
    """Write the step that takes a fully migrated database to the tables of today."""
    number = f"{max(map(int, revisions())) + 1:04d}"
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.db"
        migrate(url)
        engine = make_engine(make_url(url), foreign_keys=False)
        with engine.begin() as connection:
            config = config_for(connection)
            config.set_main_option("file_template", f"%%(rev)s_{slug}")
            made = command.revision(config, message=name, rev_id=number, autogenerate=True)
        engine.dispose()
    assert made is not None
    assert not isinstance(made, list)
    return Path(made.path)


def main() -> int:
    """Write the step that the command line names."""
    match sys.argv[1:]:
        case [name] if name.strip():
            sys.stdout.write(f"{new_step(name)}\n")
            return 0
    sys.stderr.write("kkb: name the change, as in: make migration NAME=households_get_a_flag\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
