"""What the simulator's page asks for: itself, a turn, a picture or file, and the time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from mimetypes import guess_type
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.clock import VirtualClock
from bot.web import labels, pages
from bot.web.pages import Look
from bot.web.phones import Phone, Shown
from bot.web.simulator import Simulator
from kkb_core.reports.pictures import draw

LONGEST_TEXT = 4096  # characters; what a chat platform takes in one message
SENDABLE = frozenset({"photo", "sticker"})
FARTHEST = 24 * 366  # hours the clock moves at most in one step
LANGUAGE_COOKIE = "kkb_page_language"
YEAR = 31_536_000  # seconds
FRESH = {"cache-control": "no-store"}

Act = Callable[[Phone, FormData], Awaitable[None]]
Endpoint = Callable[[Request], Awaitable[Response]]


def simulator_routes(simulator: Simulator) -> list[Route]:
    """The page and everything it asks for."""
    return [
        Route("/", _page(simulator)),
        Route("/language/{language}", _language),
        Route("/phones/{phone}/screen", _look_again(simulator)),
        Route("/phones/{phone}/menu", _menu(simulator)),
        Route("/phones/{phone}/pictures/{message}", _picture(simulator)),
        Route("/phones/{phone}/documents/{message}", _document(simulator)),
        *(
            Route(f"/phones/{{phone}}/{name}", _turn(simulator, act), methods=["POST"])
            for name, act in _acts(simulator).items()
        ),
        Route("/clock", _forward(simulator), methods=["POST"]),
        Route("/reset", _reset(simulator), methods=["POST"]),
    ]


def _acts(simulator: Simulator) -> dict[str, Act]:
    async def say(phone: Phone, form: FormData) -> None:
        words = str(form.get("command") or form.get("text", "")).strip()
        if words:
            await simulator.hears(phone, words[:LONGEST_TEXT])

    async def tap(phone: Phone, form: FormData) -> None:
        msg_id, _, data = str(form.get("tap", "")).partition(":")
        await simulator.is_tapped(phone, msg_id, data)

    async def send(phone: Phone, form: FormData) -> None:
        kind = str(form.get("kind", ""))
        if kind not in SENDABLE:
            raise HTTPException(400)
        await simulator.is_sent(phone, kind)

    return {"say": say, "tap": tap, "send": send}


def _turn(simulator: Simulator, act: Act) -> Endpoint:
    async def turn(request: Request) -> Response:
        phone = _phone(simulator, request)
        await act(phone, await request.form())
        return _screen(simulator, phone, request)

    return turn


def _page(simulator: Simulator) -> Endpoint:
    async def page(request: Request) -> Response:
        html = pages.page(
            simulator.phones,
            _look(simulator, request),
            village_code=simulator.village_code,
            movable=isinstance(simulator.clock, VirtualClock),
        )
        return HTMLResponse(html, headers=FRESH)

    return page


async def _language(request: Request) -> Response:
    chosen = labels.preferred(request.path_params["language"])
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(LANGUAGE_COOKIE, chosen.value, max_age=YEAR, samesite="lax", httponly=True)
    return answer


def _look_again(simulator: Simulator) -> Endpoint:
    async def look_again(request: Request) -> Response:
        phone = _phone(simulator, request)
        await simulator.sweep()
        if request.query_params.get("seen") == pages.seen(phone, _look(simulator, request)):
            return Response(status_code=204)
        return _screen(simulator, phone, request)

    return look_again


def _menu(simulator: Simulator) -> Endpoint:
    async def menu(request: Request) -> Response:
        phone = _phone(simulator, request)
        html = pages.menu(phone, _look(simulator, request), await simulator.menu(phone))
        return HTMLResponse(html, headers=FRESH)

    return menu


def _picture(simulator: Simulator) -> Endpoint:
    async def picture(request: Request) -> Response:
        wanted = _message(simulator, request).picture
        if wanted is None:
            raise HTTPException(404)
        drawn = await run_in_threadpool(draw, wanted)
        return Response(drawn, media_type="image/png", headers=FRESH)

    return picture


def _document(simulator: Simulator) -> Endpoint:
    async def document(request: Request) -> Response:
        wanted = _message(simulator, request).document
        if wanted is None:
            raise HTTPException(404)
        kind, _ = guess_type(wanted.name)
        name = quote(wanted.name, safe="")
        headers = {**FRESH, "content-disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(
            wanted.content, media_type=kind or "application/octet-stream", headers=headers
        )

    return document


def _forward(simulator: Simulator) -> Endpoint:
    async def forward(request: Request) -> Response:
        hours = str((await request.form()).get("hours", ""))
        if not isinstance(simulator.clock, VirtualClock) or not hours.isdecimal():
            raise HTTPException(400)
        await simulator.move(simulator.clock, timedelta(hours=min(int(hours), FARTHEST)))
        if not _by_htmx(request):
            return RedirectResponse("/", status_code=303)
        html = pages.clock(_look(simulator, request))
        return HTMLResponse(html, headers={**FRESH, "hx-trigger": "moved"})

    return forward


def _reset(simulator: Simulator) -> Endpoint:
    async def reset(request: Request) -> Response:
        await simulator.begin_anew()
        if not _by_htmx(request):
            return RedirectResponse("/", status_code=303)
        return Response(headers={"hx-refresh": "true"})

    return reset


def _screen(simulator: Simulator, phone: Phone, request: Request) -> Response:
    if not _by_htmx(request):
        return RedirectResponse("/", status_code=303)
    return HTMLResponse(pages.screen(phone, _look(simulator, request)), headers=FRESH)


def _look(simulator: Simulator, request: Request) -> Look:
    language = labels.preferred(
        request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
    )
    return Look(
        language=language,
        zone=simulator.zone,
        now=simulator.clock.now(),
        bot_name=simulator.bot_name,
    )


def _phone(simulator: Simulator, request: Request) -> Phone:
    wanted = request.path_params["phone"]
    for phone in simulator.phones:
        if phone.id == wanted:
            return phone
    raise HTTPException(404)


def _message(simulator: Simulator, request: Request) -> Shown:
    message = _phone(simulator, request).message(request.path_params["message"])
    if message is None:
        raise HTTPException(404)
    return message


def _by_htmx(request: Request) -> bool:
    return "hx-request" in request.headers
