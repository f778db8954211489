"""What an operator may set, and what is said when it is wrong."""

import re
import tomllib
from datetime import date, time
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import LogLevel, Mode, Settings, keys, load
from kkb_core.errors import InputRefused

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"


def refusal(path=None, **environ):
    with pytest.raises(InputRefused) as refused:
        load(path, environ)
    return str(refused.value).splitlines()


def file(folder, text):
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_without_a_file_and_an_environment_everything_has_its_default():
    assert load(None, {}) == Settings()
    assert load(Path("/nowhere/config.toml"), {}).web.port == 8080


def test_the_example_is_the_defaults():
    assert load(EXAMPLE, {}) == Settings()


@pytest.mark.parametrize(("section", "key"), list(keys()))
def test_every_setting_stands_in_the_example(section, key):
    text = EXAMPLE.read_text()

    part = text.split(f"[{section}]\n")[1].split("\n[")[0]

    assert re.search(rf"^(# )?{key} = ", part, re.MULTILINE)


def test_the_example_holds_no_setting_that_does_not_exist():
    section, named = "", set()
    for line in EXAMPLE.read_text().splitlines():
        if opened := re.match(r"\[(\w+)\]", line):
            section = opened[1]
        elif key := re.match(r"(?:# )?(\w+) = ", line):
            named.add((section, key[1]))

    assert named == set(keys())


@pytest.mark.parametrize(("section", "key"), list(keys()))
def test_every_setting_is_documented(section, key):
    page = (ROOT / "docs/operations.md").read_text()

    assert f"`{key}`" in page.split(f"### `[{section}]`")[1].split("\n##")[0]


def test_the_environment_wins_over_the_file(tmp_path):
    path = file(tmp_path, '[web]\nport = 9000\nhost = "0.0.0.0"\n')

    settings = load(path, {"KKB_WEB__PORT": "9001", "KKB_LOG__LEVEL": "debug"})

    assert (settings.web.port, settings.web.host) == (9001, "0.0.0.0")
    assert settings.log.level is LogLevel.DEBUG


@pytest.mark.parametrize("name", ["KKB_LONG", "WEB__PORT", "KKB_WEB__PORT_EMPTY_IS_UNSET"])
def test_other_variables_are_nobodys_business(name):
    value = "" if name.endswith("UNSET") else "1"

    assert load(None, {name: value}) == Settings()


def test_a_secret_is_read_from_a_file_and_never_shown(tmp_path):
    (tmp_path / "token").write_text("123:secret-words\n")

    settings = load(None, {"KKB_TELEGRAM__TOKEN_FILE": str(tmp_path / "token")})

    assert settings.telegram.token == SecretStr("123:secret-words")
    assert "secret-words" not in repr(settings)


def test_the_password_of_a_database_is_not_shown():
    settings = load(None, {"KKB_DATABASE__URL": "postgresql://kkb:hunter2@db/kkb"})

    assert settings.database.url == "postgresql+asyncpg://kkb:hunter2@db/kkb"
    assert "hunter2" not in repr(settings)


def test_a_token_of_the_environment_replaces_the_token_file_of_the_file(tmp_path):
    path = file(tmp_path, '[telegram]\ntoken_file = "/nowhere"\n')

    settings = load(path, {"KKB_TELEGRAM__TOKEN": "1:a"})

    assert settings.telegram.token == SecretStr("1:a")


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"KKB_WEB__PROT": "1"}, "KKB_WEB__PROT: no such key; did you mean port?"),
        ({"KKB_WBE__PORT": "1"}, "KKB_WBE__PORT: no such section; did you mean web?"),
        (
            {"KKB_LOG__COLOUR": "red"},
            "KKB_LOG__COLOUR: no such key; there are level, format",
        ),
        (
            {"KKB_WEB__PORT": "70000"},
            (
                "KKB_WEB__PORT: '70000': should be less than or equal to 65535; "
                "give a port from 1 to 65535"
            ),
        ),
        (
            {"KKB_TELEGRAM__MODE": "poling"},
            (
                "KKB_TELEGRAM__MODE: 'poling': should be 'polling' or 'webhook'; "
                'write "polling" or "webhook"'
            ),
        ),
        (
            {"KKB_TELEGRAM__API_BASE_URL": "api.telegram.org"},
            (
                "KKB_TELEGRAM__API_BASE_URL: 'api.telegram.org': it begins neither with http:// nor "
                "with https://; give the address of a Bot API server"
            ),
        ),
        (
            {"KKB_TELEGRAM__TOKEN_FILE": "/nowhere"},
            (
                "KKB_TELEGRAM__TOKEN_FILE: /nowhere cannot be read (No such file or directory); "
                "correct the path"
            ),
        ),
    ],
)
def test_a_mistake_is_one_line_with_key_reason_and_cure(environ, line):
    assert refusal(**environ) == [line]


@pytest.mark.parametrize(
    ("name", "value"),
    [("KKB_TELEGRAM__TOKEN", "12:ab cd"), ("KKB_DATABASE__URL", "mysql://u:hunter2@h/d")],
)
def test_a_wrong_secret_is_refused_without_being_shown(name, value):
    (line,) = refusal(**{name: value})

    assert line.startswith(name)
    assert value not in line


def test_all_problems_are_told_at_once(tmp_path):
    path = file(tmp_path, '[web]\nprot = 1\nport = "x"\n[databse]\nurl = "x"\n[log]\nlevel = 3\n')

    lines = refusal(path)

    assert [line.split(": ")[1] for line in lines] == [
        "[web] prot",
        "[databse] url",
        "[web] port",
        "[log] level",
    ]
    assert all(line.startswith(f"{path}: ") for line in lines)


def test_a_token_and_a_token_file_together_are_refused(tmp_path):
    path = file(tmp_path, '[telegram]\ntoken = "1:a"\ntoken_file = "/etc/token"\n')

    assert refusal(path) == [
        f"{path}: [telegram] token_file: token is set as well; keep one of the two"
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("port = 1\n", "port stands outside a section"),
        ("[web\n", "is not TOML"),
        ("[wbe]\n", "[wbe]: no such section; did you mean web?"),
        ("[web]\nport = [1]\n", "[web] port: [1]: should be a valid integer"),
    ],
)
def test_a_file_that_is_not_right_is_named(tmp_path, text, part):
    path = file(tmp_path, text)

    (line,) = refusal(path)

    assert line.startswith(str(path))
    assert part in line


def test_a_webhook_needs_a_token_an_address_and_a_secret():
    lines = refusal(KKB_TELEGRAM__MODE="webhook")

    assert [line.split(" needs ")[1].split(";")[0] for line in lines] == [
        "a token",
        "webhook_url",
        "webhook_secret",
    ]


def test_a_complete_webhook_is_taken():
    environ = {
        "KKB_TELEGRAM__MODE": "webhook",
        "KKB_TELEGRAM__TOKEN": "1:a",
        "KKB_TELEGRAM__WEBHOOK_URL": "https://kkb.example.go.id/",
        "KKB_TELEGRAM__WEBHOOK_SECRET": "0f1e2d3c4b5a6978",
    }

    telegram = load(None, environ).telegram

    assert telegram.mode is Mode.WEBHOOK
    assert telegram.webhook_url == "https://kkb.example.go.id"
    environ["KKB_TELEGRAM__WEBHOOK_URL"] = "http://kkb.example.go.id"
    assert "https://" in refusal(**environ)[0]


@pytest.mark.parametrize("secret", ["s3cret", "0f1e2d3c 4b5a6978", "é" * 16, "a" * 257])
def test_a_webhook_secret_telegram_would_refuse_or_others_could_guess_is_refused(secret):
    (line,) = refusal(KKB_TELEGRAM__WEBHOOK_SECRET=secret)

    assert "openssl rand -hex 32" in line
    assert secret not in line


def test_the_example_is_toml():
    assert set(tomllib.loads(EXAMPLE.read_text())) == {
        "database",
        "web",
        "telegram",
        "programme",
        "hours",
        "broadcast",
        "summary",
        "log",
        "reminders",
        "retention",
        "rounds",
    }


def test_the_hours_of_a_file_are_those_the_sender_goes_by(tmp_path):
    path = file(
        tmp_path,
        '[hours]\nopens = "07:00"\nclosed = ["12:00-12:30"]\nholidays = ["2026-12-31"]\n'
        "national_holidays = false\n",
    )

    hours = load(path, {"KKB_HOURS__CLOSES": "19:00"}).hours.open_hours()

    assert (hours.opens, hours.closes) == (time(7), time(19))
    assert len(hours.closed) == 2
    assert hours.holidays == {date(2026, 12, 31)}


def test_lists_of_the_environment_stand_with_spaces_between():
    hours = load(None, {"KKB_HOURS__CLOSED": "12:00-12:30 17:45-18:15"}).hours

    assert hours.closed == [(time(12), time(12, 30)), (time(17, 45), time(18, 15))]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("OPENS", "8 o'clock"),
        ("OPENS", "08:00Z"),
        ("OPENS", "21:00"),
        ("CLOSED", "12:00"),
        ("CLOSED", "13:00-12:00"),
        ("HOLIDAYS", "31.12.2026"),
    ],
)
def test_hours_that_cannot_be_kept_are_refused(key, value):
    (line,) = refusal(**{f"KKB_HOURS__{key}": value})

    assert "hours" in line.lower()
