"""What readers say of answers becomes cases that can be run."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals.errors import SuiteError
from evals.feedback import Feedback, add_feedback, feedback_file
from evals.load import load_suite
from evals.schema import Attempt
from evals.score import score_attempt
from rag.schema import Calculation
from tests.evals.scripted import DOCUMENTS, HEIGHT, cite, make_answer

ASKED = replace(HEIGHT, question="How high is the dam?")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    for document in DOCUMENTS.values():
        (tmp_path / "documents" / document.name).write_text(document.text, encoding="utf-8")
    return tmp_path


def test_a_right_answer_passes_its_own_case(corpus: Path) -> None:
    assert add_feedback(corpus, [], ASKED, Feedback(is_right=True, why="It is.")) == "feedback-1"
    [case] = load_suite(feedback_file(corpus), corpus).cases
    assert case.why == "It is."
    assert score_attempt(case, Attempt(ASKED, None, 1), DOCUMENTS).passed
    assert not score_attempt(case, Attempt(make_answer(), None, 1), DOCUMENTS).passed


def test_a_wrong_answer_fails_its_own_case(corpus: Path) -> None:
    add_feedback(corpus, [], ASKED, Feedback(is_right=False, why="", says=("in 1931 | 1931",)))
    [case] = load_suite(feedback_file(corpus), corpus).cases
    assert not score_attempt(case, Attempt(ASKED, None, 1), DOCUMENTS).passed
    right = make_answer(
        ("It was built in 1931 by Ada Quill.", cite(1, "It was built in 1931 by Ada Quill."))
    )
    assert score_attempt(case, Attempt(right, None, 1), DOCUMENTS).passed


def test_what_was_said_before_goes_along(corpus: Path) -> None:
    follow_up = replace(make_answer(), question="And how wide?")
    add_feedback(corpus, [ASKED], follow_up, Feedback(is_right=True, why=""))
    add_feedback(corpus, [], ASKED, Feedback(is_right=False, why="", abstains=True))
    first, second = load_suite(feedback_file(corpus), corpus).cases
    assert [turn.content for turn in first.history] == [ASKED.question, ASKED.text]
    assert first.expect.abstains
    assert second.id == "feedback-2"
    assert second.expect.abstains


def test_a_range_that_was_worked_out_is_expected_at_both_ends(corpus: Path) -> None:
    worked = replace(ASKED, calculation=Calculation((), "A", "200 to 500", "g", "= 200 to 500 g"))
    add_feedback(corpus, [], worked, Feedback(is_right=True, why=""))
    [case] = load_suite(feedback_file(corpus), corpus).cases
    assert case.expect.calculates
    assert case.expect.value
    assert list(map(int, case.expect.value.number)) == [200, 500]


def test_what_is_no_case_changes_nothing(corpus: Path) -> None:
    add_feedback(corpus, [], ASKED, Feedback(is_right=True, why=""))
    before = feedback_file(corpus).read_text()
    with pytest.raises(SuiteError, match="Say what a right answer has"):
        add_feedback(corpus, [], ASKED, Feedback(is_right=False, why="no", says=(" | ",)))
    gone = replace(ASKED, citations=(replace(ASKED.citations[0], document="gone.txt"),))
    with pytest.raises(SuiteError, match=r"gone\.txt"):
        add_feedback(corpus, [], gone, Feedback(is_right=True, why=""))
    assert feedback_file(corpus).read_text() == before
    assert list(feedback_file(corpus).parent.glob(".*.yaml")) == []


def test_comments_and_hostile_words_of_the_file_are_kept(corpus: Path) -> None:
    hostile = replace(ASKED, question="a: [\n- x: '\"#{{}} 引号")
    add_feedback(corpus, [], hostile, Feedback(is_right=True, why="- why: |\n  x"))
    path = feedback_file(corpus)
    path.write_text(path.read_text() + "  # a reader's remark\n", encoding="utf-8")
    add_feedback(corpus, [], ASKED, Feedback(is_right=True, why=""))
    assert "# a reader's remark" in path.read_text(encoding="utf-8")
    assert load_suite(path, corpus).cases[0].question == hostile.question
