# ruff: noqa: RUF001  people write other digits and dashes than programmers do
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kkb_core.survey.events import Refusal
from kkb_core.survey.questionnaire import Choice, QuestionType
from kkb_core.survey.replies import LONGEST_TEXT, Refused, read, read_tap
from tests.kkb_core.survey.examples import EXAMPLE, said

QUESTIONS = EXAMPLE.questions


def answer(name, reply):
    question = QUESTIONS[name]
    return read(question, question.choices, reply)


def refusal(name, reply):
    with pytest.raises(Refused) as refused:
        answer(name, reply)
    return refused.value.refusal


@pytest.mark.parametrize(
    "reply",
    [
        *("ya", "Ya", "  YA!! ", "y", "iya", "yo", "Inggih", "inggih 🙏", "yes", "👍 ya"),
        *(
            "1",
            "1.",
            "(1)",
            "#1",
            "no 1",
            "No. 1",
            "nomor 1",
            "1️⃣",
            "１",
            "١",
            "satu",
            "siji",
            "one",
        ),
        *("y\u200ba", "\u202eya", "ya\x00", "iya bu", "ya, Pak"),
    ],
)
def test_yes_is_said_in_many_ways(reply):
    assert answer("couple", reply) == "ya"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Kadang-kadang", "kadang"),
        ("kadang kadang", "kadang"),
        ("Kadang‐kadang.", "kadang"),
        ("kad", "kadang"),
        ("kerep", "sering"),
        ("tidak", "tidak_pernah"),  # the only label that begins so
        ("tidak_pernah", "tidak_pernah"),
        ("pilihan 4", "tidak_pernah"),
        ("Some", "kadang"),
    ],
)
def test_a_choice_is_said_by_label_name_place_or_beginning(reply, value):
    assert answer("calm", reply) == value


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("", Refusal.NOT_A_CHOICE),
        ("🤷", Refusal.NOT_A_CHOICE),
        ("mbuh", Refusal.NOT_A_CHOICE),
        ("ka", Refusal.NOT_A_CHOICE),  # two letters are too few to guess from
        ("5", Refusal.NOT_A_CHOICE),
        ("0", Refusal.NOT_A_CHOICE),
        ("-1", "selalu"),
        ("1, 3", Refusal.NOT_A_CHOICE),
        ("selalu atau sering", Refusal.NOT_A_CHOICE),
        ("selalu" * 100, Refusal.NOT_A_CHOICE),
    ],
)
def test_what_is_not_one_choice_is_refused(reply, expected):
    if isinstance(expected, Refusal):
        assert refusal("calm", reply) is expected
    else:
        assert answer("calm", reply) == expected


def test_a_beginning_that_fits_two_choices_is_ambiguous():
    assert refusal("water", "xyz") is Refusal.NOT_A_CHOICE
    choices = (
        Choice(name="a", label=said("Sumur bor")),
        Choice(name="b", label=said("Sumur terbuka")),
    )

    with pytest.raises(Refused) as refused:
        read(QUESTIONS["water"], choices, "sumur")

    assert refused.value.refusal is Refusal.AMBIGUOUS
    assert read(QUESTIONS["water"], choices, "sumur b") == "a"


def test_what_is_written_on_a_choice_comes_before_its_place():
    choices = tuple(Choice(name=f"n{n}", label=said(str(n))) for n in range(4))

    assert read(QUESTIONS["water"], choices, "1") == "n1"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("2-4 tahun", "2_4"),
        ("2–4", "2_4"),
        ("3", "2_4"),
        ("7", "7_15"),
        ("umur 7", "7_15"),
        ("7 tahun", "7_15"),
        ("30 bulan", "2_4"),
        ("2, 12", "2_4 7_15"),
        ("15 dan 4", "2_4 7_15"),
        ("4 lan 5", "2_4 5_6"),
        ("3 9", "2_4 7_15"),
        ("3, 5, 7 tahun", "2_4 5_6 7_15"),
        ("4\n6", "2_4 5_6"),
        ("2,3,4", "2_4"),
        ("2-4 tahun, 5-6 tahun", "2_4 5_6"),
        ("2-4 tahun 5-6 tahun", "2_4 5_6"),
        ("2-4 5-6 dan 7-15", "2_4 5_6 7_15"),
        ("2_4 5_6", "2_4 5_6"),
        ("kosong", "tidak_ada"),
        ("Tidak ada.", "tidak_ada"),
    ],
)
def test_several_choices_in_one_reply(reply, value):
    assert answer("kids", reply) == value


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("1", Refusal.NOT_A_CHOICE),  # no such age; a place in the list is not meant
        ("16 tahun", Refusal.NOT_A_CHOICE),
        ("3 anak", Refusal.NOT_A_CHOICE),
        ("tidak ada, 3", Refusal.EXCLUSIVE),
        ("tidak ada, 2-4", Refusal.EXCLUSIVE),
        ("1-3", Refusal.NOT_A_CHOICE),  # one and three, or one to three?
        ("3, 99", Refusal.NOT_A_CHOICE),
        ("1, mbuh", Refusal.NOT_A_CHOICE),
        (",,,", Refusal.NOT_A_CHOICE),
    ],
)
def test_several_choices_that_do_not_go_together(reply, expected):
    assert refusal("kids", reply) is expected


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("5", "5"),
        (" 5. ", "5"),
        ("５", "5"),
        ("٥", "5"),
        ("007", "7"),
        ("5 orang", "5"),
        ("5orang", "5"),
        ("ada 5 anak bu", "5"),
        ("lima", "5"),
        ("Gangsal tiyang", "5"),
        ("telu", "3"),
        ("dua belas", "12"),
        ("rong puluh", "20"),
        ("twenty", "20"),
        ("dua puluh lima", "25"),
        ("tiga puluh", "30"),
        ("tiga puluh dua tahun", "32"),
        ("telung puluh siji", "31"),
        ("kalih dasa gangsal", "25"),
        ("seket loro", "52"),
        ("thirty-two", "32"),
        ("nol", "0"),
        ("5,0", "5"),
        ("1.000", "1000"),
        ("-3", "-3"),
        ("−3", "-3"),
        ("-0", "0"),
        ("999999999999999", "999999999999999"),
    ],
)
def test_whole_numbers(reply, value):
    assert answer("members", reply) == value


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("banyak", Refusal.NOT_A_NUMBER),
        ("", Refusal.NOT_A_NUMBER),
        ("5-6", Refusal.NOT_A_NUMBER),
        ("5 atau 6", Refusal.NOT_A_NUMBER),
        ("dua tiga", Refusal.NOT_A_NUMBER),
        ("dua puluh sebelas", Refusal.NOT_A_NUMBER),
        ("kurang dari 5", Refusal.NOT_A_NUMBER),
        ("5 ribu", Refusal.NOT_A_NUMBER),
        ("1e5", Refusal.NOT_A_NUMBER),
        ("0x10", Refusal.NOT_A_NUMBER),
        ("9" * 16, Refusal.NOT_A_NUMBER),
        ("9" * 4096, Refusal.NOT_A_NUMBER),
        ("1.2.3", Refusal.NOT_A_NUMBER),
        ("nan", Refusal.NOT_A_NUMBER),
        ("½", Refusal.NOT_A_NUMBER),
        ("𐩀", Refusal.NOT_A_NUMBER),
        ("5,5", Refusal.NOT_WHOLE),
        ("2.5 orang", Refusal.NOT_WHOLE),
    ],
)
def test_what_is_not_one_whole_number(reply, expected):
    assert refusal("members", reply) is expected


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("36", "36"),
        ("36 m2", "36"),
        ("36m²", "36"),
        ("36 meter persegi", "36"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("12.50", "12.5"),
        ("1.000", "1000"),  # a thousand, as Indonesians write it
        ("0.500", "0.5"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
    ],
)
def test_numbers_with_a_fraction(reply, value):
    assert answer("floor", reply) == value


def test_a_comma_before_three_digits_is_asked_about_rather_than_guessed():
    assert refusal("floor", "1,000") is Refusal.NOT_A_NUMBER


@pytest.mark.parametrize(
    "reply",
    [
        *("2026-03-09", "9/3/2026", "09/03/2026", "9-3-26", "9.3.2026", "9 3 2026", "2026/3/9"),
        *("9 Maret 2026", "9 mar 26", "Senin, 9 Maret 2026", "tgl 9 maret 2026", "March 9, 2026"),
        *("9th March 2026", "9-Mar-2026", "Jum'at 9 Maret 2026", "٩/٣/٢٠٢٦"),
    ],
)
def test_one_date_in_many_ways(reply):
    assert answer("since", reply) == "2026-03-09"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("1 Agu 2025", "2025-08-01"),
        ("1 Okt 2025", "2025-10-01"),
        ("31 Des 2025", "2025-12-31"),
        ("17 Agustus 1945", "1945-08-17"),
        ("5 Fèbruari 2026", "2026-02-05"),
        ("29/2/2024", "2024-02-29"),
        ("1-1-69", "1969-01-01"),
        ("1-1-68", "2068-01-01"),
    ],
)
def test_months_and_years_by_their_short_names(reply, value):
    assert answer("since", reply) == value


@pytest.mark.parametrize(
    "reply",
    [
        *("", "kemarin", "9/3", "31/2/2026", "29/2/2025", "0/0/0000", "9/13/2026", "1/1/0001"),
        *("9/3/2026 10:00", "9999999999/1/2026", "9 Foo 2026", "Maret Maret Maret", "9/3/202"),
    ],
)
def test_what_is_no_date(reply):
    assert refusal("since", reply) is Refusal.NOT_A_DATE


def test_text_is_kept_as_written_but_for_what_nobody_sees():
    assert answer(
        "note", "  Alhamdulillah <b>sehat</b> 👨‍👩‍👧\r\nNggih.\x00\x07\ud800\u202e "
    ) == ("Alhamdulillah <b>sehat</b> 👨‍👩‍👧\nNggih.")
    assert answer("note", "x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    assert refusal("note", "x" * (LONGEST_TEXT + 1)) is Refusal.TOO_LONG
    assert refusal("note", " \u200d\u200b\x00 ") is Refusal.NOTHING_CHOSEN


@pytest.mark.parametrize(
    ("name", "reply", "value"),
    [("couple", "ya", "ya"), ("kids", "5_6 2_4", "2_4 5_6"), ("members", "5", "5")],
)
def test_a_tap_names_choices_exactly(name, reply, value):
    question = QUESTIONS[name]
    assert read_tap(question, question.choices, reply) == value


@pytest.mark.parametrize(
    ("name", "reply", "expected"),
    [
        ("couple", "1", Refusal.NOT_A_CHOICE),
        ("couple", "Ya", Refusal.NOT_A_CHOICE),
        ("couple", "", Refusal.NOT_A_CHOICE),
        ("couple", "ya tidak", Refusal.NOT_A_CHOICE),
        ("kids", "2_4 9_9", Refusal.NOT_A_CHOICE),
        ("kids", "", Refusal.NOTHING_CHOSEN),
        ("kids", "2_4 tidak_ada", Refusal.EXCLUSIVE),
    ],
)
def test_a_forged_tap_is_refused(name, reply, expected):
    question = QUESTIONS[name]
    with pytest.raises(Refused) as refused:
        read_tap(question, question.choices, reply)
    assert refused.value.refusal is expected


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=200)


@given(
    ANYTHING | st.text("0123456789.,-+/ 年一١", max_size=40), st.sampled_from(sorted(QUESTIONS))
)
@example("\ud800\x00\u202e" * 1365, "note")
@example("ﷺ" * 4096, "note")
@example("ﷺ" * 200, "couple")
@example("1" * 4096, "floor")
@example("1," * 100, "kids")
@example("satu " * 40, "kids")
@example("-" * 200, "since")
def test_any_reply_is_an_answer_or_refused(reply, name):
    question = QUESTIONS[name]
    try:
        value = read(question, question.choices, reply)
    except Refused:
        return
    assert value not in ("", "?") or question.type is QuestionType.TEXT
    value.encode("utf-8")
