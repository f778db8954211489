"""A page in a real Chromium, at the size of a small phone and of a desktop."""

import asyncio
import shutil
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import async_playwright, expect

from bot.clock import VirtualClock
from bot.demo.running import demo_app, make_village
from bot.web.app import make_app
from bot.web.phones import Phone
from bot.web.simulator import Simulator
from kkb_core.storage import Database
from tests.bot.web.conftest import ScriptedConversations, no_trouble

MORNING = datetime(2026, 3, 10, 2, 14, tzinfo=UTC)  # Tuesday, 09.14 in Jenggot
SIZES = {"phone": (360, 740), "desktop": (1280, 800)}
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIETLY = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 10_000  # ms; a busy machine is slow, a broken page never comes


class QuietServer(uvicorn.Server):
    """The web server on a thread of its own; signals are the tests'."""

    @contextmanager
    def capture_signals(self):
        yield


@contextmanager
def serving(app):
    """The address of *app*, served on a free port."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = QuietServer(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def conversations():
    """What the scripted chat says; a test sets `answers`."""
    return ScriptedConversations()


@pytest_asyncio.fixture(loop_scope="session")
async def chat_url(conversations):
    """A page whose chat says what the test wants."""
    database = Database.open("sqlite://")
    simulator = Simulator(
        database=database,
        conversations=conversations,
        clock=VirtualClock(MORNING),
        phones=(Phone("ibu", "Ponsel Ibu"),),
        village_code="JENGGOT",
    )
    app = make_app(readiness=no_trouble, metrics=bytes, simulator=simulator)
    with serving(app) as url:
        yield url
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def demo_url(tmp_path):
    """The demo, freshly seeded."""
    database = Database.open(f"sqlite:///{tmp_path / 'demo.db'}")
    clock = VirtualClock(MORNING)
    seeded = await asyncio.to_thread(make_village, database, clock)
    with serving(demo_app(database, clock, seeded)) as url:
        yield url
    await database.close()


@pytest.fixture(scope="session")
def chromium():
    """The Chromium of this machine."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("no Chromium on PATH; on Debian: apt-get install chromium")
    return found


@pytest.fixture
def size():
    """A small phone, unless a test asks for more."""
    return "phone"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium):
    """One Chromium for all tests; each has a page of its own."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=QUIETLY)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tabs(browser):
    """A tab of each size; a page at a new address has nothing of the page before it."""
    return {size: await opened(browser, *SIZES[size]) for size in SIZES}


async def opened(browser, width, height):
    """A tab that notes what the browser complains about."""
    page = await browser.new_page(
        viewport={"width": width, "height": height}, locale="id-ID", color_scheme="light"
    )
    page.set_default_timeout(PATIENCE)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    return page


@pytest_asyncio.fixture(loop_scope="session")
async def page(tabs, size):
    """An empty page of one size; whatever the browser complains about fails the test."""
    page = tabs[size]
    page.complaints = []
    yield page
    await page.goto("about:blank")
    await page.context.clear_cookies()  # they know no ports
    await page.emulate_media(reduced_motion="null")
    assert page.complaints == []
