"""A file of answers in, a file of scores out: the same text as one household at a time."""

import csv
import io
import random
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kkb_core.definitions import load
from kkb_core.definitions.packs import read_pack
from kkb_core.errors import InputRefused
from kkb_core.services.answer_file import ROWS_AT_ONCE
from kkb_core.services.score_columns import MANY_VALUES, ColumnScorer
from kkb_core.services.score_file import PARTS_AT_ONCE, FileScored, score_file
from kkb_core.survey.packs import Pack
from kkb_core.survey.questionnaire import QuestionType
from kkb_core.survey.scoring import score
from kkb_core.survey.telling import as_row, header

DEFINITIONS = load()
KKB = DEFINITIONS.questionnaire("kkb.v1")
EIGHT, IBANGGA = DEFINITIONS.pack("delapan_fungsi"), DEFINITIONS.pack("ibangga")
BANDS = ("0_23m", "2_4", "5_6", "7_15", "16_18", "19_24")


@pytest.fixture
def scored(tmp_path):
    """Write *content* to a file, score it, read the result back."""

    def scores(content: str | bytes, pack: Pack = EIGHT) -> str:
        source, target = tmp_path / "answers.csv", tmp_path / "scores.csv"
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        score_file(source, target, pack=pack, questionnaire=KKB)
        return target.read_bytes().decode()

    return scores


def in_rows(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def as_file(rows: list[dict[str, str]], columns: list[str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def one_by_one(rows: list[dict[str, str]], columns: list[str], pack: Pack) -> str:
    """What the scalar function says; a column left out is one of blanks."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header(pack))
    for row in rows:
        given = {name: row.get(name, "") if name in columns else "" for name in KKB.questions}
        writer.writerow(as_row(score(pack, KKB, given)))
    return text.getvalue()


def answers_to(name: str) -> st.SearchStrategy[str]:
    question = KKB.questions[name]
    match question.type:
        case QuestionType.SELECT_ONE:
            return st.sampled_from(["", "?", *(choice.name for choice in question.choices)])
        case QuestionType.SELECT_MULTIPLE:
            alone = [choice.name for choice in question.choices if choice.exclusive]
            together = [choice.name for choice in question.choices if not choice.exclusive]
            picked = st.lists(st.sampled_from(together), min_size=1, unique=True).map(" ".join)
            return st.sampled_from(["", "?", *alone]) | picked
        case QuestionType.DECIMAL:
            return st.sampled_from(["", "?", "4", "7.99", "8", "16", "23.5", "31.9", "32", "999"])
    return st.sampled_from(["", "?", "10", "14", "15", "19", "20", "29", "30"])


PROFILE = {"members", "kids", *(f"kids_{band}" for band in BANDS)}
SCORED = st.fixed_dictionaries(
    {name: answers_to(name) for name in KKB.questions if name not in PROFILE}
)


@st.composite
def families(draw) -> dict[str, str]:
    """Answers that a file may hold: what is not asked of the family may say anything."""
    answers = draw(SCORED)
    bands = draw(st.lists(st.sampled_from(BANDS), max_size=6))
    members = draw(st.sampled_from(["", "?", "1", str(len(bands) + draw(st.integers(1, 3)))]))
    chosen = " ".join(draw(st.permutations(sorted(set(bands)))))
    answers |= {
        "members": members,
        "kids": chosen or draw(st.sampled_from(["", "?", "tidak_ada"])),
    }
    for band in BANDS:
        counted = str(bands.count(band)) if band in bands else draw(st.sampled_from(["", "7"]))
        answers[f"kids_{band}"] = draw(st.sampled_from([counted, counted, counted, "", "?"]))
    return answers


@settings(deadline=None)
@given(
    rows=st.lists(families(), min_size=1, max_size=12),
    columns=st.lists(st.sampled_from(list(KKB.questions)), min_size=1, unique=True)
    | st.permutations(list(KKB.questions)),
    pack=st.sampled_from([EIGHT, IBANGGA]),
)
def test_the_file_says_the_very_same_as_one_household_at_a_time(
    tmp_path_factory, rows, columns, pack
):
    # A count is refused where the number of members it must be smaller than is left out.
    columns = columns if "members" in columns else [*columns, "members"]
    source = tmp_path_factory.mktemp("scored") / "answers.csv"
    source.write_text(as_file(rows, columns), encoding="utf-8")
    found = io.StringIO()

    score_file(source, found, pack=pack, questionnaire=KKB)

    assert found.getvalue() == one_by_one(rows, columns, pack)


def test_sums_beyond_sixty_four_bits_are_exact_too():
    primes = (99_999_989, 99_999_971, 99_999_959, 99_999_941, 99_999_931, 99_999_847)
    text = files("kkb_core").joinpath("scoring/delapan_fungsi.v1.toml").read_text("utf-8")
    for prime, item in zip(primes, ("AGM1", "SOS1", "EKO1", "PEN6", "LGK1", "LIN5"), strict=True):
        assert f'"{item}", weight = 200' in text
        text = text.replace(f'"{item}", weight = 200', f'"{item}", weight = {prime}')
    heavy = read_pack("delapan_fungsi.v1.toml", text.encode(), DEFINITIONS.questionnaires)
    answers = dict.fromkeys(("AGM1", "SOS1", "EKO1", "PEN6", "LIN5", "SOS2"), "ya")
    answers |= {"LGK1": "ledeng", "LGK3": "tidak", "AGM2": "kadang", "EKO4": "tidak"}
    answers |= {"PEN5": "tidak", "LIN7a": "ya"}
    scorer = ColumnScorer(heavy, KKB)

    scorer.take({name: [answer] for name, answer in answers.items()})

    blanks = dict.fromkeys(KKB.questions, "")
    assert [column[0] for column in scorer.scores()] == as_row(score(heavy, KKB, blanks | answers))


def test_rows_come_out_in_the_order_they_went_in(scored):
    draw = random.Random(7)
    worth = {"selalu": "100.0", "sering": "67.0", "kadang": "33.0", "tidak_pernah": "0.0"}
    answers = draw.choices(list(worth), k=2 * ROWS_AT_ONCE * PARTS_AT_ONCE + 3)

    lines = [f"{n},1,ya,{answer}" for n, answer in enumerate(answers)]
    found = in_rows(scored("\n".join(["id,members,elder,CIN7", *lines])))

    assert [row["id"] for row in found] == [str(n) for n in range(len(answers))]
    assert [row["cinta"] for row in found] == [worth[answer] for answer in answers]


def test_a_score_has_its_state_beside_it_and_is_blank_when_not_shown(scored):
    (row,) = in_rows(scored("members,AGM1,AGM2,AGM5a\n1,ya,,?\n"))

    assert (row["agama"], row["agama_state"]) == ("", "too_few_answers")
    assert (row["repro"], row["repro_state"]) == ("", "not_applicable")
    assert (row["total"], row["total_state"], row["krs"]) == ("", "too_few_answers", "no")


def test_ibangga_has_its_three_dimensions(scored):
    (row,) = in_rows(
        scored("members,EKO1,EKO2,EKO4,PEN6,LIN7a,LIN7b\n1,ya,ya,ya,ya,ya,tidak\n", IBANGGA)
    )

    assert list(row) == [
        *("ketenteraman", "ketenteraman_state", "kemandirian", "kemandirian_state"),
        *("kebahagiaan", "kebahagiaan_state", "ibangga", "ibangga_state", "krs"),
    ]
    assert (row["kemandirian"], row["ibangga_state"]) == ("80.0", "too_few_answers")


def test_household_and_id_are_handed_through_as_they_are(scored):
    text = scored('AGM1,id,household\nya,"a, ""b""", 007 \n')

    assert [*in_rows(text)[0].items()][:3] == [
        ("id", 'a, "b"'),
        ("household", " 007 "),
        ("agama", ""),
    ]


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
def test_a_spreadsheet_may_begin_and_end_lines_its_own_way(scored, start, line_end, end):
    text = f"{start}members,elder,CIN7\n1,ya,sering\n1, ya ,sering{end}".replace("\n", line_end)

    assert [row["cinta"] for row in in_rows(scored(text))] == ["67.0", "67.0"]


def test_a_file_with_semicolons_is_answered_with_semicolons(scored):
    text = scored("members;LGK4;LGK1;LGK2;LGK3\n4;31,9;ledeng;septik;ya\n")

    assert in_rows(text, ";")[0]["lingkungan"] == "85.7"


def test_an_answer_to_a_question_that_does_not_apply_never_counts(scored):
    alone = scored("members,AGM1,LIN5,EKO1\n1,ya,ya,ya\n")

    assert scored("members,AGM1,LIN5,EKO1,wife_age,LIN1\n1,ya,ya,ya,9,ya\n") == alone


def test_a_file_of_no_households_gives_the_headings(scored):
    assert in_rows(scored("AGM1\n")) == []


def test_counts_are_returned_and_standard_output_gets_the_whole(tmp_path):
    source, out = tmp_path / "a.csv", io.StringIO()
    source.write_text("members,LGK1,pregnant\n1,hujan,ya\n1,ledeng,ya\n", encoding="utf-8")

    counts = score_file(source, out, pack=EIGHT, questionnaire=KKB)

    assert counts == FileScored(households=2, with_total=0, at_risk=1)
    assert [row["krs"] for row in in_rows(out.getvalue())] == ["yes", "no"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty; its first line must name the questions"),
        ("\n\n", "is empty"),
        ("AGM1,AGM9\nya,ya\n", "line 1: there is no question 'AGM9'; did you mean"),
        ("AGM1,colour\nya,red\n", "line 1: there is no question 'colour'; remove the column"),
        ("AGM1,AGM5\nya,ya\n", "'AGM5'; it is asked in parts: AGM5a, AGM5b"),
        ("AGM1,,AGM2\nya,,\n", "there is no question ''"),
        ("AGM1,AGM1\nya,ya\n", "line 1: AGM1 stands twice; remove one"),
        ("id\n1\n", "line 1: names no question; add their columns"),
        ("AGM1,AGM2\nya,sering\nya\n", "line 3: has 1 cells and the first line 2"),
        ("AGM1,AGM2\nya,sering,ya\n", "line 2: has 3 cells and the first line 2"),
        ("AGM1,AGM2\nya,sering\n\nya,sering\n", "line 3: is empty; remove it"),
        ("AGM1\nya\nmungkin\n", "line 3, column AGM1: text of 7 characters is not one of its"),
        ("AGM1\nYa\n", "write ya, tidak, nothing for skipped or ? for not known"),
        ("AGM1\n1\n", "line 2, column AGM1: a number is not one of its choices"),
        ("kids\n2_4 3_4\n", "line 2, column kids: text of 3 characters is not one of its choices"),
        ("LIN2\na d\n", "line 2, column LIN2: d stands together with other choices"),
        ("members\nfour\n", "line 2, column members: text of 4 characters is no number"),
        ("members\n2.5\n", "line 2, column members: a broken number where a whole one is asked"),
        ("members\n31\n", "line 2, column members: an answer outside of . >= 1 and . <= 30"),
        (f"members\n{'9' * 5000}\n", "line 2, column members: a number is no number"),
        ("LGK4\nNaN\n", "line 2, column LGK4: text of 3 characters is no number"),
        ("LGK4\n1e2\n", "line 2, column LGK4: text of 3 characters is no number"),
        ("LGK4\n3\n", "Please type a number between 4 and 1000."),
        ("members,kids,kids_2_4\n3,2_4,3\n", "line 2, column kids_2_4: an answer outside of"),
        ("members,kids\n2,2_4 5_6\n", "line 2, column kids: an answer outside of"),
        ('id,AGM1\n"a\nb",ya\nc,yo\n', "line 4, column AGM1"),
        ('AGM1,AGM2\nya,"sering\n', "line 2: unexpected end of data; check the quotes"),
        ("AGM1\nya\n".encode("utf-16"), "is not UTF-8 text; save it again as CSV UTF-8"),
        (b"id,AGM1\nJos\xe9,ya\n", "is not UTF-8 text"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place_and_the_cure(scored, content, told):
    with pytest.raises(InputRefused) as error:
        scored(content)

    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_the_line_is_right_far_into_a_file(scored):
    rows = ["ya"] * (ROWS_AT_ONCE * PARTS_AT_ONCE + 5)

    with pytest.raises(InputRefused, match=f"line {len(rows) + 2}, column AGM1"):
        scored("\n".join(["AGM1", *rows, "nope"]))


def test_a_refusal_never_repeats_what_a_family_answered(scored):
    with pytest.raises(InputRefused) as error:
        scored("LIN1\nsuami\n")

    assert "suami" not in str(error.value)


def test_a_refused_file_leaves_the_earlier_result_as_it_was(tmp_path):
    source, target = tmp_path / "a.csv", tmp_path / "scores.csv"
    source.write_text("AGM1\n" + "ya\n" * 20_000 + "nope\n", encoding="utf-8")
    target.write_text("earlier", encoding="utf-8")

    with pytest.raises(InputRefused):
        score_file(source, target, pack=EIGHT, questionnaire=KKB)

    assert target.read_text() == "earlier"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.csv", "scores.csv"]


def test_a_refused_file_puts_nothing_on_standard_output(tmp_path):
    source, out = tmp_path / "a.csv", io.StringIO()
    source.write_text("AGM1\n" + "ya\n" * 20_000 + "nope\n", encoding="utf-8")

    with pytest.raises(InputRefused):
        score_file(source, out, pack=EIGHT, questionnaire=KKB)

    assert out.getvalue() == ""


def test_the_file_itself_is_never_overwritten(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("AGM1\nya\n", encoding="utf-8")

    with pytest.raises(InputRefused, match="give the result another name"):
        score_file(source, source, pack=EIGHT, questionnaire=KKB)

    assert source.read_text() == "AGM1\nya\n"


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("missing.csv", "out.csv", "missing.csv: cannot be read: No such file"),
        (".", "out.csv", "cannot be read: Is a directory"),
        ("a.csv", "nowhere/out.csv", "out.csv: cannot be written: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_opened_is_told(tmp_path, source, target, told):
    (tmp_path / "a.csv").write_text("AGM1\nya\n", encoding="utf-8")

    with pytest.raises(InputRefused, match=told):
        score_file(tmp_path / source, tmp_path / target, pack=EIGHT, questionnaire=KKB)


def test_what_is_remembered_of_a_file_does_not_grow_with_it():
    scorer = ColumnScorer(EIGHT, KKB)

    for batch in range(4):
        scorer.take({"LGK4": [f"{32 + batch + n / 1e4:.4f}" for n in range(MANY_VALUES + 1)]})
        scorer.scores()

    assert len(scorer._vocabularies["LGK4"]) < 2 * MANY_VALUES


@pytest.mark.parametrize("name", ["=1+1", "+62", "-2", "@SUM(1)", '=HYPERLINK("x")'])
def test_a_household_that_is_called_like_a_formula_comes_out_as_text(scored, name):
    quoted = name.replace('"', '""')

    (row,) = in_rows(scored(f'household,AGM1\n"{quoted}",ya\n'))

    assert row["household"] == f"'{name}"
