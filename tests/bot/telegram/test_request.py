"""The transport over real HTTP: what arrives, and what is said when nothing does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from telegram import Bot, InputFile
from telegram.error import NetworkError, TelegramError, TimedOut

from bot.telegram.plain import poll
from bot.telegram.request import PollingRequest, SendingRequest
from tests.bot.telegram.recording import TOKEN

Server = Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[str]]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Start a server that answers as the given function does; gives its address."""
    runners: list[web.AppRunner] = []

    async def start(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> str:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/bot"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def bot_at() -> AsyncIterator[Callable[[str], Awaitable[Bot]]]:
    bots: list[Bot] = []

    async def make(address: str) -> Bot:
        bot = Bot(
            TOKEN,
            base_url=address,
            request=SendingRequest(),
            get_updates_request=PollingRequest(connections=2),
        )
        for request in (bot.request, bot._request[0]):
            await request.initialize()
        bots.append(bot)
        return bot

    yield make
    for bot in bots:
        for request in (bot.request, bot._request[0]):
            await request.shutdown()


def accepted(**result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


MESSAGE = {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}}


async def test_a_call_is_json_with_objects_inside(server: Server, bot_at) -> None:
    asked = {}

    async def answer(request: web.Request) -> web.Response:
        asked.update(await request.json(), path=request.path)
        return accepted(**MESSAGE, text="x")

    bot = await bot_at(await server(answer))
    sent = await bot.send_message(7, "halo 👧", reply_markup={"inline_keyboard": []})

    assert asked["path"] == f"/bot{TOKEN}/sendMessage"
    assert asked["text"] == "halo 👧"
    assert asked["reply_markup"] == {"inline_keyboard": []}
    assert sent.message_id == 5
    assert sent.text is None


async def test_a_file_goes_as_a_form(server: Server, bot_at) -> None:
    parts = {}

    async def answer(request: web.Request) -> web.Response:
        form = await request.post()
        parts.update(
            chat=form["chat_id"], name=form["photo"].filename, got=form["photo"].file.read()
        )
        return accepted(**MESSAGE)

    bot = await bot_at(await server(answer))
    await bot.send_photo(7, InputFile(b"\x89PNG", filename="result.png"))

    assert parts == {"chat": "7", "name": "result.png", "got": b"\x89PNG"}


async def test_polled_updates_stay_raw(server: Server, bot_at) -> None:
    broken = [{"update_id": 1, "message": "not an object"}, {"update_id": 2, "message": {}}]

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "result": broken})

    bot = await bot_at(await server(answer))

    assert await poll(bot, bot._request[0], seconds=0, within=5) == broken


@pytest.mark.parametrize("status", [502, 504])
async def test_a_gateway_that_does_not_know_leaves_it_open(server: Server, bot_at, status) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>")

    bot = await bot_at(await server(answer))

    with pytest.raises(TimedOut, match=str(status)):
        await bot.send_message(7, "halo")


async def test_a_broken_connection_leaves_it_open(server: Server, bot_at) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        request.transport.abort()
        return web.Response()

    bot = await bot_at(await server(answer))

    with pytest.raises(TimedOut, match="connection broke"):
        await bot.send_message(7, "halo")


async def test_an_answer_that_takes_too_long_leaves_it_open(server: Server, bot_at) -> None:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    bot = await bot_at(await server(answer))

    with pytest.raises(TimedOut, match="no answer in time"):
        await bot.send_message(7, "halo", read_timeout=0.05)


async def test_what_was_never_sent_is_certain(server: Server, bot_at, unused_tcp_port) -> None:
    bot = await bot_at(f"http://127.0.0.1:{unused_tcp_port}/bot")

    with pytest.raises(NetworkError, match="no connection") as refused:
        await bot.send_message(7, "halo")

    assert not isinstance(refused.value, TimedOut)


@pytest.mark.parametrize("body", ["<html>", "[1, 2]", "", "[" * 100_000, '"x"'])
async def test_an_answer_that_is_no_json_object_is_an_error(server: Server, bot_at, body) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=body)

    bot = await bot_at(await server(answer))

    with pytest.raises(TelegramError, match="not a JSON object"):
        await bot.send_message(7, "halo")


async def test_no_error_carries_the_token(server: Server, bot_at, unused_tcp_port) -> None:
    for address in (f"http://127.0.0.1:{unused_tcp_port}/bot", "nonsense://x/bot", "http://[/bot"):
        bot = await bot_at(address)

        with pytest.raises(TelegramError) as refused:
            await bot.send_message(7, "halo")

        told = f"{refused.value!r} {refused.value.__cause__!r}"
        assert TOKEN.split(":")[1] not in told


async def test_a_redirect_is_not_followed_with_the_token(server: Server, bot_at) -> None:
    async def answer(request: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.1:1/steal")

    bot = await bot_at(await server(answer))

    with pytest.raises(TelegramError):
        await bot.send_message(7, "halo")
