"""What the clock has to be done, whoever writes."""

from datetime import timedelta

from bot.settings import Settings
from bot.upkeep import Upkeep
from kkb_core import definitions
from kkb_core.services import retention
from kkb_core.storage import Database, Tx, invites, tables
from tests.kkb_core.services.test_reminding import DAWN, live
from tests.kkb_core.storage.village import NOW, phone, settle

OLD = NOW - timedelta(days=31)


async def test_what_is_past_its_term_goes_in_batches_until_nothing_is_left(
    sqlite_database: Database,
) -> None:
    upkeep = Upkeep(sqlite_database, definitions.load(), Settings())

    def tried(tx: Tx) -> None:
        row = {"channel": "web", "address": "1", "at": OLD}
        tx.execute(tables.invite_tries.insert(), [row] * (retention.BATCH + 1))

    await sqlite_database.run(tried)

    assert (await upkeep.retain(NOW))["invites"] == retention.BATCH + 1
    assert await upkeep.retain(NOW) == {}


async def test_a_shorter_term_of_the_settings_counts(sqlite_database: Database) -> None:
    upkeep = Upkeep(
        sqlite_database,
        definitions.load(),
        Settings.model_validate({"retention": {"messages_days": 1}}),
    )
    await sqlite_database.run(lambda tx: invites.note_try(tx, phone("1"), now=NOW))

    assert (await upkeep.retain(NOW + timedelta(days=2)))["invites"] == 1


async def test_every_job_counts_and_has_its_own_name(sqlite_database: Database) -> None:
    upkeep = Upkeep(sqlite_database, definitions.load(), Settings())
    await sqlite_database.run(live)

    counted = {name: await job(DAWN) for name, job in upkeep.jobs}

    assert counted["reminders"]["reminded"] == 1
    assert list(counted) == ["rounds", "summaries", "reminders", "follow_up", "retention"]


async def test_rounds_open_by_themselves_as_often_as_the_settings_say(
    sqlite_database: Database,
) -> None:
    later = NOW + timedelta(days=400)

    async def opened(months: int) -> int:
        settings = Settings.model_validate({"rounds": {"every_months": months}})
        upkeep = Upkeep(sqlite_database, definitions.load(), settings)
        return (await upkeep.open_rounds(later))["opened"]

    await sqlite_database.run(settle)

    assert [await opened(months) for months in (0, 24, 6, 6)] == [0, 0, 1, 0]
