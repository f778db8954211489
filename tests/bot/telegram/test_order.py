"""Whose turn it is."""

import asyncio

import pytest

from bot.telegram.order import Lines


async def test_one_person_in_order_and_different_people_at_once() -> None:
    lines: Lines[int] = Lines(width=10)
    for whose, item in [("siti", 1), ("siti", 2), ("budi", 3)]:
        lines.put(whose, item)

    assert await lines.first(10) == [("siti", 1), ("budi", 3)]
    lines.done("siti")
    assert await lines.first(10) == [("siti", 2)]


async def test_whoever_floods_waits_in_their_own_line() -> None:
    lines: Lines[int] = Lines(width=1)
    for item in range(100):
        lines.put("flood", item)
    lines.put("siti", 1)

    assert await lines.first(10) == [("flood", 0)]
    lines.done("flood")
    assert await lines.first(10) == [("siti", 1)]


async def test_no_more_people_are_out_than_there_is_room_for() -> None:
    lines: Lines[int] = Lines(width=2)
    for whose in "abc":
        lines.put(whose, 0)

    assert len(await lines.first(10)) == 2
    waiting = asyncio.ensure_future(lines.first(10))
    await asyncio.sleep(0)
    assert not waiting.done()
    lines.done("a")
    assert await waiting == [("c", 0)]


async def test_what_failed_comes_back_before_what_is_behind_it() -> None:
    lines: Lines[int] = Lines(width=2)
    lines.put("siti", 1)
    lines.put("siti", 2)

    await lines.first(1)
    lines.again("siti")

    assert await lines.first(1) == [("siti", 1)]
    assert len(lines) == 2


async def test_a_closed_door_lets_nobody_else_go() -> None:
    lines: Lines[int] = Lines(width=2)
    waiting = asyncio.ensure_future(lines.first(1))
    await asyncio.sleep(0)

    lines.close()
    lines.put("siti", 1)

    assert await waiting == []
    assert await lines.first(1) == []


@pytest.mark.parametrize("seed", range(5))
async def test_every_item_is_seen_once_and_in_its_order(seed: int) -> None:
    lines: Lines[int] = Lines(width=3)
    seen: dict[str, list[int]] = {"a": [], "b": [], "c": [], "d": []}
    for item in range(40):
        lines.put("abcd"[(item * 7 + seed) % 4], item)

    while len(lines):
        for whose, item in await lines.first(2):
            seen[whose].append(item)
            lines.done(whose)

    assert all(items == sorted(items) for items in seen.values())
    assert sum(map(len, seen.values())) == 40


async def test_who_came_earlier_elsewhere_passes_ahead() -> None:
    lines: Lines[int] = Lines(width=10)
    lines.put("siti", 3)
    heard = []

    await lines.first(10)
    lines.ahead("siti", [1, 2])
    lines.again("siti")
    while len(lines):
        heard += await lines.first(10)
        lines.done("siti")

    assert heard == [("siti", 1), ("siti", 2), ("siti", 3)]
