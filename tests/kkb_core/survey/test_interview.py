import json
from dataclasses import replace

import pytest

from kkb_core.survey.events import (
    AnswerAccepted,
    AnswerDropped,
    AnswerRefused,
    ChoicePicked,
    FlagRaised,
    InterviewCompleted,
    InterviewPaused,
    QuestionAsked,
    QuestionsDeferred,
    Refusal,
    ReplyOutdated,
    SafetyAsked,
    SectionCompleted,
)
from kkb_core.survey.interview import (
    SKIPPED,
    UNKNOWN,
    Interview,
    Progress,
    Tap,
    ask_again,
    back,
    choices_now,
    done_picking,
    dont_know,
    edit,
    go_on,
    is_complete,
    pause,
    pick,
    progress,
    relevant_questions,
    resume,
    skip,
    start,
    suggestion,
)
from tests.kkb_core.survey.examples import CARE, EXAMPLE, HOME, PROFILE, talk


def here(interview):
    return Tap(interview.waiting_for, interview.revision)


def tick(interview, *choices):
    for choice in choices:
        interview = pick(EXAMPLE, interview, choice, on=True, tap=here(interview)).interview
    return interview


def test_an_interview_opens_at_its_first_question():
    turn = start(EXAMPLE)

    assert turn.events == (QuestionAsked("members"),)
    assert turn.interview == Interview(
        questionnaire="example.v1", section="profile", waiting_for="members", revision=1
    )


def test_it_opens_where_another_phone_has_stopped():
    turn = start(EXAMPLE, answers={"members": "2", "couple": "ya", "kids": "5_6", "kids_2_4": "1"})

    assert turn.events == (AnswerDropped("kids_2_4", "1"), QuestionAsked("kids_5_6"))


def test_an_answer_is_accepted_and_the_next_relevant_question_asked():
    turn = talk("5", "ya", "tidak ada")

    assert turn.events == (
        AnswerAccepted("kids", "tidak_ada", None),
        SectionCompleted("profile"),
    )
    assert turn.interview.section is turn.interview.waiting_for is None


def test_a_whole_interview_ends():
    turn = talk(*PROFILE, *HOME, *CARE)

    assert turn.events[-2:] == (SectionCompleted("care"), InterviewCompleted())
    assert all(is_complete(EXAMPLE, turn.interview, s.name) for s in EXAMPLE.sections)
    assert turn.interview.answers == {
        "members": "5",
        "couple": "ya",
        "kids": "2_4",
        "kids_2_4": "1",
        "floor": "36",
        "water": "leding",
        "since": "2020-03-09",
        "note": "Baik.",
        "play_a": "selalu",
        "play_b": "sering",
        "help": "ya",
        "fear": "tidak",
        "harms": "c",
        "calm": "sering",
        "married": "tidak",
    }


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [("banyak", Refusal.NOT_A_NUMBER), ("1,5", Refusal.NOT_WHOLE), ("-3", Refusal.CONSTRAINT)],
)
def test_a_refused_reply_leaves_the_question_and_its_buttons_as_they_are(reply, refusal):
    before = start(EXAMPLE).interview

    turn = resume(EXAMPLE, before, reply)

    assert turn.events == (AnswerRefused("members", refusal),)
    assert turn.interview == before


def test_a_required_question_cannot_be_skipped_but_not_known():
    interview = start(EXAMPLE).interview

    assert skip(EXAMPLE, interview).events == (AnswerRefused("members", Refusal.REQUIRED),)
    assert dont_know(EXAMPLE, interview).events[0] == AnswerAccepted("members", UNKNOWN, None)
    assert resume(EXAMPLE, interview, " ? ").interview.answers == {"members": UNKNOWN}


def test_what_is_skipped_or_not_known_makes_conditions_false():
    turn = talk("?", "ya", "2-4", "?", "36", "leding")

    assert turn.events[-1] == QuestionAsked("note")  # not `since`, which needs members
    assert skip(EXAMPLE, turn.interview).events == (
        AnswerAccepted("note", SKIPPED, None),
        QuestionAsked("help"),  # not `play_a`, which needs the number of children
    )


@pytest.mark.parametrize(
    "tap", [Tap("members", 0), Tap("members", 2), Tap("couple", 1), Tap("", -1)]
)
def test_an_old_doubled_or_foreign_tap_changes_nothing(tap):
    interview = start(EXAMPLE).interview

    for turn in (
        resume(EXAMPLE, interview, "5", tap=tap),
        skip(EXAMPLE, interview, tap=tap),
        dont_know(EXAMPLE, interview, tap=tap),
        back(EXAMPLE, interview, tap=tap),
        pause(EXAMPLE, interview, tap=tap),
        pick(EXAMPLE, interview, "2_4", on=True, tap=tap),
        done_picking(EXAMPLE, interview, tap=tap),
    ):
        assert turn.events == (ReplyOutdated(),)
        assert turn.interview == interview


def test_the_second_of_two_quick_taps_changes_nothing():
    interview = talk("5").interview
    tap = here(interview)
    once = resume(EXAMPLE, interview, "ya", tap=tap)

    twice = resume(EXAMPLE, once.interview, "tidak", tap=tap)

    assert twice.events == (ReplyOutdated(),)
    assert twice.interview == once.interview


def test_between_sittings_a_reply_answers_nothing():
    interview = talk(*PROFILE).interview

    assert resume(EXAMPLE, interview, "ya").events == (ReplyOutdated(),)
    assert ask_again(EXAMPLE, interview).events == ()


# Choices of which several are ticked


def test_ticks_count_however_quick_and_often_they_are_made():
    interview = talk("5", "ya").interview
    tap = here(interview)

    one = pick(EXAMPLE, interview, "5_6", on=True, tap=tap)
    two = pick(EXAMPLE, one.interview, "2_4", on=True, tap=tap)
    again = pick(EXAMPLE, two.interview, "2_4", on=True, tap=tap)

    assert one.events == (ChoicePicked("kids", "5_6", on=True),)
    assert again.events == ()
    assert again.interview.picked == ("2_4", "5_6")
    assert done_picking(EXAMPLE, again.interview, tap=tap).events == (
        AnswerAccepted("kids", "2_4 5_6", None),
        QuestionAsked("kids_2_4"),
    )


def test_an_exclusive_choice_unticks_the_rest_and_the_reverse():
    interview = tick(talk("5", "ya").interview, "2_4", "5_6")

    none = pick(EXAMPLE, interview, "tidak_ada", on=True, tap=here(interview))
    some = pick(EXAMPLE, none.interview, "7_15", on=True, tap=here(interview))

    assert none.events == (
        ChoicePicked("kids", "2_4", on=False),
        ChoicePicked("kids", "5_6", on=False),
        ChoicePicked("kids", "tidak_ada", on=True),
    )
    assert some.interview.picked == ("7_15",)


def test_nothing_ticked_is_no_answer():
    interview = tick(talk("5", "ya").interview, "2_4")
    bare = pick(EXAMPLE, interview, "2_4", on=False, tap=here(interview)).interview

    assert done_picking(EXAMPLE, bare, tap=here(bare)).events == (
        AnswerRefused("kids", Refusal.NOTHING_CHOSEN),
    )


def test_ticks_are_for_choices_on_offer_of_a_question_that_takes_several():
    kids, couple = talk("5", "ya").interview, talk("5").interview

    assert pick(EXAMPLE, kids, "99", on=True, tap=here(kids)).events == (ReplyOutdated(),)
    assert pick(EXAMPLE, couple, "ya", on=True, tap=here(couple)).events == (ReplyOutdated(),)


def test_a_question_asked_again_shows_what_was_ticked():
    interview = talk("5", "ya", "3, 5").interview

    assert back(EXAMPLE, interview).interview.picked == ("2_4", "5_6")


def test_ticks_survive_a_pause():
    interview = tick(talk("5", "ya").interview, "2_4")

    assert ask_again(EXAMPLE, pause(EXAMPLE, interview).interview).interview.picked == ("2_4",)


# Going back, pausing, changing


def test_back_asks_the_previous_question_and_the_same_answer_returns():
    before = talk("5", "ya").interview

    asked = back(EXAMPLE, before, tap=here(before))
    after = resume(EXAMPLE, asked.interview, "ya")

    assert asked.events == (QuestionAsked("couple"),)
    assert asked.interview.answers["couple"] == "ya"
    assert after.events == (AnswerAccepted("couple", "ya", "ya"), QuestionAsked("kids"))
    assert replace(after.interview, revision=before.revision) == before


def test_back_at_the_first_question_asks_it_again():
    assert back(EXAMPLE, start(EXAMPLE).interview).events == (QuestionAsked("members"),)
    assert back(EXAMPLE, talk(*PROFILE, "36").interview).events == (QuestionAsked("floor"),)


def test_a_changed_answer_drops_what_no_longer_applies():
    interview = talk("5", "ya", "3, 5", "1").interview
    earlier = back(EXAMPLE, back(EXAMPLE, interview).interview).interview

    turn = resume(EXAMPLE, earlier, "5")

    assert turn.events == (
        AnswerAccepted("kids", "5_6", "2_4 5_6"),
        AnswerDropped("kids_2_4", "1"),
        QuestionAsked("kids_5_6"),
    )


def test_a_pause_keeps_the_question():
    interview = talk("5").interview

    paused = pause(EXAMPLE, interview, tap=here(interview))
    again = ask_again(EXAMPLE, paused.interview)

    assert paused.events == (InterviewPaused(),)
    assert again.events == (QuestionAsked("couple"),)
    assert again.interview == replace(interview, revision=interview.revision + 1)


def test_an_edit_asks_one_question_and_returns_to_between_sittings():
    done = talk(*PROFILE, *HOME, *CARE).interview

    asked = edit(EXAMPLE, done, "water")
    turn = resume(EXAMPLE, asked.interview, "2")

    assert asked.events == (QuestionAsked("water"),)
    assert turn.events == (AnswerAccepted("water", "sumur", "leding"), FlagRaised("water"))
    assert turn.interview == replace(
        done, answers={**done.answers, "water": "sumur"}, revision=asked.interview.revision
    )


def test_an_edit_asks_what_it_opened_in_sittings_already_begun_and_completes_them_again():
    done = talk("5", "ya", "tidak ada", "36", "1", "9/3/2020", "Baik.", "ya").interview
    assert is_complete(EXAMPLE, done, "home")

    kids = resume(EXAMPLE, edit(EXAMPLE, done, "kids").interview, "3")
    count = resume(EXAMPLE, kids.interview, "1")
    play = resume(EXAMPLE, count.interview, "selalu")
    last = resume(EXAMPLE, play.interview, "selalu")

    assert kids.events[-1] == QuestionAsked("kids_2_4")
    assert count.events[1:] == (SectionCompleted("profile"), QuestionAsked("play_a"))
    assert play.events[-1] == QuestionAsked("play_b")
    assert last.events[1:] == (SectionCompleted("home"),)  # and nothing of `care`, not yet begun
    assert not last.interview.editing
    assert last.interview.waiting_for is None


def test_an_edit_in_the_middle_of_a_sitting_returns_to_its_question():
    before = talk(*PROFILE, "36", "leding").interview

    turn = resume(EXAMPLE, edit(EXAMPLE, before, "couple").interview, "tidak")

    assert turn.events == (AnswerAccepted("couple", "tidak", "ya"), QuestionAsked("since"))
    assert not turn.interview.editing
    assert turn.interview.section == "home"


def test_an_edit_that_rules_out_the_waiting_question_goes_on_with_the_next():
    before = talk(*PROFILE, "36", "leding").interview

    turn = resume(EXAMPLE, edit(EXAMPLE, before, "members").interview, "1")

    assert turn.events[-1] == QuestionAsked("note")


def test_an_edit_of_the_waiting_question_asks_it_once():
    before = talk("5").interview

    turn = resume(EXAMPLE, edit(EXAMPLE, before, "couple").interview, "ya")

    assert turn.events[-1] == QuestionAsked("kids")


@pytest.mark.parametrize("name", ["kids_5_6", "no_such_question"])
def test_what_does_not_apply_cannot_be_edited(name):
    interview = talk(*PROFILE).interview

    assert edit(EXAMPLE, interview, name).events == (ReplyOutdated(),)


# Sensitive questions


def test_safety_is_asked_once_before_a_run_of_sensitive_questions():
    asked = talk(*PROFILE, *HOME, "safe")
    turn = resume(EXAMPLE, asked.interview, "tidak")

    assert asked.events == (QuestionAsked("fear"),)
    assert turn.events[-1] == QuestionAsked("harms")
    assert talk(*PROFILE, *HOME, *CARE[:4]).events[-1] == SafetyAsked("married")


def test_a_word_that_is_neither_safe_nor_later_is_refused():
    interview = go_on(EXAMPLE, talk(*PROFILE, *HOME).interview).interview

    assert interview.asking_safety
    for turn in (resume(EXAMPLE, interview, "ya"), dont_know(EXAMPLE, interview)):
        assert turn.events == (AnswerRefused("fear", Refusal.NOT_A_CHOICE),)
        assert turn.interview == interview


def test_later_defers_the_run_and_completes_without_it():
    turn = talk(*PROFILE, *HOME, "later")

    assert turn.events == (QuestionsDeferred(("fear", "harms")), QuestionAsked("calm"))
    assert turn.interview.deferred == {"fear", "harms"}
    assert talk("sering", "later", interview=turn.interview).events == (
        QuestionsDeferred(("married",)),
        SectionCompleted("care"),
        InterviewCompleted(),
    )


def test_what_was_deferred_comes_back_when_all_else_is_complete():
    done = talk("sering", "later", interview=talk(*PROFILE, *HOME, "later").interview).interview

    asked = go_on(EXAMPLE, done)
    turn = talk("safe", "tidak", "c", "tidak", interview=asked.interview)

    assert asked.events == (SafetyAsked("fear"),)
    assert turn.events[-2:] == (SectionCompleted("care"), InterviewCompleted())
    assert turn.interview.deferred == frozenset()


def test_a_run_can_be_skipped_whole():
    interview = go_on(EXAMPLE, talk(*PROFILE, *HOME).interview).interview

    for turn in (
        resume(EXAMPLE, interview, "skip"),
        skip(EXAMPLE, interview, tap=here(interview)),
    ):
        assert turn.events == (
            AnswerAccepted("fear", SKIPPED, None),
            AnswerAccepted("harms", SKIPPED, None),
            QuestionAsked("calm"),
        )


def test_safety_is_asked_anew_after_a_pause_and_for_an_edit():
    safe = talk(*PROFILE, *HOME, "safe").interview
    paused = pause(EXAMPLE, safe).interview

    assert ask_again(EXAMPLE, paused).events == (SafetyAsked("fear"),)
    assert edit(EXAMPLE, talk(*PROFILE, *HOME, *CARE).interview, "fear").events == (
        SafetyAsked("fear"),
    )


def test_a_button_from_before_the_pause_does_not_answer_a_sensitive_question():
    safe = talk(*PROFILE, *HOME, "safe").interview

    turn = resume(EXAMPLE, pause(EXAMPLE, safe).interview, "ya", tap=here(safe))

    assert turn.events == (ReplyOutdated(),)
    assert "fear" not in turn.interview.answers


def test_later_while_changing_a_sensitive_answer_keeps_it():
    done = talk(*PROFILE, *HOME, *CARE).interview

    turn = resume(EXAMPLE, edit(EXAMPLE, done, "fear").interview, "later")

    assert turn.events == ()
    assert turn.interview == replace(done, revision=turn.interview.revision)


def test_ticks_of_a_sensitive_question_are_not_shown_again():
    interview = talk(*PROFILE, *HOME, "safe", "tidak", "a").interview

    asked = back(EXAMPLE, interview).interview
    shown = resume(EXAMPLE, asked, "safe").interview

    assert (shown.waiting_for, shown.picked) == ("harms", ())


# What an answer causes


def test_a_flag_is_raised_by_a_new_answer_only():
    asked = talk(*PROFILE, *HOME, "safe").interview
    raised = resume(EXAMPLE, asked, "ya")

    again = resume(EXAMPLE, back(EXAMPLE, raised.interview).interview, "ya")

    assert raised.events[:2] == (AnswerAccepted("fear", "ya", None), FlagRaised("fear"))
    assert FlagRaised("fear") not in again.events


def test_a_flag_is_raised_when_the_profile_makes_an_old_answer_urgent():
    done = talk("5", "ya", "tidak ada", "36", "sumur", "9/3/2020", "Baik.", "ya").interview

    turn = talk("3", "1", interview=edit(EXAMPLE, done, "kids").interview)

    assert turn.events[:2] == (AnswerAccepted("kids_2_4", "1", None), FlagRaised("water"))


def test_a_choice_that_is_no_longer_offered_leaves_the_answer():
    done = talk(*PROFILE, *HOME, "safe", "tidak", "a, b", "sering", "safe", "tidak").interview

    turn = resume(EXAMPLE, edit(EXAMPLE, done, "couple").interview, "tidak")

    assert turn.events == (
        AnswerAccepted("couple", "tidak", "ya"),
        AnswerAccepted("harms", "a", "a b"),
        AnswerDropped("married", "tidak"),
    )


def test_an_answer_left_without_a_choice_is_dropped_and_asked_again():
    done = talk(*PROFILE, *HOME, "safe", "tidak", "b", "sering", "safe", "tidak").interview

    turn = resume(EXAMPLE, edit(EXAMPLE, done, "couple").interview, "tidak")

    assert AnswerDropped("harms", "b") in turn.events
    assert turn.events[-1] == SafetyAsked("harms")


# What an interview shows


def test_progress_counts_what_is_relevant_now():
    assert progress(EXAMPLE, start(EXAMPLE).interview, "profile") == Progress(0, 3, 20 + 12 + 20)

    interview = talk("5", "ya", "3, 5").interview

    assert progress(EXAMPLE, interview, "profile") == Progress(3, 5, 40)
    assert progress(EXAMPLE, interview, "profile").left == 2
    assert progress(EXAMPLE, interview).total == len(
        relevant_questions(EXAMPLE, interview.answers)
    )


def test_an_answer_to_what_does_not_apply_counts_for_nothing():
    answers = {"kids": "tidak_ada", "kids_2_4": "3", "members": "1"}

    assert "play_a" not in relevant_questions(EXAMPLE, answers)
    assert progress(EXAMPLE, replace(start(EXAMPLE).interview, answers=answers)).answered == 2


def test_the_choices_are_those_that_fit():
    single = talk("5", "tidak").interview
    married = talk("5", "ya").interview

    assert [c.name for c in choices_now(EXAMPLE, single, "harms")] == ["a", "c"]
    assert [c.name for c in choices_now(EXAMPLE, married, "harms")] == ["a", "b", "c"]


def test_the_suggestion_is_the_present_answer_else_the_default_else_last_times():
    last = {"members": "4", "couple": "ya", "help": "ya", "fear": "ya", "kids": "2_4 9_9"}
    interview = start(EXAMPLE, suggestions=last).interview
    answered = resume(EXAMPLE, interview, "3").interview

    assert suggestion(EXAMPLE, interview, "members") == "4"
    assert suggestion(EXAMPLE, answered, "members") == "3"
    assert suggestion(EXAMPLE, answered, "help") == "tidak"
    assert suggestion(EXAMPLE, answered, "kids") == "2_4"
    assert suggestion(EXAMPLE, answered, "note") is None


def test_nothing_is_suggested_for_a_sensitive_question():
    interview = start(EXAMPLE, answers={"fear": "ya"}, suggestions={"fear": "ya"}).interview

    assert suggestion(EXAMPLE, interview, "fear") is None


# Another phone of the household


def test_an_answer_another_phone_gave_meanwhile_may_be_given_again():
    interview = talk("5").interview
    meanwhile = replace(interview, answers={"members": "5", "couple": "tidak", "kids": "2_4"})

    turn = resume(EXAMPLE, meanwhile, "ya", tap=here(interview))

    assert turn.events == (
        AnswerAccepted("couple", "ya", "tidak"),
        QuestionAsked("kids_2_4"),
    )


def test_a_question_that_another_phone_has_ruled_out_gives_way_to_the_next():
    interview = talk("5", "ya", "2-4").interview
    meanwhile = replace(interview, answers={**interview.answers, "kids": "5_6"})

    for turn in (resume(EXAMPLE, meanwhile, "1"), skip(EXAMPLE, meanwhile)):
        assert turn.events == (ReplyOutdated(), QuestionAsked("kids_5_6"))
    assert ask_again(EXAMPLE, meanwhile).events == (QuestionAsked("kids_5_6"),)


def test_a_sitting_that_another_phone_has_finished_is_complete():
    interview = talk("5", "ya", "2-4").interview
    meanwhile = replace(interview, answers={**interview.answers, "kids": "tidak_ada"})

    assert resume(EXAMPLE, meanwhile, "1").events == (ReplyOutdated(), SectionCompleted("profile"))


def test_what_another_phone_has_answered_is_not_deferred_any_more():
    done = talk("sering", "later", interview=talk(*PROFILE, *HOME, "later").interview).interview
    given = {"fear": "tidak", "harms": "c", "married": "tidak"}
    meanwhile = replace(done, answers={**done.answers, **given})

    assert go_on(EXAMPLE, meanwhile).events == (InterviewCompleted(),)
    assert ask_again(EXAMPLE, meanwhile).interview.deferred == frozenset()


# Sittings


def test_one_goes_on_with_the_first_section_not_complete_or_the_one_chosen():
    interview = talk(*PROFILE).interview

    assert go_on(EXAMPLE, interview).interview.section == "home"
    assert go_on(EXAMPLE, interview, "care").events == (SafetyAsked("fear"),)
    assert go_on(EXAMPLE, interview, "profile").events == (SectionCompleted("profile"),)
    assert go_on(EXAMPLE, interview, "no_such_section").events == (ReplyOutdated(),)


def test_when_all_is_complete_there_is_nothing_to_go_on_with():
    done = talk(*PROFILE, *HOME, *CARE).interview

    assert go_on(EXAMPLE, done).events == (InterviewCompleted(),)
    assert go_on(EXAMPLE, done).interview == done


# Written out and read back


def test_an_interview_survives_being_written_out_and_read_back():
    interview = edit(EXAMPLE, talk(*PROFILE, *HOME, "later").interview, "kids").interview

    written = json.dumps(interview.to_json())

    assert Interview.from_json(json.loads(written)) == interview


def test_an_interview_written_by_an_earlier_or_later_version_can_be_read():
    assert Interview.from_json({"questionnaire": "example.v1", "mood": "good"}) == Interview(
        questionnaire="example.v1"
    )


def test_an_interview_ends_on_the_version_it_began():
    with pytest.raises(AssertionError):
        resume(EXAMPLE, Interview(questionnaire="example.v2", waiting_for="members"), "5")
