"""What an operator types, and what is said to it."""

import csv
import logging
import re
import stat
from pathlib import Path

import pytest
import structlog
import typer.main
from typer.core import TyperGroup

from bot import cli
from bot.__main__ import main

JENGGOT = "33.75.04.1004"
PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text()


@pytest.fixture
def logging_as_before():
    """`kkb run` sets logging up for the whole process; a test gives it back."""
    before, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = before
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def kkb(tmp_path, monkeypatch, capsys, logging_as_before):
    """Run a command in an empty folder; its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)  # a command that went well leaves by SystemExit too
        told = capsys.readouterr()
        return left.value.code or 0, told.out, told.err

    return run


@pytest.fixture
def started(kkb):
    """The same, in a folder where `init` and `area add` have been."""
    kkb("init")
    kkb("area", "add", JENGGOT)
    return kkb


def commands(group, *, before=""):
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, before=f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command):
    assert f"## kkb {command}\n" in PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_says_what_it_is_for(command):
    found = COMMANDS[command]

    assert found.help
    assert [one.name for one in found.params if not getattr(one, "help", "")] == []


def test_init_makes_private_settings_and_a_database(kkb, tmp_path):
    code, out, _ = kkb("init")

    assert code == 0
    assert "config.toml: written" in out
    for made in ("config.toml", "var/kkb.db"):
        assert stat.S_IMODE((tmp_path / made).stat().st_mode) == 0o600


def test_init_again_leaves_everything_as_it_is(kkb, tmp_path):
    kkb("init")
    (tmp_path / "config.toml").write_text("[web]\nport = 9000\n")

    code, out, _ = kkb("init")

    assert code == 0
    assert "left as it is" in out
    assert "nothing to do" in out
    assert "9000" in (tmp_path / "config.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("area", "list"), "steps behind; kkb migrate"),
        (("score", "none.csv", "--pack", "ibangga"), "none.csv: cannot be read"),
        (("score", "none.csv", "--pack", "ibanga"), "there is no pack 'ibanga'"),
        (("questionnaire", "check", "nowhere"), "questionnaires/: no .toml file"),
        (("questionnaire", "show", "kkb.v9"), "there is no 'kkb.v9'"),
        (("run", "--only", "everything"), "no part is called everything"),
        (("run",), "telegram.token is not set"),
        (("webhook", "remove"), "telegram.token is not set"),
        (("backup", "copy"), "there is no database at var/kkb.db"),
        (("restore", "copy"), "copy: there is no such file"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_1(kkb, arguments, line):
    code, out, err = kkb(*arguments)

    assert (code, out) == (1, "")
    assert err.startswith("kkb: ")
    assert line in err
    assert err.count("\n") == 1


def test_wrong_settings_are_told_a_line_each(kkb, tmp_path):
    (tmp_path / "other.toml").write_text("[web]\nprot = 1\nport = 'x'\n")

    code, _, err = kkb("--config", "other.toml", "migrate")

    assert code == 1
    assert [line.removeprefix("kkb: ").split(": ")[1] for line in err.splitlines()] == [
        "[web] prot",
        "[web] port",
    ]


def test_the_environment_is_heard(kkb, tmp_path, monkeypatch):
    monkeypatch.setenv("KKB_DATABASE__URL", "sqlite:///elsewhere.db")

    kkb("migrate")

    assert (tmp_path / "elsewhere.db").exists()


def test_a_village_is_taken_up_and_gets_a_round(kkb):
    kkb("init")

    first, second = (kkb("area", "add", JENGGOT)[1] for _ in range(2))

    assert first.startswith(f"{JENGGOT}  Jenggot (Asia/Jakarta); a new round, until ")
    assert second.startswith(f"{JENGGOT}  Jenggot (Asia/Jakarta); round 20")
    assert kkb("area", "list")[1] == second


def test_an_unknown_area_is_refused_with_near_ones(started):
    code, _, err = started("area", "add", JENGGOT, "33.75.04.1001")

    assert code == 1
    assert "did you mean 33.75.04.1002 Banyurip" in err


def test_a_round_is_opened_listed_extended_and_closed(started):
    code, out, _ = started("round", "open", "--area", "33.75", "--until", "2099-12-31")
    number = out.split()[0]

    assert code == 0
    assert re.search(r"33\.75 Kota Pekalongan  open, \S+ to 2099-12-31\n$", out)
    assert out in started("round", "list", "--area", "33.75")[1]
    assert "to 2099-10-31" in started("round", "extend", number, "--until", "2099-10-31")[1]
    assert "closed, " in started("round", "close", number)[1]
    assert started("round", "close", number)[0] == 1


def test_the_code_of_a_village_is_printed_again(started):
    first = started("invite", "--role", "family", "--area", JENGGOT)
    second = started("invite", "--role", "family", "--area", JENGGOT)

    assert re.fullmatch(r"JENGGOT-\w{4}\n", first[1])
    assert second == first
    assert "every family in Jenggot" in first[2]


def test_an_invitation_comes_with_a_link_and_a_picture(started, tmp_path, monkeypatch):
    monkeypatch.setenv("KKB_TELEGRAM__USERNAME", "@kkb_jenggot_bot")

    _, out, err = started("invite", "--role", "cadre", "--area", JENGGOT, "--qr", "cadre.png")

    code, link = out.split()
    assert link == f"https://t.me/kkb_jenggot_bot?start={code}"
    assert (tmp_path / "cadre.png").read_bytes().startswith(b"\x89PNG")
    assert "for one person, once" in err


def test_a_picture_without_a_link_is_refused(started):
    code, _, err = started("invite", "--role", "cadre", "--area", JENGGOT, "--qr", "x.png")

    assert code == 1
    assert "--qr: a link needs [telegram] username" in err


def test_the_questionnaire_is_checked_and_shown(kkb):
    assert re.search(r"^kkb\.v1: \d+ questions", kkb("questionnaire", "check")[1])
    assert "== Agama" in kkb("questionnaire", "show", "kkb.v1")[1]
    assert "== Religion" in kkb("questionnaire", "show", "--language", "en")[1]


def test_a_file_is_scored(kkb, tmp_path):
    (tmp_path / "in.csv").write_text("household,members,AGM1,AGM2\na1,1,ya,selalu\n")

    code, out, err = kkb("score", "in.csv", "--pack", "delapan-fungsi")

    (row,) = csv.DictReader(out.splitlines())
    assert code == 0
    assert (row["household"], row["agama"], row["agama_state"]) == ("a1", "100.0", "shown")
    assert (row["ekonomi"], row["ekonomi_state"]) == ("", "too_few_answers")
    assert err == "1 households, 0 with a total\n"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("export", "answers"), "answers.csv"),
        (("export", "scores", "--format", "xlsx"), "scores.xlsx"),
        (("export", "scores", "--area", "33.75", "--out", "kota.csv"), "kota.csv"),
    ],
)
def test_rows_are_exported_to_a_file(started, tmp_path, arguments, name):
    code, out, _ = started(*arguments)

    assert (code, out) == (0, f"{name}: 0 rows\n")
    assert (tmp_path / name).stat().st_size > 0


def test_the_doctor_is_content_or_says_why_not(started, tmp_path):
    assert started("doctor")[0] == 0

    (tmp_path / "var/kkb.db").unlink()
    code, out, _ = started("doctor")

    assert code == 1
    assert re.search(r"error +there is no database at var/kkb.db; kkb init", out)


def test_a_talk_is_held_in_the_terminal(started, tmp_path, monkeypatch):
    typed = iter(["halo"])

    def listen(_prompt):
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", listen)

    code, _, _ = started("talk", "--transcript", "talk.txt")

    assert code == 0
    lines = (tmp_path / "talk.txt").read_text().splitlines()
    assert lines[0] == "> halo"
    assert lines[1].startswith("< ")


def test_the_command_is_a_module_too(kkb):
    code, out, _ = kkb("--help")

    assert code == 0
    assert "Kampung Keluarga Berkualitas" in out


def test_a_backup_comes_back(started):
    assert started("backup", "copy")[1].startswith("copy: written and checked")
    Path("var/kkb.db").unlink()

    assert started("restore", "copy") == (0, "copy: restored\n", "")
    assert JENGGOT in started("area", "list")[1]


def test_a_restore_that_would_overwrite_says_force(started):
    started("backup", "copy")

    code, _, err = started("restore", "copy")

    assert code == 1
    assert "--force" in err
    assert started("restore", "copy", "--force")[0] == 0
