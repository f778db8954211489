import httpx
import pytest

from bot.web.guards import LARGEST_BODY

OURS = "http://kkb.test"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": OURS}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": OURS}, 403),
        ({"origin": "http://elsewhere.test"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": f"{OURS}:81"}, 403),
    ],
)
async def test_only_our_own_page_may_change_anything(site, headers, status):
    answer = await site.client.post(
        "/phones/ibu/say", data={"text": "halo"}, headers={"hx-request": "true", **headers}
    )

    assert answer.status_code == status
    assert len(site.conversations.heard) == (status == 200)


async def test_another_sites_link_may_open_the_page(site):
    assert (
        await site.client.get("/", headers={"sec-fetch-site": "cross-site"})
    ).status_code == 200


async def test_a_body_that_announces_too_much_is_refused(site):
    answer = await site.client.post("/phones/ibu/say", content=b"text=" + b"a" * LARGEST_BODY)

    assert answer.status_code == 413
    assert site.conversations.heard == []


async def test_a_body_that_grows_too_large_is_refused(site):
    async def endless():
        for _ in range(LARGEST_BODY // 1024 + 1):
            yield b"a" * 1024

    answer = await site.client.post("/phones/ibu/say", content=endless(), headers=FORM)

    assert answer.status_code == 413


async def test_a_length_that_is_no_number_is_refused(site):
    request = httpx.Request("POST", f"{OURS}/phones/ibu/say", headers={"content-length": "-1"})

    assert (await site.client.send(request)).status_code == 413


async def test_the_page_may_run_our_own_files_and_nothing_else(site):
    answer = await site.client.get("/")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_page_has_no_script_or_style_in_itself(site):
    html = (await site.client.get("/")).text

    assert "<style" not in html
    assert " style=" not in html
    assert html.count("<script") == html.count("<script src=")
