"""The score that is kept is the one of the answers, and of the place, that are kept."""

from kkb_core.roles import Scope
from kkb_core.storage import scores
from kkb_core.storage.standing import standing
from tests.bot.conversations.talking import HELLO, answers, plays
from tests.test_transcripts import JENGGOT


async def kept_score(phone):
    def work(tx):
        here = standing(tx, phone.address)
        return scores.score_of(tx, here.interview.id)

    return await phone.database.run(work)


async def has_answered_one_function(phone) -> None:
    await plays(phone, *HELLO)
    await answers(phone, until="SOS2")


async def test_an_answer_changed_in_the_middle_of_a_round_changes_the_score(phone):
    await has_answered_one_function(phone)
    assert (await kept_score(phone)).functions["agama"] == 1000

    await plays(phone, "/ubah", "[Agama]", "[1]", "[Tidak]")

    assert (await kept_score(phone)).functions["agama"] == 714


async def test_a_family_put_down_wrong_is_counted_where_it_lives(phone):
    await has_answered_one_function(phone)

    await plays(phone, "/ubah", "[Nama, RW, dan RT]", "RT 7 RW 8", "lewati")

    assert (await kept_score(phone)).scope == Scope(JENGGOT, 8, 7)
