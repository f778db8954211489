"""`kkb broadcast` and `kkb outbox`, as an operator types them."""

import asyncio

import pytest
from sqlalchemy import update

from bot.__main__ import main
from kkb_core.storage import Database, outbox
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.tables import outbox as rows
from tests.kkb_core.storage.broadcasting import join_in
from tests.kkb_core.storage.village import DAY, JENGGOT, NOW, add_areas, add_household


def fill(tx):
    add_areas(tx, JENGGOT)
    for number in range(6):
        join_in(tx, f"f{number}", add_household(tx, rt=1 + number % 2))
    wanted = [
        Wanted(
            kind="reminder",
            person_id=one,
            dedupe_key=f"r:{one}",
            not_before=NOW,
            not_after=NOW + DAY,
        )
        for one in (1, 2)
    ]
    outbox.put(tx, wanted, now=NOW)
    failed = update(rows).where(rows.c.person_id == 1)
    tx.execute(failed.values(state="failed", reason="unreachable"))


@pytest.fixture
def kkb(sqlite_url, tmp_path, monkeypatch, capsys):
    """Run a command over a village of six families; its exit code, stdout and stderr."""
    database = Database.open(sqlite_url)
    database.run_now(fill)
    asyncio.run(database.close())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KKB_DATABASE__URL", sqlite_url)
    (tmp_path / "text.txt").write_text("Posyandu besok", encoding="utf-8")

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        told = capsys.readouterr()
        return left.value.code or 0, told.out, told.err

    return run


ANNOUNCE = ("broadcast", "--file", "text.txt", "--segment")


def test_a_dry_run_counts_and_keeps_nothing(kkb):
    code, out, _ = kkb(*ANNOUNCE, "area:33.75.04.1004 and rt:1", "--dry-run")

    assert (code, out.splitlines()[0]) == (0, "eligible: 3")
    assert "takes 1 s, ends about" in out
    assert kkb("outbox", "show")[1].splitlines()[1:] == ["-\t2\t0\t1\t0\t0\t0\t0\t0\t1"]


def test_an_announcement_is_queued_and_shown_and_stopped(kkb):
    code, out, _ = kkb(*ANNOUNCE, "area:33.75.04.1004")
    assert code == 0
    assert "announcement 1 is on its way" in out

    assert "1\t6\t0\t0\t0\t0\t0\t0\t0\t6" in kkb("outbox", "show", "--broadcast", "1")[1]
    assert kkb("outbox", "cancel", "--broadcast", "1")[1] == "announcement 1 is stopped\n"
    assert "1\t6\t0\t0\t0\t0\t0\t0\t6\t0" in kkb("outbox", "show")[1]


def test_many_wait_for_somebody_in_the_chat(kkb, monkeypatch):
    monkeypatch.setenv("KKB_BROADCAST__APPROVE_ABOVE", "5")

    _, out, _ = kkb(*ANNOUNCE, "all")

    assert "announcement 1 waits until somebody agrees in the chat" in out


def test_what_failed_is_queued_anew_once(kkb):
    assert kkb("outbox", "retry", "--kind", "reminder")[1] == "1 queued anew\n"
    assert kkb("outbox", "retry")[1] == "0 queued anew\n"


def test_what_waits_is_taken_back_by_kind(kkb):
    assert kkb("outbox", "cancel", "--kind", "reminder")[1] == "1 cancelled\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((*ANNOUNCE, "kind:prgnant"), "'kind:prgnant': did you mean pregnant?"),
        ((*ANNOUNCE, "rw:77"), "--segment: nobody would get it"),
        (("broadcast", "--file", "no.txt", "--segment", "all"), "no.txt: cannot be read"),
        (("broadcast", "--file", "empty.txt", "--segment", "all"), "the text is empty"),
        (("broadcast", "--file", "long.txt", "--segment", "all"), "has 5000 characters"),
        (("outbox", "cancel"), "say which: --broadcast, --kind or --id"),
        (("outbox", "cancel", "--broadcast", "9"), "there is no announcement 9"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_keeps_nothing(kkb, tmp_path, arguments, told):
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    (tmp_path / "long.txt").write_text("x" * 5_000, encoding="utf-8")

    code, _, err = kkb(*arguments)

    assert code == 1
    assert told in err
    assert len(err.splitlines()) == 1
