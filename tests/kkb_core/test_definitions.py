"""The files that people who are not programmers edit: what is in them, and how a mistake is told."""

from collections import Counter
from importlib.resources import files

import pytest

from kkb_core.definitions import Definitions, load
from kkb_core.definitions.packs import read_pack
from kkb_core.definitions.questionnaires import read_questionnaire
from kkb_core.errors import DefinitionError
from kkb_core.messaging import Language
from kkb_core.survey.questionnaire import Level, QuestionType, Route

KKB = load().questionnaire("kkb.v1")

# A published version is a promise to the households who answered it: a change is a new file.
PUBLISHED = {
    "kkb.v1": "3eac73b71fef7c1d6630dbd7e04c8d3f8728b01fbe332c2d933bd51aedf20024",
    "delapan_fungsi.v1": "2ae786429b050e84ab05066c449759c8dd27aa2abec4343a5e8c6801b069c6aa",
    "ibangga.v1": "9d8059c39bd8d9a6cc7bb13351b51f7150f9b452a1afe6711010c6e7a540047f",
}


def test_what_was_published_has_not_changed():
    definitions = load()
    published = (*definitions.questionnaires.values(), *definitions.packs.values())

    assert {one.id: one.digest for one in published} == PUBLISHED


def test_the_highest_version_is_the_current_one():
    assert load().current.id == "kkb.v1"


def test_what_the_package_brings_is_read_once():
    assert load() is load()


@pytest.mark.parametrize("wanted", ["kkb.v0", "other.v1"])
def test_a_version_that_is_gone_is_named(wanted):
    with pytest.raises(DefinitionError, match=rf"{wanted}.*kkb\.v1"):
        load().questionnaire(wanted)


def test_a_pack_that_does_not_exist_is_named():
    with pytest.raises(DefinitionError, match="no pack 'other'; say delapan_fungsi or ibangga"):
        load().pack("other")


def test_the_profile_comes_first_and_protection_last():
    assert [section.name for section in KKB.sections] == [
        *("profile", "agama", "sosbud", "cinta", "ekonomi"),
        *("didik", "repro", "lingkungan", "lindung"),
    ]


def test_there_are_fifty_three_items_besides_the_profile():
    items = {section.name: len(section.items) for section in KKB.functions}

    assert sum(items.values()) == 53
    assert (items["agama"], items["cinta"], items["ekonomi"]) == (6, 7, 6)


def test_items_keep_their_standing():
    status = Counter(KKB.questions[i.questions[0]].status for i in KKB.items.values())

    assert status == {"O": 22, "A": 11, "N": 20, "": 16}


def test_flags_are_of_the_level_the_protocol_says():
    flagged = {q.item: q.flag.level for q in KKB.questions.values() if q.flag}

    assert Counter(flagged.values()) == {Level.RED: 6, Level.ORANGE: 8, Level.YELLOW: 10}


def test_only_violence_and_child_marriage_go_to_the_protection_officer():
    protected = {
        q.name for q in KKB.questions.values() if q.flag and q.flag.route is Route.PROTECTION
    }

    assert protected == {"LIN1", "LIN6", "REP5"}


def test_five_items_are_sensitive_and_answered_by_buttons():
    sensitive = {q.name: q.type for q in KKB.questions.values() if q.sensitive}

    assert set(sensitive) == {"LIN1", "LIN2", "LIN6", "REP5", "EKO6"}
    assert set(sensitive.values()) <= {QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE}


def test_every_question_can_be_explained_and_every_item_has_advice():
    assert [q.name for q in KKB.questions.values() if q.hint is None] == []
    assert [
        i.name for i in KKB.items.values() if i.advice is None and i.section != "profile"
    ] == []
    assert [s.name for s in KKB.functions if s.tip is None] == []


def test_the_explanations_differ():
    hints = [q.hint[Language.ID] for q in KKB.questions.values() if q.hint]

    assert len(set(hints)) == len(hints)


def test_a_frequency_is_explained_in_days_only_where_days_fit():
    in_days = {
        q.item
        for q in KKB.questions.values()
        if q.choice("kadang") and any(choice.hint for choice in q.choices)
    }
    without = {q.item for q in KKB.questions.values() if q.choice("kadang")} - in_days

    assert len(in_days) == 11
    assert without == {"AGM2", "AGM5", "AGM6", "SOS5", "CIN6", "REP4", "EKO5", "LGK6"}


def test_a_disability_already_told_is_suggested_and_not_taken():
    part = KKB.questions["LIN7b"]

    assert (part.default, KKB.questions["LIN7c"].relevant) == (
        "${disability}",
        "${LIN7a} = 'ya' or ${LIN7b} = 'ya'",
    )


SMALL = """
name = "kkb"
version = 3
title = { id = "a", jv = "b", en = "c" }
draft = ["jv"]
status = "draft"

[[choices.yes_no]]
name = "ya"
label = { id = "Ya", jv = "Iya", en = "Yes" }
aliases = ["y"]
[[choices.yes_no]]
name = "tidak"
label = { id = "Tidak", jv = "Ora", en = "No" }

[[sections]]
name = "profile"
profile = true
label = { id = "a", jv = "b", en = "c" }
[[sections.questions]]
name = "members"
type = "integer"
label = { id = "a", jv = "b", en = "c" }
constraint = ". > 0"
constraint_message = { id = "a", jv = "b", en = "c" }

[[sections]]
name = "agama"
label = { id = "a", jv = "b", en = "c" }
[[sections.questions]]
name = "first"
type = "select_one"
choices = "yes_no"
label = { id = "Satu?", jv = "Siji?", en = "One?" }
relevant = "${members} > 1"
flag = { level = "red", route = "cadre", due_hours = 24, when = "${first} = 'ya'", follow_up = "go" }
[[sections.questions]]
name = "second"
type = "group"
label = { id = "a", jv = "b", en = "c" }
relevant = "${members} > 1"
status = "N"
source = "none"
[[sections.questions.parts]]
name = "second_a"
type = "select_one"
choices = "yes_no"
label = { id = "a", jv = "b", en = "c" }
relevant = "${first} = 'ya'"
"""


def read(text: str, name: str = "kkb.v3.toml"):
    return read_questionnaire(name, text.encode())


def test_the_parts_of_a_group_are_questions_with_its_condition_and_standing():
    part = read(SMALL).questions["second_a"]

    assert part.relevant == "(${members} > 1) and (${first} = 'ya')"
    assert (part.item, part.status, part.source) == ("second", "N", "none")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("version = 3", "version = 4", "kkb.v3.toml: version: this is kkb.v4; call the file so"),
        ('draft = ["jv"]', 'draft = ["fr"]', "draft: 'fr' is no language; use id, jv, en"),
        ('status = "draft"\n', "", "kkb.v3.toml: status: is missing; add it"),
        ("version = 3", 'version = "3"', "version: must be a whole number, not '3'"),
        ("version = 3", "version = 3\nversion = 4", "is not TOML"),
        (', jv = "Siji?"', "", "agama: questions 1 first: label: no text in jv; write it"),
        ('jv = "Siji?"', 'jv = " "', "questions 1 first: label: no text in jv"),
        ('jv = "Siji?"', 'jv = "Siji?", fr = "Un"', "label: fr is no language"),
        ('"Satu?"', f'"{"x" * 301}"', "label.id: 301 characters; shorten it to 300"),
        ('"Ya"', f'"{"x" * 61}"', "choices: yes_no 1: label.id: 61 characters; shorten it to 60"),
        ("relevant =", "relevance =", "relevance: is not a key here; did you mean relevant?"),
        ('name = "first"', 'name = "members"', "members: name: is used twice"),
        ('name = "second_a"', 'name = "first"', "parts 1 first: name: is used twice"),
        ('name = "first"', 'name = "1st"', "name: '1st' is no name; use up to 32 letters"),
        ('type = "integer"', 'type = "number"', "type: 'number' is not one of select_one"),
        ("${members} > 1", "${later} > 1", "relevant: names 'later', which no earlier question"),
        (
            "${members} > 1",
            "${first} = 'ya'",
            "relevant: names 'first', which no earlier question",
        ),
        ("${members} > 1", "${members} >", "relevant: cannot be read"),
        ("${members} > 1", "today() > 1", "relevant: cannot be read: "),
        (
            '". > 0"',
            '". > ${second}"',
            "constraint: names 'second', which no earlier question has",
        ),
        ("constraint_message", "hint", "members: constraint_message: is missing; add it"),
        ('choices = "yes_no"', 'choices = "yesno"', "there is no list 'yesno'; known: yes_no"),
        ('choices = "yes_no"', "choices = []", "choices: fewer than two"),
        ('name = "tidak"', 'name = "ya"', "choices: 'ya' means ya and ya; keep it at one"),
        ('name = "tidak"', 'name = "y"', "choices: 'y' means ya and y; keep it at one"),
        ('name = "tidak"', 'name = "ti dak"', "name: 'ti dak': use up to 32 letters"),
        ('aliases = ["y"]', 'aliases = ["Y"]', "aliases: 'Y': write it in small letters"),
        ("${first} = 'ya'\",", "${first} = 'yes'\",", "flag.when: first has no choice 'yes'"),
        ("${first} = 'ya'\"\n", "${first} = 'iya'\"\n", "relevant: first has no choice 'iya'"),
        ('route = "cadre"', 'route = "kader"', "route: 'kader' is not one of protection"),
        ("due_hours = 24", "due_hours = 0", "due_hours: must be at least 1"),
        ('type = "group"', 'type = "select_one"', "parts: only a group has parts"),
        ("profile = true", "profile = false", "exactly one is the profile, and it stands first"),
        ('name = "agama"', 'name = "profile"', "sections: two have the same name"),
        (
            'type = "integer"',
            'type = "integer"\nsensitive = true',
            "type: nothing sensitive is typed as integer; offer choices instead",
        ),
        ('type = "integer"', 'type = "integer"\nchoices = "yes_no"', "integer takes none"),
    ],
)
def test_a_mistake_in_a_questionnaire_is_told_with_file_key_and_cure(old, new, told):
    assert old in SMALL

    with pytest.raises(DefinitionError) as error:
        read(SMALL.replace(old, new, 1))

    assert str(error.value).startswith("kkb.v3.toml")
    assert told in str(error.value)


def test_a_group_without_parts_is_refused():
    with pytest.raises(DefinitionError, match="second: parts: a group needs parts"):
        read(SMALL.partition("[[sections.questions.parts]]")[0])


def test_a_file_that_is_not_utf8_is_refused():
    with pytest.raises(DefinitionError, match="is not UTF-8; save it as UTF-8"):
        read_questionnaire("kkb.v3.toml", SMALL.encode("utf-16"))


PACK = files("kkb_core").joinpath("scoring/delapan_fungsi.v1.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('questionnaire = "kkb.v1"', 'questionnaire = "kkb.v9"', "there is no 'kkb.v9'; known"),
        ('name = "AGM1"', 'name = "AGM9"', "AGM9: name: the questionnaire has no item 'AGM9'"),
        ('question = "LIN7a"', 'question = "LIN7"', "question: the questionnaire has no 'LIN7'"),
        ("ya = 100\n", "", "points: ya_baik: ya: AGM1 has this choice; give it 0 to 100"),
        ("ya = 100\n", "ya = 101\n", "ya: must be 0 to 100, not 101"),
        ("ya = 100\n", "ya = 100\nmungkin = 50\n", "mungkin: is not a key here"),
        ('points = "ya_baik" }', 'points = "yes" }', "there is no list 'yes' in [points]; add it"),
        ("weight = 200", "weight = -1", "AGM1: weight: must be 0 or more"),
        ("weight = 200", "weight = 2.5", "AGM1: weight: must be a whole number, not 2.5"),
        (', combine = "mean"', "", "AGM5: combine: is missing"),
        ('combine = "mean"', 'combine = "max"', "combine: 'max' is not one of mean, min"),
        ("[60, 80]", "[80, 60]", "bands: must be two rising numbers"),
        ("[60, 80]", "[60]", "bands: must be two rising numbers"),
        ("[krs]\n", "[krz]\n", "krs"),
        ("'hujan'", "'ujan'", "water: when: LGK1 has no choice 'ujan'; correct it to one of"),
        ("${youngest_gap} <", "${gap} <", "too_close: when: names 'gap'"),
        ('ratio = { divide_by = "members"', 'ratio = { divide_by = "people"', "no 'people'"),
        ("minimum_shown = 75", "minimum_shown = 175", "minimum_shown: must be 0 to 100, not 175"),
        ('name = "sosbud"', 'name = "agama"', "each with a name of its own"),
        ('name = "sosbud"', 'name = "sosial"', "no section is called 'sosial'; add it"),
        ('name = "AGM3"', 'name = "AGM2"', "items: there must be some, each only once"),
    ],
)
def test_a_mistake_in_a_pack_is_told_with_file_key_and_cure(old, new, told):
    assert old in PACK

    with pytest.raises(DefinitionError) as error:
        read_pack(
            "delapan_fungsi.v1.toml", PACK.replace(old, new, 1).encode(), load().questionnaires
        )

    assert str(error.value).startswith("delapan_fungsi.v1.toml")
    assert told in str(error.value)


def copied(folder, changes: dict[str, bytes]) -> Definitions:
    for room in ("questionnaires", "scoring"):
        (folder / room).mkdir()
        for file in files("kkb_core").joinpath(room).iterdir():
            (folder / room / file.name).write_bytes(file.read_bytes())
    for name, content in changes.items():
        (folder / name).write_bytes(content)
    return load(folder)


def test_another_folder_is_read_with_all_its_versions(tmp_path):
    found = copied(tmp_path, {"questionnaires/kkb.v3.toml": SMALL.encode()})

    assert set(found.questionnaires) == {"kkb.v1", "kkb.v3"}
    assert found.current.id == "kkb.v3"


def test_the_newest_version_of_a_pack_counts(tmp_path):
    newer = PACK.replace("version = 1", "version = 10", 1).encode()

    assert (
        copied(tmp_path, {"scoring/delapan_fungsi.v10.toml": newer})
        .packs["delapan_fungsi"]
        .version
        == 10
    )


def test_a_folder_without_files_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match=r"questionnaires/: no \.toml file"):
        load(tmp_path)
