from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kkb_core.survey.expressions import REMEMBERED, ExpressionError, compiled

ANSWERS = {
    "ten": "10",
    "nine": "9",
    "skipped": "",
    "unknown": "?",
    "word": "abc",
    "kids": "2_4 5_6",
    "day": "2026-03-09",
}


@pytest.mark.parametrize(
    "source",
    [
        "${ten} > ${nine}",  # as numbers, not as words
        "${ten} = 10 and ${ten} = '10'",
        "${ten} = 10.0",
        "selected(${kids}, '2_4')",
        "not(selected(${kids}, '2'))",
        "not(selected(${missing}, '2_4'))",
        "count-selected(${kids}) = 2",
        "count-selected(${missing}) = 0",
        "selected-at(${kids}, 1) = '5_6'",
        "selected-at(${kids}, 7) = ''",
        "coalesce(${skipped}, ${unknown}, 3) = 3",
        "coalesce(${missing}, 0) + coalesce(${ten}, 0) > 9",
        "if(${ten} > 9, 'yes', 'no') = 'yes'",
        "if(${ten} > 9, true(), 5 mod ${skipped})",
        "regex(${word}, '[a-c]{3}')",
        "not(regex(${word}, 'ab'))",  # the whole of it, as in ODK
        "int(3.9) = 3 and int(-3.9) = -3",
        "round(2.5) = 3 and round(2.345, 2) = 2.35",
        "pow(2, 10) = 1024",
        "min(${ten}, ${nine}, ${missing}) = 9",
        "max(${ten}, ${nine}, ${missing}) = 10",
        "string-length(${word}) = 3",
        "concat(${word}, '-', ${missing}) = 'abc-'",
        "contains(${word}, 'b') and starts-with(${word}, 'a')",
        "date(${day}) > date('2026-03-08')",
        "true() and not(false())",
        "number(${ten}) div 4 = 2.5",
        "-${ten} < 0",
        "'it''s' = concat('it', \"'\", 's')",
    ],
)
def test_it_holds(source):
    assert compiled(source).holds(ANSWERS)


@pytest.mark.parametrize("name", ["missing", "skipped", "unknown"])
def test_what_is_not_known_makes_every_comparison_false(name):
    for comparison in ("> 0", "< 1", "= 0", "!= 0", "= 'a'", "!= 'a'", "+ 1 > 0", "+ ${ten} > 0"):
        assert not compiled(f"${{{name}}} {comparison}").holds(ANSWERS)


@pytest.mark.parametrize("empty", ["''", '""'])
def test_only_the_comparison_with_nothing_sees_what_is_missing(empty):
    for name in ("missing", "skipped", "unknown"):
        assert compiled(f"${{{name}}} = {empty}").holds(ANSWERS)
        assert compiled(f"{empty} = ${{{name}}}").holds(ANSWERS)
        assert not compiled(f"${{{name}}} != {empty}").holds(ANSWERS)
    assert compiled(f"${{ten}} != {empty}").holds(ANSWERS)
    assert compiled(f"{empty} != ${{ten}} and ${{nine}} > 3").holds(ANSWERS)


@pytest.mark.parametrize(
    "source",
    ["${word} > 3", "not(${word} > 3)", "5 mod ${skipped}", "${ten} mod 0", "date(${word}) > 0"],
)
def test_what_cannot_be_worked_out_is_false_and_empty(source):
    assert not compiled(source).holds(ANSWERS)
    assert compiled(source).value(ANSWERS) == ""


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("${ten}", "10"),
        ("${ten} + ${nine}", "19"),
        ("${ten} * 1000000000000", "10000000000000"),
        ("${ten} div 4", "2.5"),
        ("1 div 10000000", "0.0000001"),
        ("${ten} div 0", ""),
        ("${ten} + ${missing}", ""),
        ("coalesce(${missing}, 0)", "0"),
        ("number(${word})", ""),
        ("if(${ten} > 3, 'ya', 'tidak')", "ya"),
        ("${missing}", ""),
        ("${ten} > 3", "true"),
        ("${kids}", "2_4 5_6"),
    ],
)
def test_a_value_is_written_as_an_answer_is(source, value):
    assert compiled(source).value(ANSWERS) == value


def test_the_dot_is_the_value_under_test():
    constraint = compiled(". >= 1 and . <= ${ten}")

    assert constraint.holds(ANSWERS, "10")
    assert not constraint.holds(ANSWERS, "11")
    assert not constraint.holds(ANSWERS)
    assert compiled(". != ''").holds(ANSWERS, "x")


def test_it_knows_the_names_it_rests_on():
    assert compiled("${a} > 1 or selected(${b-c}, '${d}')").names == {"a", "b-c"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "empty"),
        ("${a", "character 1 .*'\\$' does not belong"),
        ("${a} > ", "unexpected end"),
        ("> 3", "unexpected '>'"),
        ("(${a} > 1", "character 1 .*never closed"),
        ("${a} > 1)", "character 9 .*closes nothing"),
        ("${a} == 3", "unexpected '='"),
        ("${a} ${b}", "unexpected"),
        ("${a} > 3 > 2", "unexpected"),
        ("members > 1", "members stands alone; write \\$\\{members\\}"),
        ("and", "and has nothing before it"),
        ("not(and(1))", "and has nothing before it"),
        ("sekali(${a})", "there is no function sekali\\(\\); there are abs"),
        ("doc('file:///etc/passwd')", "there is no function doc"),
        ("today() > ${a}", "character 1 .*today\\(\\) is not offered"),
        ("${a} = now()", "character 8 .*now\\(\\) is not offered"),
        ("selected(${a})", "'selected' function: Too few arguments"),
        ("if(1, 2)", "'if' function: Too few arguments"),
        ("regex(${a}, '[')", "regex pattern: unterminated"),
        ("${a}[1]", "'\\[' does not belong"),
        ("//a", "'/' does not belong"),
        ("'abc", "does not belong"),
        ("5 mod 0", "Division by zero"),
        ("(" * 60 + "1" + ")" * 60, "50 deep"),
        ("- " * 1900 + "1", "cannot be read"),
        ("1" * 5000, "longer than 4000"),
    ],
)
def test_a_mistake_is_told_with_its_place(source, said):
    with pytest.raises(ExpressionError, match=said):
        compiled(source)


@given(st.text(max_size=60) | st.text("${}ab().,'\"<>=!+-*/ 019 andorif", max_size=60))
@example("${a}.5")
def test_any_text_is_an_expression_or_an_expression_error(source):
    try:
        expression = compiled(source)
    except ExpressionError:
        return
    expression.holds({"a": "1", "b": "x"}, "3")


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text(max_size=80)), st.text())
def test_no_answer_can_make_it_raise(answers, value):
    for source in (
        "${a} > ${b} and . < 3",
        "round(${a} div ${b}, ${c})",
        "pow(${a}, ${b}) mod ${c}",
        "selected-at(${a}, ${b}) = int(.)",
        "substring(${a}, ${b})",
        "date(${a}) - date(.) > 1",
    ):
        compiled(source).holds(answers, value)
        compiled(source).value(answers, value)


def test_a_remembered_result_is_the_result():
    expression = compiled("${a} * 2")

    for number in (*range(REMEMBERED + 10), *range(10)):
        assert expression.value({"a": str(number)}) == str(number * 2)


def test_what_people_write_is_not_remembered():
    expression = compiled("string-length(${note}) > 3")

    assert expression.holds({"note": "rahasia " * 20})

    assert not any("rahasia" in str(key) for key in expression._known)


def test_threads_do_not_mix_their_answers():
    expression = compiled("${a} + ${b}")

    def check(number):
        return expression.value({"a": str(number), "b": "1"}) == str(number + 1)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(check, range(2000)))
