"""The papers: right in every number, hiding what is small, kept on record, whole on every page."""

from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import select

from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.messaging import Language
from kkb_core.reports.papers import pages
from kkb_core.reports.tables import Format
from kkb_core.reports.village_paper import village_paper
from kkb_core.roles import Role, Scope
from kkb_core.services import reporting
from kkb_core.services.areas import add_area
from kkb_core.services.reporting import Report, Request, make, rollup_rows
from kkb_core.storage.tables import audit
from kkb_core.summary.cells import hidden
from tests.kkb_core.services.answered import (
    JENGGOT,
    MONDAY,
    READ,
    recomputed,
    settle,
    works,
)


def made(tx, report, **changed):
    return make(tx, READ, Request(report=report, code=JENGGOT, **changed), now=MONDAY)


def sheet(content, name):
    return list(openpyxl.load_workbook(BytesIO(content))[name].iter_rows(values_only=True))


def test_the_month_has_a_row_for_each_rt_and_totals_that_add_up(tx):
    settle(tx)

    rows = [row for row in sheet(made(tx, Report.MONTH).content, "RT")[4:] if row[2] is not None]

    rts = [row for row in rows if row[1] and row[1] != "\u2013"]
    assert len(rts) == 12
    assert rows[-1][0] == "Seluruh kampung"
    assert sum(int(row[2]) for row in rts) == rows[-1][2] == 40
    assert sum(int(row[3]) for row in rts) == rows[-1][3]


def test_no_count_of_answers_in_the_month_is_below_five(tx):
    settle(tx)

    rows = sheet(made(tx, Report.MONTH).content, "RT")[4:18]

    counts = [cell for row in rows for cell in row[5:] if isinstance(cell, int)]
    assert counts
    assert all(count == 0 or count >= 5 for count in counts)


@pytest.mark.parametrize("language", Language)
def test_the_paragraph_for_the_portal_is_ready_to_paste(tx, language):
    settle(tx)

    ((words,),) = sheet(
        made(tx, Report.MONTH, language=language).content,
        {"id": "Deskripsi", "jv": "Deskripsi", "en": "Description"}[language],
    )

    assert "Jenggot" in words
    assert "{" not in words
    assert "\n" not in words


@pytest.mark.parametrize("report", [Report.VILLAGE, Report.BINDER])
@pytest.mark.parametrize("language", Language)
def test_the_pdf_papers_can_be_made_in_every_language(tx, report, language):
    settle(tx, 12)

    assert made(tx, report, language=language).content.startswith(b"%PDF-")


def test_the_report_is_two_pages_and_says_what_the_week_says(tx):
    settle(tx)
    village = reporting.gathered(tx, READ, JENGGOT, now=MONDAY)
    facts = reporting.facts_of(tx, READ, village, Language.ID, now=MONDAY)

    paper = village_paper(facts)

    assert len(pages(paper, ppi=20)) == 2
    table = next(part.table for part in paper.parts if part.heading == "Delapan fungsi keluarga")
    assert [row.cells[1] for row in table.rows] == [
        str(one.households) for one in facts.told.week.functions
    ]


async def test_the_roll_up_has_the_figures_of_the_raw_answers(database):
    def work(tx):
        village = settle(tx)
        rows = list(rollup_rows(tx, READ, JENGGOT, now=MONDAY))
        return rows, recomputed(tx, village.homes, village.current)

    (head, whole, *_), raw = await database.run(work)

    told = dict(zip(head, whole, strict=True))
    for name, values in raw.items():
        assert told[f"{name}_n"] == len(values)
        assert told[name] == round(sum(values) / len(values)) / 10


def test_the_roll_up_hides_the_same_whichever_part_of_the_round_is_cut_out(tx):
    settle(tx)
    add_area(tx, "33.75.04.1010")

    whole = list(rollup_rows(tx, READ, JENGGOT, now=MONDAY))

    head = whole[0]
    cells = {
        tuple(one for one in ("v", row[2], row[3]) if one is not None): row for row in whole[1:]
    }
    at = head.index("agama_n")
    shown = {place: row[at] for place, row in cells.items() if row[at] is not None}
    assert all(count >= 5 for count in shown.values())
    for place, count in shown.items():
        parts = [shown.get(one) for one in cells if one[:-1] == place]
        missing = [one for one in parts if one is None]
        left = count - sum(one for one in parts if one is not None)
        assert not parts or not missing or (len(missing) > 1 and left >= 5) or left == 0


def test_csv_and_xlsx_roll_ups_say_the_same(tx):
    settle(tx)

    text = made(tx, Report.ROLLUP, form=Format.CSV).content.decode("utf-8-sig").splitlines()
    rows = sheet(made(tx, Report.ROLLUP).content, "Sheet1")

    assert len(text) == len(rows)
    assert text[0].split(",")[:7] == list(rows[0][:7])


def test_making_a_paper_is_on_record(tx):
    village = settle(tx, 6)

    made(tx, Report.BINDER, by=village.coordinator)

    asked = select(audit.c.actor, audit.c.detail).where(audit.c.act == "make_report")
    ((actor, detail),) = tx.execute(asked).all()
    assert actor == village.coordinator
    assert detail == {"report": "binder", "area": JENGGOT}


@pytest.mark.parametrize("role", [Role.CADRE, Role.VIEWER, Role.PROTECTION, Role.FAMILY])
def test_who_may_not_export_gets_no_paper(tx, role):
    settle(tx, 1)
    person = works(tx, "somebody", role, Scope(JENGGOT))

    with pytest.raises(NotAllowed):
        made(tx, Report.VILLAGE, by=person)


@pytest.mark.parametrize(
    ("code", "report", "words"),
    [
        ("33.75", Report.VILLAGE, "no village"),
        ("33.75.04.1010", Report.VILLAGE, "does not take part"),
        ("33.75.04", Report.ROLLUP, "has had no round"),
    ],
)
def test_what_cannot_be_made_is_refused_with_the_cure(tx, code, report, words):
    settle(tx, 1)

    with pytest.raises(InputRefused, match=words):
        make(tx, READ, Request(report=report, code=code), now=MONDAY)


def test_unknown_places_are_hidden_with_their_neighbours():
    cells = {("v",): (30,), ("v", "1"): (4,), ("v", "2"): (26,)}

    assert hidden(cells) == {("v", "1"), ("v", "2")}
