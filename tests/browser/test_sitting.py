"""A mother in Jenggot, from the first hello to her result, on the page of `kkb demo`."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),  # one Chromium, not one a process
    pytest.mark.asyncio(loop_scope="session"),
]

IMAGES = Path(__file__).parents[2] / "docs" / "images"
KEPT = bool(os.environ.get("KKB_SCREENSHOTS"))

# What she answers where the first button would not be true; typed where there is no such button.
ANSWERS = {
    "basa apa?": "Bahasa Indonesia",
    "Ketik kode kampung": "jenggot",
    "RW berapa?": "2",
    "RT berapa?": "1",
    "mau dipanggil apa?": "Keluarga Bu Wati",
    "berapa orang": "4",
    "umur istri": "29",
    "sedang hamil?": "Tidak",
    "jarak umur": "4",
    "umur 60 tahun": "Tidak",
    "disabilitas?": "Tidak",
    "kerja bakti": "y",
    "pertengkaran": "Tidak",
    "mengurangi makan": "Tidak",
    "jalan-jalan": "Tidak",
    "memuji": "Kadang-kadang",
    "tabungan": "Tidak",
    "utang": "Tidak",
    "luas lantai": "36",
    "merokok": "Tidak",
    "dipukul": "Tidak",
    "dipukul atau dibentak": "Tidak",
}
TICKS = {"umur berapa saja": ("0-23 bulan", "5-6 tahun"), "pernah terjadi": ("Tidak ada",)}
ENOUGH = 200  # taps; nobody should need as many


class Mother:
    """Reads the newest message and answers it, by tapping where she can.

    One who is *hurried* does not wait until a button has come to rest under her thumb.
    """

    def __init__(self, page):
        self.page = page
        self.hurried = False
        self.phone = page.get_by_role("region", name="Ponsel Ibu")
        self.newest = self.phone.locator(".message:not(.leaving, .pending)").last

    async def reads(self):
        return await self.newest.locator(".text").inner_text()

    async def offered(self):
        return await self.newest.locator(".reply").all_inner_texts()

    async def taps(self, label):
        reply = self.newest.locator(".reply", has_text=re.compile(rf"^{re.escape(label)}$"))
        async with self.page.expect_response("**/tap"):
            await (reply.dispatch_event("click") if self.hurried else reply.click())
        await self.settled()

    async def types(self, text):
        async with self.page.expect_response("**/say"):
            await self.phone.get_by_role("textbox").fill(text)
            await self.phone.get_by_role("textbox").press("Enter")
        await self.settled()

    async def settled(self):
        await expect(self.page.locator(".htmx-request, .pending")).to_have_count(0)

    async def answers(self):
        read, offered = await self.reads(), await self.offered()
        if "Selesai memilih" in offered:
            await self.ticks(next(ticks for part, ticks in TICKS.items() if part in read))
            return
        answer = next((answer for part, answer in ANSWERS.items() if part in read), None)
        if answer is None:
            await self.taps(offered[0])
        elif answer in offered:
            await self.taps(answer)
        else:
            await self.types(answer)

    async def ticks(self, choices):
        for choice in choices:
            await self.taps(f"☐ {choice}")
        await self.taps("Selesai memilih")

    async def goes_on_until(self, words, *, offers=""):
        for _ in range(ENOUGH):
            if words in await self.reads() and offers in (await self.offered() or [""])[0]:
                return
            await self.answers()
        pytest.fail(f"{words!r} never came; the last message is: {await self.reads()}")


@pytest.fixture
def mother(page):
    return Mother(page)


# The page is asked for after the site, so that it is closed before the site goes.
async def begin(page, demo_url):
    await page.goto(demo_url)
    phone = page.get_by_role("region", name="Ponsel Ibu")
    await phone.get_by_role("button", name="Mulai", exact=True).click()
    await expect(phone.get_by_role("button", name="Bahasa Indonesia")).to_be_visible()


async def keep(page, name):
    if KEPT:
        await page.mouse.move(0, 0)
        IMAGES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=IMAGES / f"{name}.png")


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_a_mother_answers_one_function_and_goes_on_a_week_later(
    demo_url, page, mother, size
):
    mother.hurried = True
    await begin(page, demo_url)
    await mother.goes_on_until("Agama · 2 dari")
    mother.hurried = False
    await mother.goes_on_until("Agama · 3 dari")
    await keep(page, f"chat-{size}")
    await mother.taps("Nanti saja")

    if size == "phone":
        await mother.phone.get_by_role("button", name="Waktu dan bantuan").click()
    await page.get_by_role("button", name="+1 minggu").click()
    await expect(page.locator("#clock")).to_contain_text("17 Maret 2026")
    if size == "phone":
        await page.get_by_role("button", name="Tutup").click()
    await mother.types("Halo, saya kembali")

    await mother.goes_on_until("Fungsi Agama selesai")
    days = mother.phone.locator(".day")
    await expect(days.first).to_have_text("Selasa, 10 Maret 2026")
    await expect(days.last).to_have_text("Selasa, 17 Maret 2026")


async def test_a_mother_finishes_her_round_and_sees_her_result(demo_url, page, mother):
    mother.hurried = True
    await begin(page, demo_url)
    await mother.goes_on_until("", offers="Lihat hasil")

    await mother.taps("Lihat hasil")
    await keep(page, "result-phone")
    await mother.taps("Lihat gambar")
    card = page.get_by_role("img", name="Gambar")
    width = await card.evaluate("each => each.decode().then(() => each.naturalWidth)")

    assert width >= 720
    assert "Dipukul" not in await mother.phone.locator(".messages").inner_text()
