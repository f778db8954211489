"""What answers score: the golden table, the rules one by one, and what must hold for any household."""

from fractions import Fraction
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkb_core.definitions import load
from kkb_core.definitions.packs import read_pack
from kkb_core.survey.applicable import applicable
from kkb_core.survey.packs import Pack
from kkb_core.survey.scoring import Band, Score, State, score
from kkb_core.survey.telling import as_row, explained, header, next_steps, strong, written
from kkb_core.survey.worth import AnswerState
from tests.kkb_core.survey import households

DEFINITIONS = load()
KKB = DEFINITIONS.questionnaire("kkb.v1")
EIGHT, IBANGGA = DEFINITIONS.pack("delapan_fungsi"), DEFINITIONS.pack("ibangga")
_, EIGHT_ROWS, IBANGGA_ROWS = households.tables()
PROFILES = households.profiles()
SHOWN = {State.TOO_FEW_ANSWERS: "...", State.NOT_APPLICABLE: "-"}


def scored(household: str, answers: str, pack: Pack = EIGHT) -> Score:
    return score(pack, KKB, households.answered(EIGHT, household, answers))


def as_in_table(result: Score) -> dict[str, str]:
    return {
        one.name: SHOWN.get(one.state, written(one.tenths))
        for one in (*result.scales, result.total)
    }


@pytest.mark.parametrize(
    "row", EIGHT_ROWS, ids=lambda row: f"{row['household']}, {row['answers']}"
)
def test_the_golden_table_of_the_eight_functions_comes_out_again(row):
    result = scored(row["household"], row["answers"])

    found = as_in_table(result) | {"krs": "yes" if result.krs.at_risk else "no"}

    assert found == {key: row[key] for key in found}


@pytest.mark.parametrize(
    "row", IBANGGA_ROWS, ids=lambda row: f"{row['household']}, {row['answers']}"
)
def test_the_golden_table_of_ibangga_comes_out_again(row):
    found = as_in_table(scored(row["household"], row["answers"], IBANGGA))

    assert found == {key: row[key] for key in found}


@pytest.mark.parametrize(
    ("household", "items", "taps"),
    [
        ("lone elder", 26, 29),
        ("elder couple", 36, 39),
        ("mother and child of 10", 44, 47),
        ("couple with baby", 42, 47),
        ("three generations", 53, 59),
    ],
)
def test_the_profile_decides_how_much_is_asked(household, items, taps):
    everything_ill = PROFILES[household] | {"LIN7a": "ya"}

    names = applicable(KKB, everything_ill).names

    asked = [KKB.questions[name] for name in names if KKB.questions[name].section != "profile"]
    assert (len({question.item for question in asked}), len(asked)) == (items, taps)


def state_of(item: str, answers: dict[str, str]) -> AnswerState:
    result = score(EIGHT, KKB, answers)
    return next(
        one.state for scale in result.scales for one in scale.contributions if one.item == item
    )


@pytest.mark.parametrize(
    ("item", "answers", "state"),
    [
        ("EKO1", {"EKO1": "ya"}, "answered"),
        ("EKO1", {"EKO1": ""}, "skipped"),
        ("EKO1", {"EKO1": "?"}, "unknown"),
        ("EKO1", {}, "unanswered"),
        ("AGM3", {"members": "1", "AGM3": "selalu"}, "not_applicable"),
        ("PEN5", {"PEN5": "tidak_ada"}, "not_scored"),
        ("LGK4", {"members": "4", "LGK4": ""}, "not_scored"),
        ("LGK4", {"members": "4", "LGK4": "?"}, "not_scored"),
        ("LGK4", {"members": "4"}, "unanswered"),
        ("LGK4", {"members": "?", "LGK4": "60"}, "not_scored"),
        ("LGK4", {"members": "4", "LGK4": "32"}, "answered"),
        ("AGM5", {"AGM5a": "selalu"}, "unanswered"),
        ("AGM5", {"AGM5a": "selalu", "AGM5b": ""}, "skipped"),
        ("AGM5", {"AGM5a": "selalu", "AGM5b": "?"}, "unknown"),
        ("AGM5", {"AGM5a": "selalu", "AGM5b": "kadang"}, "answered"),
    ],
)
def test_what_became_of_an_item_is_told_apart(item, answers, state):
    assert state_of(item, answers) == state


@pytest.mark.parametrize(
    ("area", "members", "points"),
    [("32", "4", 100), ("31.9", "4", 0), ("8", "1", 100), ("7", "1", 0)],
)
def test_eight_square_metres_a_person_are_enough(area, members, points):
    result = score(EIGHT, KKB, {"members": members, "LGK4": area})

    floor = next(one for one in result.scale("lingkungan").contributions if one.item == "LGK4")
    assert floor.points == points


def test_a_choice_the_household_is_not_offered_never_counts():
    no_couple = PROFILES["mother and child of 10"]

    assert state_of("LIN2", no_couple | {"LIN2": "b"}) == "unanswered"
    assert state_of("LIN2", no_couple | {"LIN2": "a b"}) == "answered"


def test_an_answer_left_over_from_an_earlier_profile_never_counts():
    alone = households.answered(EIGHT, "lone elder", "best")

    with_leftovers = alone | {"couple": "ya", "LIN1": "ya", "REP1a": "tidak", "kids_2_4": "3"}

    assert score(EIGHT, KKB, with_leftovers) == score(EIGHT, KKB, alone)


@pytest.mark.parametrize(
    ("skipped", "state"),
    [
        ("EKO4=blank EKO5=blank", "shown"),  # 6 of 9 by weight
        ("EKO3=blank EKO4=blank EKO5=blank", "too_few_answers"),  # 5 of 9
        ("EKO1=blank EKO4=blank", "too_few_answers"),  # 5 of 9
    ],
)
def test_a_function_is_shown_from_sixty_percent_of_its_weight(skipped, state):
    assert scored("lone elder", f"best {skipped}").scale("ekonomi").state == state


def test_exactly_sixty_percent_is_enough():
    result = scored("lone elder", "best AGM2=blank AGM6=blank")  # 3 of 5

    assert result.scale("agama").state is State.SHOWN


def test_one_answer_is_enough_where_only_one_question_applies():
    assert scored("lone elder", "blank CIN7=sering").scale("cinta").tenths == 670


def test_one_answer_is_not_enough_where_two_questions_apply():
    heavy = pack_with({'"PEN6", weight = 200': '"PEN6", weight = 900'})

    result = score(heavy, KKB, {"members": "1", "PEN6": "ya"})

    assert result.scale("didik").state is State.TOO_FEW_ANSWERS


def test_a_function_whose_items_are_all_not_scored_does_not_apply():
    only_reading = pack_with({'"PEN6", weight = 200': '"PEN6", weight = 0'})

    result = score(only_reading, KKB, {"members": "1", "PEN5": "tidak_ada", "PEN6": "ya"})

    assert result.scale("didik").state is State.NOT_APPLICABLE


def test_a_total_needs_three_quarters_of_the_functions():
    six_of_eight = "best " + " ".join(f"SOS{n}=blank EKO{n}=blank" for n in range(1, 7))
    five_of_eight = six_of_eight + " " + " ".join(f"PEN{n}=blank" for n in range(1, 8))

    assert scored("couple with baby", six_of_eight).total.tenths == 1000
    assert scored("couple with baby", five_of_eight).total.state is State.TOO_FEW_ANSWERS


def pack_with(changes: dict[str, str]) -> Pack:
    text = files("kkb_core").joinpath("scoring/delapan_fungsi.v1.toml").read_text("utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return read_pack("delapan_fungsi.v1.toml", text.encode(), DEFINITIONS.questionnaires)


@pytest.mark.parametrize(
    ("worship", "study", "shown", "band"),
    [
        (5996, 4004, "60.0", Band.LOW),  # rounds up to the limit, and lies below it
        (6000, 4000, "60.0", Band.MIDDLE),
        (8000, 2000, "80.0", Band.MIDDLE),
        (8004, 1996, "80.0", Band.HIGH),
        (6005, 3995, "60.0", Band.MIDDLE),  # 60.05 is rounded to the even tenth
        (6015, 3985, "60.2", Band.MIDDLE),
    ],
)
def test_the_exact_score_decides_the_band_and_the_shown_one_is_rounded_to_even(
    worship, study, shown, band
):
    pack = pack_with(
        {
            '"AGM1", weight = 200': f'"AGM1", weight = {worship}',
            '"AGM2", weight = 100': f'"AGM2", weight = {study}',
            '"AGM5", weight = 100': '"AGM5", weight = 0',
            '"AGM6", weight = 100': '"AGM6", weight = 0',
        }
    )

    found = score(pack, KKB, {"members": "1", "AGM1": "ya", "AGM2": "tidak_pernah"}).scale("agama")

    assert (written(found.tenths), found.band) == (shown, band)


TARGET = "members=5 couple=ya wife_age=30 pregnant=tidak LGK1=ledeng LGK2=septik"


@pytest.mark.parametrize(
    ("differing", "at_risk", "factors"),
    [
        ("", False, ()),
        ("LGK1=hujan", True, ("water",)),
        ("LGK2=umum", True, ("toilet",)),
        ("wife_age=19", True, ("too_young",)),
        ("wife_age=20", False, ()),
        ("wife_age=34", False, ()),
        ("wife_age=35", True, ("too_old",)),
        ("wife_age=40", True, ("too_old",)),
        ("wife_age=41", False, ()),
        ("kids=7_15 kids_7_15=2 youngest_gap=1", True, ("too_close",)),
        ("kids=7_15 kids_7_15=2 youngest_gap=2", False, ()),
        ("kids=2_4+19_24 kids_2_4=1 kids_19_24=2 youngest_gap=9", True, ("too_many",)),
        ("wife_age=50 LGK1=hujan", False, ()),  # not of the target
        ("wife_age=50 LGK1=hujan pregnant=ya", True, ("water",)),
        ("wife_age=50 LGK1=hujan kids=2_4 kids_2_4=1", True, ("water",)),
        ("couple=tidak LGK1=hujan", False, ()),  # the wife's age no longer applies
        ("LGK1=blank", False, ()),  # what is not known makes no risk
    ],
)
def test_the_risk_of_stunting_follows_its_rule(differing, at_risk, factors):
    answers = households.written(TARGET) | households.written(differing)

    found = score(EIGHT, KKB, answers).krs

    assert (found.at_risk, found.factors) == (at_risk, factors)


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        (TARGET + " kids=? LGK1=?", ("kids", "LGK1")),
        (TARGET + " kids=7_15 kids_7_15=2", ("youngest_gap",)),
        ("members=1 pregnant=? LGK1=?", ("pregnant",)),  # is it of the target at all?
        ("members=1 pregnant=tidak LGK1=?", ()),  # it is not, so its water makes no difference
        ("members=? pregnant=tidak", ("members",)),  # a wife or children may yet be told of
        ("members=2 couple=? pregnant=tidak kids=2_4", ("couple", "kids_2_4")),
    ],
)
def test_the_facts_that_are_missing_for_the_risk_are_named(answers, missing):
    given_answers = {"LGK2": "septik"} | households.written(answers)
    given_answers.setdefault("kids", "tidak_ada")

    assert score(EIGHT, KKB, given_answers).krs.missing == missing


@pytest.mark.parametrize(
    ("method", "extra"),
    [("mkjp", ()), ("suntik_pil_kondom", ()), ("tradisional", ("no_modern_kb",)), ("", ())],
)
def test_not_using_modern_kb_is_shown_beside_and_makes_no_risk(method, extra):
    found = score(EIGHT, KKB, households.written(TARGET) | {"REP2": method}).krs

    assert (found.extra, found.at_risk) == (extra, False)


def test_both_packs_name_the_same_risk():
    assert EIGHT.krs == IBANGGA.krs


def steps(answers: str, *, limit: int = 3) -> tuple[str, ...]:
    known = households.answered(EIGHT, "couple with baby", answers)
    return next_steps(EIGHT, KKB, score(EIGHT, KKB, known), known, limit=limit)


def test_the_next_steps_are_what_was_lost_most():
    answers = "best AGM2=kadang SOS2=tidak CIN3=tidak EKO4=tidak"

    assert steps(answers) == ("CIN3", "EKO4", "SOS2")
    assert steps(answers, limit=9) == ("CIN3", "EKO4", "SOS2", "AGM2")


def test_what_cannot_wait_comes_before_habits():
    assert steps("worst EKO6=tidak") == ("EKO3", "EKO1", "EKO2")
    assert steps("best AGM1=tidak CIN1=tidak SOS1=tidak REP6=tidak")[0] == "REP6"
    assert steps("best AGM1=tidak LGK3=tidak") == ("AGM1", "LGK3")


@pytest.mark.parametrize(
    "answer",
    ["LIN1=ya", "LIN2=a", "EKO6=ya", "AGM1=blank", "AGM1=?", "PEN5=tidak_ada", "AGM2=sering"],
)
def test_nothing_sensitive_skipped_or_good_becomes_a_next_step(answer):
    assert steps(f"best {answer}") == ()


def test_what_is_strong_is_told_in_the_legal_order():
    result = scored("couple with baby", "best SOS1=tidak EKO1=tidak EKO2=tidak")

    assert strong(result) == ("agama", "cinta", "lindung", "repro", "didik", "lingkungan")


def test_a_row_of_scores_has_a_column_for_each_heading():
    row = dict(zip(header(EIGHT), as_row(scored("lone elder", "best")), strict=True))

    assert list(row)[:4] == ["agama", "agama_state", "sosbud", "sosbud_state"]
    assert list(row)[-3:] == ["total", "total_state", "krs"]
    assert (row["agama"], row["repro"], row["repro_state"]) == ("100.0", "", "not_applicable")


def test_an_explanation_holds_only_what_json_can_keep():
    found = explained(scored("lone elder", "best AGM5a=sering"))

    agama = found["scales"][0]
    assert (agama["tenths"], agama["band"]) == (967, "high")
    assert agama["contributions"][4] == {
        "item": "AGM5",
        "weight": 100,
        "state": "answered",
        "points": "167/2",
        "share": "167/10",
    }


def test_every_item_of_the_functions_is_scored_once_in_its_own_function():
    scored_items = {scale.name: [item.name for item in scale.items] for scale in EIGHT.scales}

    assert scored_items == {section.name: list(section.items) for section in KKB.functions}


def answers_to(name: str) -> st.SearchStrategy[str]:
    question = KKB.questions[name]
    if question.choices:
        return st.sampled_from(["", "?", *(choice.name for choice in question.choices)])
    return st.sampled_from(["", "?", "1", "2", "3", "8", "19", "30", "60"])


ANY_ANSWERS = st.fixed_dictionaries(
    {}, optional={name: answers_to(name) for name in KKB.questions}
)


@given(ANY_ANSWERS, st.sampled_from([EIGHT, IBANGGA]))
def test_the_parts_add_up_to_the_score_exactly(answers, pack):
    for scale in score(pack, KKB, answers).scales:
        if scale.exact is not None:
            assert sum((one.share for one in scale.contributions), Fraction(0)) == scale.exact
            assert 0 <= scale.exact <= 100
        assert (scale.band is None) == (scale.tenths is None) == (scale.state is not State.SHOWN)


@given(ANY_ANSWERS, st.sampled_from([EIGHT, IBANGGA]))
def test_answers_that_do_not_apply_change_nothing(answers, pack):
    applying = applicable(KKB, answers).answers

    assert score(pack, KKB, answers) == score(pack, KKB, applying)
