"""What is wrong is found, with its cure; what is right is said too."""

import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kkb_core import definitions
from kkb_core.errors import DefinitionError
from kkb_core.reports import pictures
from kkb_core.services import areas, doctor
from kkb_core.services.doctor import Installation, Severity
from kkb_core.storage import Database
from kkb_core.storage import areas as kept
from kkb_core.storage.areas import Area, AreaLevel

JENGGOT = "33.75.04.1004"
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
TOKEN = "123456:very-secret"
OURS = "https://kkb.example/telegram"
NOWHERE = "http://127.0.0.1:9"  # the port nobody listens on


@pytest.fixture
def bot_api():
    """A Bot API that knows one token; its clock and status can be set."""

    class Server(HTTPServer):
        date, status = NOW, 200
        webhook = None

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            known = {f"/bot{TOKEN}/getMe": {"username": "kkb_jenggot_bot"}}
            if self.server.webhook is not None:
                known[f"/bot{TOKEN}/getWebhookInfo"] = self.server.webhook
            status = self.server.status if self.path in known else 401
            told = {"ok": status == 200, "result": known.get(self.path)}
            self.send_response_only(status)
            self.send_header("Date", format_datetime(self.server.date, usegmt=True))
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def look(sqlite_url):
    Path(sqlite_url.removeprefix("sqlite:///")).chmod(0o600)

    def examine(**changes):
        whole = {"database_url": sqlite_url, "api_base_url": NOWHERE, "controller": "Dinas"}
        return doctor.examine(Installation(**(whole | changes)), now=NOW)

    return examine


def address(server):
    return f"http://127.0.0.1:{server.server_port}"


def found(findings, part):
    (one,) = [finding for finding in findings if part in finding.what]
    return one


def filled(url):
    def work(tx):
        areas.add_area(tx, JENGGOT)
        areas.open_round(tx, JENGGOT, questionnaire=definitions.load().current, now=NOW)

    Database.open(url).run_now(work)


def test_a_good_installation_has_nothing_but_ok(look, bot_api, sqlite_url):
    filled(sqlite_url)

    findings = look(token=TOKEN, api_base_url=address(bot_api))

    assert [one.severity for one in findings] == [Severity.OK] * len(findings)
    assert found(findings, "@kkb_jenggot_bot")


def test_a_database_that_is_not_there_is_not_made(look, tmp_path):
    path = tmp_path / "other.db"

    findings = look(database_url=f"sqlite:///{path}")

    assert found(findings, "no database at").cure == "kkb init"
    assert not path.exists()


def test_a_folder_that_cannot_be_written_is_found(look):
    assert found(look(database_url="sqlite:////proc/kkb.db"), "/proc cannot be written")


@pytest.mark.parametrize(("mode", "open_"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_database_that_others_can_read_is_found(look, sqlite_url, mode, open_):
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.chmod(mode)

    assert (f"chmod 600 {path}" in [one.cure for one in look()]) is open_


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("postgresql://kkb:hunter2@127.0.0.1:9/kkb", "unreachable"),
        ("mysql://kkb:hunter2@h/kkb", "mysql is not supported"),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_without_its_password(look, url, part):
    findings = look(database_url=url)

    one = found(findings, part)
    assert one.severity is Severity.ERROR
    assert "hunter2" not in str(findings)


def test_missing_migrations_are_named(look, tmp_path):
    path = tmp_path / "empty.db"
    path.touch()

    one = found(look(database_url=f"sqlite:///{path}"), "behind")

    assert (one.severity, one.cure) == (Severity.ERROR, "kkb migrate")
    assert "0001" in one.what


def test_an_installation_without_villages_and_rounds_is_told_so(look, sqlite_url):
    assert found(look(), "no kelurahan").cure == "kkb area add CODE"

    Database.open(sqlite_url).run_now(lambda tx: areas.add_area(tx, JENGGOT))

    assert found(look(), "no open round").cure == f"kkb round open --area {JENGGOT}"


def test_an_area_without_a_zone_is_found(look, sqlite_url):
    lost = Area(code="99", name="?", level=AreaLevel.VILLAGE, parent=None, zone="")
    Database.open(sqlite_url).run_now(lambda tx: kept.add_area(tx, lost))

    assert found(look(), "no time zone").severity is Severity.ERROR


def test_a_questionnaire_that_does_not_load_is_told(look, monkeypatch):
    def load():
        raise DefinitionError("kkb.v1.toml: AGM1: no text in jv")

    monkeypatch.setattr(definitions, "load", load)

    assert found(look(), "no text in jv").severity is Severity.ERROR


def test_a_missing_font_is_named(look, monkeypatch, tmp_path):
    monkeypatch.setattr(pictures, "FONTS", tmp_path)

    assert found(look(), "NotoSans-Regular.ttf").severity is Severity.ERROR


@pytest.mark.parametrize(("mode", "open_"), [(0o600, False), (0o640, True), (0o604, True)])
def test_settings_that_others_can_read_are_found(look, tmp_path, mode, open_):
    config = tmp_path / "config.toml"
    config.touch()
    config.chmod(mode)

    cures = [one.cure for one in look(secrets=(config,))]

    assert (f"chmod 600 {config}" in cures) is open_


def test_families_must_be_told_who_owns_their_data(look):
    assert "controller" in found(look(controller=""), "owns their data").cure


@pytest.mark.parametrize(
    ("token", "part", "severity"),
    [
        (None, "no bot token", Severity.WARNING),
        ("1:wrong", "does not know this token", Severity.ERROR),
        (TOKEN, "@kkb_jenggot_bot", Severity.OK),
    ],
)
def test_the_token_is_tried(look, bot_api, token, part, severity):
    findings = look(token=token, api_base_url=address(bot_api))

    assert found(findings, part).severity is severity


def test_a_bot_api_that_does_not_answer_is_a_warning_without_the_token(look):
    one = found(look(token=TOKEN), "gave no answer")

    assert one.severity is Severity.WARNING
    assert TOKEN not in str(one)


def test_a_bot_api_in_trouble_is_a_warning(look, bot_api):
    bot_api.status = 502

    assert found(look(token=TOKEN, api_base_url=address(bot_api)), "answered 502")


@pytest.mark.parametrize(("seconds", "told"), [(5, False), (-29, False), (45, True), (-45, True)])
def test_a_clock_that_is_off_is_told(look, bot_api, seconds, told):
    bot_api.date = NOW + timedelta(seconds=seconds)

    findings = look(token=TOKEN, api_base_url=address(bot_api))

    assert any("clock is 45 s off" in one.what for one in findings) is told


@pytest.mark.parametrize(
    ("webhook", "part"),
    [
        (None, None),
        ({"url": ""}, None),
        ({"url": OURS}, None),
        ({"url": OURS, "last_error_message": "Connection refused"}, "Connection refused"),
        ({"url": "https://other.example/x"}, "a webhook at other.example gets"),
    ],
)
def test_a_webhook_that_keeps_updates_from_us_is_found(look, bot_api, webhook, part):
    bot_api.webhook = webhook

    findings = look(token=TOKEN, api_base_url=address(bot_api), webhook_url=OURS)

    told = [one.what for one in findings if "webhook" in one.what or "call to us" in one.what]
    assert len(told) == (part is not None)
    assert part is None or part in told[0]


def test_the_bots_name_is_asked_for(bot_api):
    assert doctor.username(address(bot_api), TOKEN) == "kkb_jenggot_bot"
    assert doctor.username(address(bot_api), "1:wrong") is None
    assert doctor.username(NOWHERE, TOKEN) is None
