"""One process at work on an SQLite file."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kkb_core.errors import DatabaseUnavailable, InputRefused
from kkb_core.storage import Database, people
from kkb_core.storage.alone import alone
from tests.kkb_core.storage.village import settle

HOLD = """
import sys
from kkb_core.storage.alone import alone
with alone(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kkb.db"

    with alone(url), pytest.raises(InputRefused, match=r"at work on .*kkb\.db"), alone(url):
        pass
    with alone(url):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kkb.db"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"

    with pytest.raises(InputRefused), alone(url):
        pass
    other.kill()
    other.communicate()
    with alone(url):
        pass


@pytest.mark.parametrize("url", ["sqlite://", "postgresql://kkb@localhost/kkb"])
def test_other_databases_know_no_such_limit(url: str) -> None:
    with alone(url), alone(url):
        pass


async def test_who_writes_for_a_moment_is_let_in(sqlite_url: str, tmp_path: Path) -> None:
    with alone(sqlite_url):
        short = Database.open(sqlite_url)
        village = await short.run(settle)
        assert await short.read(lambda tx: people.person(tx, village.mother))
        await short.close()


def test_nobody_else_reads_the_lock(tmp_path: Path) -> None:
    with alone(f"sqlite:///{tmp_path}/kkb.db"):
        mode = (tmp_path / "kkb.db.running").stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(DatabaseUnavailable, match="cannot be written"),
        alone(f"sqlite:///{tmp_path}/file/kkb.db"),
    ):
        pass
