"""The rules of the outbox: what becomes of a message, how fast they leave, when one is held."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkb_core.errors import (
    ChannelDown,
    ChatMoved,
    RecipientGone,
    Rejected,
    SendError,
    Throttled,
)
from kkb_core.messaging import MsgOut, QuickReply, Text
from kkb_core.outbox import (
    BECOMES,
    MOVES,
    REPEATS,
    TRIES,
    Limits,
    OutboxState,
    Pacer,
    Past,
    Reason,
    accepted,
    digest,
    held_back,
    rest_after,
    unsure,
    verdict,
)

NOW = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ERRORS = st.one_of(
    st.integers(1, 10_000).map(lambda s: Throttled(timedelta(seconds=s))),
    st.sampled_from([None, False]).map(lambda taken: ChannelDown("?", accepted=taken)),
    st.sampled_from([RecipientGone("?"), Rejected("?"), ChatMoved("-100")]),
)
tries = st.integers(0, 20)


@pytest.mark.parametrize(
    ("error", "attempts", "may_repeat", "state", "reason"),
    [
        (Throttled(HOUR), 500, False, "queued", "throttled"),
        (RecipientGone("blocked"), 0, True, "failed", "blocked"),
        (Rejected("too long"), 0, True, "failed", "rejected"),
        (ChannelDown("refused"), 0, False, "queued", "unreachable"),
        (ChannelDown("refused"), TRIES - 2, True, "queued", "unreachable"),
        (ChannelDown("refused"), TRIES - 1, True, "failed", "unreachable"),
        (ChannelDown("silence", accepted=None), 0, False, "unknown", "unsure"),
        (ChannelDown("silence", accepted=None), 0, True, "queued", "unsure"),
        (ChannelDown("silence", accepted=None), REPEATS, True, "unknown", "unsure"),
        (ChatMoved("-100"), 0, False, "queued", "moved"),
        (ChatMoved("-100"), MOVES, False, "failed", "rejected"),
    ],
)
def test_each_refusal_has_its_consequence(
    error: SendError, attempts: int, state: str, reason: str, *, may_repeat: bool
) -> None:
    found = verdict(error, attempts=attempts, may_repeat=may_repeat, now=NOW)

    assert (found.state, found.reason) == (state, reason)
    assert found.counts == (reason != "throttled")


def test_a_chat_that_moved_is_written_to_at_once_where_it_went() -> None:
    found = verdict(ChatMoved("-100"), attempts=0, may_repeat=False, now=NOW)

    assert (found.moved_to, found.again_at) == ("-100", NOW)


@pytest.mark.parametrize("accepted", [None, False])
def test_what_is_tried_again_waits_a_while(*, accepted: bool | None) -> None:
    down = ChannelDown("silence", accepted=accepted)
    waits = [verdict(down, attempts=tried, may_repeat=True, now=NOW).again_at for tried in (0, 1)]

    assert waits == sorted(waits)
    assert waits[0] > NOW


def test_a_429_pauses_the_lane_and_is_not_held_against_the_message() -> None:
    found = verdict(Throttled(HOUR), attempts=3, may_repeat=False, now=NOW)

    assert found.pause_until == found.again_at == NOW + HOUR
    assert not found.counts


@given(error=ERRORS, attempts=tries, may_repeat=st.booleans())
def test_what_was_sending_only_becomes_what_the_table_says(error, attempts, may_repeat) -> None:
    found = verdict(error, attempts=attempts, may_repeat=may_repeat, now=NOW)

    assert found.state in BECOMES[OutboxState.SENDING]
    assert (found.again_at is not None) == (found.state is OutboxState.QUEUED)
    assert found.again_at is None or found.again_at >= NOW


@given(error=ERRORS, attempts=tries)
def test_what_may_have_arrived_is_never_said_twice_unless_it_may_be(error, attempts) -> None:
    found = verdict(error, attempts=attempts, may_repeat=False, now=NOW)

    unclear = isinstance(error, ChannelDown) and error.accepted is None
    assert unclear == (found.state is OutboxState.UNKNOWN)


@given(error=ERRORS, may_repeat=st.booleans())
def test_every_message_that_counts_its_tries_comes_to_an_end(error, may_repeat) -> None:
    attempts = 0
    for _ in range(TRIES + 1):
        found = verdict(error, attempts=attempts, may_repeat=may_repeat, now=NOW)
        attempts += found.counts

    assert found.state is not OutboxState.QUEUED or isinstance(error, Throttled)


def test_what_has_ended_stays_so() -> None:
    ended = set(OutboxState) - {OutboxState.QUEUED, OutboxState.SENDING}

    assert [one for one in ended if BECOMES[one]] == []
    assert accepted().state is OutboxState.SENT


def test_a_prompt_that_may_have_arrived_is_repeated_so_often_and_no_more() -> None:
    states = [unsure(attempts=n, may_repeat=True, now=NOW).state for n in range(REPEATS + 1)]

    assert states == [OutboxState.QUEUED] * REPEATS + [OutboxState.UNKNOWN]


def test_a_platform_that_fails_again_and_again_is_left_alone_for_longer() -> None:
    assert [rest_after(n) for n in (0, 4, 5, 6, 8, 50)] == [0, 0, 1, 2, 8, 60]


@pytest.mark.parametrize(
    ("past", "why"),
    [
        ([], None),
        ([Past(NOW, "x")] * 2, None),
        ([Past(NOW, "same")] * 3, Reason.REPEATED),
        ([Past(NOW, "x")] * 6, Reason.ENOUGH_TODAY),
        ([Past(NOW - 20 * HOUR, "x")] * 6, None),  # yesterday
        ([Past(NOW - 20 * HOUR, "same")] * 3, Reason.REPEATED),
    ],
)
def test_a_person_is_held_back_from(past: list[Past], why: Reason | None) -> None:
    assert held_back(past, "same", today=NOW - 2 * HOUR, limits=Limits()) is why


def test_people_with_work_have_no_daily_cap() -> None:
    many = [Past(NOW, None)] * 40

    assert held_back(many, "same", today=NOW, limits=Limits(), capped=False) is None


def test_other_buttons_are_other_words() -> None:
    yes = MsgOut(text=Text.of("Ya?"), replies=((QuickReply("Ya", "a"),),))

    assert digest(yes) == digest(yes) != digest(MsgOut(text=Text.of("Ya?")))


def leave(pacer: Pacer, chats: list[int], *, late: float = 0.0) -> list[float]:
    """When messages to *chats* leave, each as soon as it may, give or take *late*."""
    at, times = 0.0, []
    for chat in chats:
        at = pacer.due(str(chat), now=at) + late * (chat % 2)
        pacer.bulk(str(chat), now=at)
        times.append(at)
    return times


@given(late=st.floats(0, 0.2))
def test_never_more_than_thirty_in_any_second(late: float) -> None:
    times = leave(Pacer(), list(range(150)), late=late)

    assert all(b - a >= 1.0 for a, b in zip(times, times[30:], strict=False))


def test_the_grid_is_kept_however_late_each_is_within_its_slot() -> None:
    times = leave(Pacer(), list(range(600)), late=0.002)

    assert times[-1] <= 599 / 29.9 + 0.2


def test_time_lost_is_not_made_up_for() -> None:
    pacer = Pacer()
    leave(pacer, list(range(10)))

    first = pacer.due("a", now=100.0)
    pacer.bulk("a", now=first)

    assert first == 100.0
    assert pacer.due("b", now=100.0) == pytest.approx(100.1)


def test_one_chat_gets_one_a_second() -> None:
    times = leave(Pacer(), [7] * 5)

    assert all(b - a >= 1.0 for a, b in pairwise(times))


def test_a_chat_written_to_again_waits_from_then_on_and_not_from_before() -> None:
    pacer = Pacer()
    for chat, at in [("ani", 0.0), ("budi", 0.5), ("ani", 1.1), ("citra", 1.6)]:
        pacer.interactive(chat, now=at)

    assert pacer.due("ani", now=1.7) == pytest.approx(2.15)
    assert pacer.due("budi", now=1.7) == 1.7


def test_where_one_chat_need_not_wait_nobody_does() -> None:
    pacer = Pacer(rate=1e6, a_chat=0.0, first_step=0.0)
    pacer.interactive("ani", now=5.0)

    assert pacer.due("ani", now=5.0) == 5.0


@given(replies=st.lists(st.floats(0, 3), max_size=60))
def test_the_bulk_lane_leaves_room_for_replies(replies: list[float]) -> None:
    pacer, waiting, at, sent = Pacer(), sorted(replies), 0.0, []
    for number in range(60):
        due = pacer.due(f"b{number}", now=at)
        while waiting and waiting[0] <= due:
            pacer.interactive(f"r{len(waiting)}", now=waiting.pop(0))
            due = pacer.due(f"b{number}", now=at)
        at = due
        pacer.bulk(f"b{number}", now=at)
        sent.append(at)

    everything = sorted([*sent, *replies])
    for at in sent:
        assert sum(at - 1 < one <= at for one in everything) <= 31 or (
            sum(at - 1 < one <= at for one in replies) > 25
        )


@given(
    sends=st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 2)), max_size=80),
    chat=st.sampled_from("abcd"),
)
def test_no_chat_is_written_to_before_the_lane_opens(
    sends: list[tuple[str, float]], chat: str
) -> None:
    pacer, now = Pacer(), 0.0
    for one, pause in sends:
        now += pause
        pacer.bulk(one, now=pacer.due(one, now=now))

    assert pacer.due(chat, now=now) >= pacer.opens(now=now) == pacer.due("d", now=now)
