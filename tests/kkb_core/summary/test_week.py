"""A week of given numbers: what is shown, what is hidden, what is talked about."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from kkb_core.i18n import days, points
from kkb_core.messaging import Language
from kkb_core.summary.changes import Both
from kkb_core.summary.quality import Given, QualityRule
from kkb_core.summary.readings import Readings, Share
from kkb_core.summary.tallies import Figures, Tally
from kkb_core.summary.week import Gathered, Week, week_of

MONDAY = date(2026, 3, 9)
FUNCTIONS = {"agama": ("AGM1", "AGM2"), "ekonomi": ("EKO4", "EKO5")}


def same(count, score, *, low=0, high=0):
    return Tally(
        count=count, total=count * score, squares=count * score * score, low=low, high=high
    )


def scales(**tallies):
    households = max(one.count for one in tallies.values())
    return Figures(households=households, krs=7, scales=tallies)


def told(now, before=None, **gathered):
    found = Gathered(now=now, before=before or Figures(), **gathered)
    return week_of(found, monday=MONDAY, functions=FUNCTIONS)


def test_a_function_of_four_households_is_not_shown():
    week = told(scales(agama=same(4, 700), ekonomi=same(9, 500)))

    assert [one.name for one in week.functions] == ["ekonomi"]


def test_the_weakest_function_and_its_lowest_item_are_talked_about():
    readings = Readings(
        items={"EKO4": (9, Fraction(400)), "EKO5": (9, 300), "AGM1": (9, 0), "AGM2": (4, 0)}
    )

    week = told(scales(agama=same(9, 700), ekonomi=same(9, 500)), readings=readings)

    assert (week.weakest.name, week.item) == ("ekonomi", "EKO5")


def test_a_fall_is_talked_about_before_a_lower_function_that_did_not_fall():
    now = scales(agama=same(9, 700), ekonomi=same(9, 500))
    before = scales(agama=same(9, 800), ekonomi=same(9, 500))

    week = told(now, before)

    assert [one.name for one in week.falls] == ["agama"]
    assert week.weakest.name == "agama"


@pytest.mark.parametrize(
    ("low", "high", "bands"), [(5, 5, (5, 10, 5)), (0, 8, (0, 12, 8)), (3, 8, None), (8, 9, None)]
)
def test_bands_are_shown_together_or_not_at_all(low, high, bands):
    week = told(scales(agama=same(20, 700, low=low, high=high)))

    assert week.functions[0].bands == bands


def test_counts_below_five_are_not_shown_and_nought_is():
    shares = {"pregnant": Share(of=30, yes=4), "posyandu": Share(of=9, yes=9)}

    week = told(scales(agama=same(9, 700)), readings=Readings(shares=shares))

    assert week.counts == {"krs": 7, "pregnant": None, "baduta": 0, "posyandu_missed": 0}


@pytest.mark.parametrize(("part", "shown"), [(20, True), (19, False), (16, False), (15, True)])
def test_a_part_does_not_give_the_rest_of_the_whole_away(part, shown):
    week = week_of(
        Gathered(now=scales(agama=same(part, 700))),
        monday=MONDAY,
        functions=FUNCTIONS,
        whole=scales(agama=same(20, 700)),
    )

    assert bool(week.functions) is shown


def test_a_week_survives_being_written_as_json():
    both = {"agama": Both(count=9, now=6300, before=7200, products=9 * 700 * 800)}
    now, before = scales(agama=same(9, 700)), scales(agama=same(9, 800))
    week = told(now, before, both=both, tasks={"red": (1, 0, 2, 0)})

    assert Week.from_json(week.as_json()) == week
    assert week.functions[0].change.answers == -100


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([(8, 0, 90)], (1, 0, 0)),
        ([(8, 3, 90)], (1, 1, 0)),
        ([(10, 3, 90)], (1, 0, 0)),  # exactly 30 % is not more
        ([(8, 0, 19.9), (8, 0, 300)], (1, 0, 1)),
        ([(3, 3, 1)], (0, 0, 0)),
    ],
)
def test_answers_that_need_a_second_look(given, found):
    rule = QualityRule(sections=())

    judged = rule.judged(
        [
            Given(answers=many, skipped=skipped, took=timedelta(seconds=seconds))
            for many, skipped, seconds in given
        ]
    )

    assert (judged.answered, judged.skipped, judged.fast) == found


@pytest.mark.parametrize(
    ("yes", "of", "percent"), [(0, 9, 0), (9, 9, 100), (5, 10, 50), (4, 10, None), (2, 4, None)]
)
def test_a_share_is_hidden_when_either_side_is_small(yes, of, percent):
    assert Share(yes=yes, of=of).percent == percent


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 3, 9), date(2026, 3, 15), "9\u201315 Maret 2026"),
        (date(2026, 3, 30), date(2026, 4, 5), "30 Maret \u2013 5 April 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 Desember 2026 \u2013 3 Januari 2027"),
    ],
)
def test_a_week_is_said_in_days(first, last, said):
    assert days(first, last, Language.ID) == said


@pytest.mark.parametrize(
    ("tenths", "said"), [(712, "71,2"), (0, "0,0"), (-8, "-0,8"), (1000, "100,0")]
)
def test_tenths_are_said_with_a_comma(tenths, said):
    assert points(tenths, Language.ID) == said
    assert points(tenths, Language.EN) == said.replace(",", ".")
