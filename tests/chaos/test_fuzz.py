"""Whatever is sent: nothing raises, nobody answers without authority, no family reads another's."""

import pytest

from kkb_core.storage import Database, Tx
from tests.chaos.crowd import Crowd
from tests.chaos.lengths import length, seed

UPDATES = length(1_500, 200_000)
BATCH = 250

pytestmark = pytest.mark.chaos


@pytest.mark.timeout(3_600)
async def test_nothing_a_crowd_sends_breaks_a_promise(sqlite_database: Database) -> None:
    crowd = Crowd(seed())
    await sqlite_database.run(crowd.prepare)

    for begun in range(0, UPDATES, BATCH):
        await sqlite_database.run(lambda tx, begun=begun: _batch(tx, crowd, begun))

    print(f"KKB_SEED={seed()}: {UPDATES} updates, {crowd.answers} answers kept")
    assert crowd.answers > UPDATES // 50


def _batch(tx: Tx, crowd: Crowd, begun: int) -> None:
    crowd.housekeeping(tx)
    for number in range(begun, begun + BATCH):
        raw = crowd.update()
        try:
            crowd.takes(tx, raw)
        except Exception as error:
            error.add_note(f"KKB_SEED={seed()}, update {number}: {raw!r}")
            raise
