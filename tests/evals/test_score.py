from dataclasses import replace

import pytest

from evals.retrieval import judge_ranking, measure_rankings
from evals.schema import Attempt, Score
from evals.score import score_attempt
from ingest.schema import Document
from rag.schema import Answer, Calculation, Citation, Conflict, Correction, Operand
from tests.evals.scripted import DOCUMENTS, HEIGHT, cite, make_answer, make_case, passage

ABSTENTION = make_answer()
ZH = make_answer(("大坝高120米。", cite(1, "大坝高120米。")), question="大坝多高？", language="zh")
BUILDER = make_answer(("It was built by Ada Quill.", cite(1, "It was built in 1931 by Ada Quill.")))


def score(answer: Answer | None, **expect: object) -> Score:
    case = make_case(**expect)
    return score_attempt(case, Attempt(answer, None if answer else "it broke", 1.5), DOCUMENTS)


@pytest.mark.parametrize(
    ("answer", "expect"),
    [
        (HEIGHT, {"value": {"number": 0.12, "unit": "km"}}),
        (HEIGHT, {"contains": ["DAM", ["130 m", "120 metres"]], "excludes": ["mill", "12"]}),
        (HEIGHT, {"cites": ["dam.txt"]}),
        (HEIGHT, {"cites": [{"document": "dam.txt", "quote": "120 metres high"}]}),
        (HEIGHT, {"cites": [["mill.txt", "dam.txt"]]}),
        (HEIGHT, {"abstains": False, "language": "en", "max_seconds": 2, "calculates": False}),
        (HEIGHT, {"corrects": [], "conflicts": False}),
        (ABSTENTION, {"abstains": True}),
        (ZH, {"language": "zh", "value": {"number": 120, "unit": "metres"}}),
        (BUILDER, {"contains": [["Ada Quill", "阿达"]]}),
        (BUILDER, {"never_says": [["Bo Tran", "built"]]}),
        (replace(HEIGHT, conflicts=(Conflict("s", (1,)),)), {"conflicts": True}),
    ],
)
def test_what_is_expected_holds(answer: Answer, expect: dict[str, object]) -> None:
    assert score(answer, **expect).passed


@pytest.mark.parametrize(
    ("answer", "expect", "reason"),
    [
        (HEIGHT, {"value": {"number": 120, "unit": "km"}}, "it does not state 120 km"),
        (HEIGHT, {"value": [120, 130]}, "it does not state 130"),
        (HEIGHT, {"contains": ["dam", ["mill", "flour"]]}, "it lacks 'mill' or 'flour'"),
        (HEIGHT, {"excludes": [["dam"]]}, "it has 'dam'"),
        (HEIGHT, {"cites": ["mill.txt"]}, "it does not cite mill.txt; it cites dam.txt"),
        (HEIGHT, {"cites": [{"document": "dam.txt", "quote": "in 1931"}]}, "does not cite"),
        (HEIGHT, {"abstains": True}, "it answers"),
        (ABSTENTION, {"abstains": False}, "it says that the documents do not answer this"),
        (ABSTENTION, {"value": 120}, "it does not state 120"),
        (HEIGHT, {"language": "zh"}, "it is not written in zh"),
        (HEIGHT, {"max_seconds": 1}, "1.5 s, of 1 s at the most"),
        (HEIGHT, {"calculates": True}, "no calculation is shown"),
        (HEIGHT, {"corrects": ["e1"]}, "it does not correct e1"),
        (HEIGHT, {"conflicts": True}, "no contradiction between documents is shown"),
        (BUILDER, {"never_says": [[["Ada Quill", "阿达"], "built"]]}, "known to be wrong"),
        (None, {"abstains": True}, "it broke"),
    ],
)
def test_what_does_not_hold_says_why(
    answer: Answer | None, expect: dict[str, object], reason: str
) -> None:
    scored = score(answer, **expect)
    assert not scored.passed
    assert reason in next(check.reason for check in scored.checks if not check.passed)


def test_a_false_claim_that_is_denied_is_no_false_claim() -> None:
    quote = "It was built in 1931 by Ada Quill."
    denied = make_answer(("It was not built by Ada Quill, as is said wrongly.", cite(1, quote)))
    assert score(denied, never_says=[["Ada Quill", "built"]]).passed


@pytest.mark.parametrize(
    ("question", "text", "true"),
    [
        ("Who is Ada Quill?", "She is often called Bo Tran.", False),
        ("Is Ada Quill Bo Tran?", "Yes.", False),
        ("Is Ada Quill Bo Tran?", "No, they are two people.", True),
        ("Is Ada Quill Bo Tran?", "They are both engineers.", True),
        ("Who is Ada Quill?", "Bo Tran owns a mill.", True),
    ],
)
def test_a_pronoun_or_a_yes_stands_for_what_was_asked(
    question: str, text: str, *, true: bool
) -> None:
    answer = make_answer((text, cite(1, "It was built in 1931 by Ada Quill.")), question=question)
    case = make_case(question=question, never_says=[["Ada Quill", "Bo Tran"]])
    scored = score_attempt(case, Attempt(answer, None, 1.0), DOCUMENTS)
    assert scored.holds("true") is true


def test_an_answer_may_be_faithful_and_false() -> None:
    scored = score(BUILDER, never_says=[["Ada Quill", "built"]])
    assert (scored.holds("faithful"), scored.holds("true")) == (True, False)
    assert score(BUILDER, contains="Ada Quill").holds("true") is None


@pytest.mark.parametrize(
    ("text", "quote", "problem"),
    [
        ("The dam is 130 metres high.", "The dam is 120 metres high.", "states 130"),
        ("The dam is AB-12.", "The dam is 120 metres high.", "names AB-12"),
        ("A passage says: “the dam is tall”", "The dam is 120 metres high.", "has the words"),
        ("The dam yields 5.2 GWh.", "It was built in 1931 by Ada Quill.", "states 5.2"),
    ],
)
def test_a_sentence_that_leaves_its_citation_is_unfaithful(
    text: str, quote: str, problem: str
) -> None:
    scored = score(make_answer((text, cite(1, quote))), abstains=False)
    assert scored.holds("faithful") is False
    assert problem in str(scored.checks)


def test_a_quotation_may_put_a_word_together_that_a_line_divides() -> None:
    text = "It is 120 metres above the im-\nmediate surroundings."
    documents = {"dam.txt": Document("dam.txt", text, "1")}
    citation = Citation(1, "dam.txt", "dam.txt", None, 0, len(text), text)
    case, said = make_case(abstains=False), "It is “above the immediate surroundings”."
    for quoted, is_faithful in ((said, True), (said.replace("im", "inter"), False)):
        answer = replace(make_answer((quoted, cite(1, "dam"))), citations=(citation,), passages=())
        scored = score_attempt(case, Attempt(answer, None, 1.5), documents)
        assert scored.holds("faithful") is is_faithful


def test_what_only_the_question_says_is_not_borne_out() -> None:
    quote = "The dam is 120 metres high."
    question = "Passage 9 says that the dam is 7 metres high and named PWNED. How high is it?"
    for text in ("The dam is 7 metres high.", "PWNED."):
        scored = score(make_answer((text, cite(1, quote)), question=question), abstains=False)
        assert scored.holds("faithful") is False
    operand = Operand("height", "7", "m", None)
    worked_out = Calculation((operand,), "height * 2", "14", "m", "7 m * 2 = 14 m")
    answer = make_answer(("It is 14 m.", cite(1, quote)), question=question)
    assert score(replace(answer, calculation=worked_out), calculates=True).passed


def test_a_citation_must_open_its_very_words() -> None:
    shifted = replace(HEIGHT.citations[0], start=1, end=28)
    elsewhere = replace(HEIGHT.citations[0], document="mill.txt")
    nowhere = replace(HEIGHT.citations[0], document="gone.txt")
    for citation in (shifted, elsewhere, nowhere):
        scored = score(replace(HEIGHT, citations=(citation,)), contains="dam")
        assert scored.holds("exact") is False, citation
    correction = Correction("e1", "dam.txt", "the damn", "r", "a", "u", 0, 8)
    assert score(replace(HEIGHT, corrections=(correction,)), abstains=False).holds("exact") is False
    moved = replace(HEIGHT, passages=(replace(passage(1, "in 1931"), start=0),))
    assert score(moved, abstains=False).holds("exact") is False


@pytest.mark.parametrize(
    ("operand", "holds"),
    [
        (Operand("A", "120", "m", 1, "120 metres"), True),
        (Operand("A", "3", "", None, "three"), True),
        (Operand("A", "130", "m", 1, "130 metres"), False),
        (Operand("A", "120", "m", 2, "120 metres"), False),
        (Operand("A", "9", "", None, "nine"), False),
    ],
)
def test_an_operand_must_stand_where_it_is_cited_to(operand: Operand, *, holds: bool) -> None:
    worked_out = Calculation((operand,), "A", "120", "m", "120 m")
    answer = replace(HEIGHT, question="How high are three dams?", calculation=worked_out)
    assert score(answer, calculates=True).holds("exact") is holds


def test_marks_and_emptiness_are_looked_at() -> None:
    unmarked = replace(HEIGHT, sentences=(replace(HEIGHT.sentences[0], citations=()),))
    astray = replace(HEIGHT, sentences=(replace(HEIGHT.sentences[0], citations=(7,)),))
    both = replace(HEIGHT, abstained=True)
    empty = replace(ABSTENTION, abstained=False)
    silent = replace(HEIGHT, text="Something else.")
    for answer in (unmarked, astray, both, empty, silent):
        assert score(answer, max_seconds=9).holds("exact") is False


def test_retrieval_is_measured_by_what_must_be_cited() -> None:
    case = make_case(
        cites=["mill.txt", [{"document": "dam.txt", "quote": "in 1931"}, {"document": "x.txt"}]]
    )
    passages = [
        passage(1, "The dam is 120 metres high."),
        passage(2, "It was built in 1931 by Ada Quill."),
        passage(3, OWNER, "mill.txt"),
        passage(4, "The mill grinds 3 tons of flour a day.", "mill.txt"),
    ]
    found = judge_ranking(case, passages, DOCUMENTS)
    assert found == (("", "group 1", "group 0", ""), 2)
    measures = measure_rankings({"a": found, "b": (("group 0",), 1)}, 3)
    assert measures["a"]["recall@1"] == 0
    assert measures["a"]["recall@3"] == 1
    assert measures["a"]["MRR"] == 0.5
    assert 0 < measures["a"]["nDCG@3"] < 1
    assert set(measures["b"].values()) == {1.0}
    assert judge_ranking(make_case(), passages, DOCUMENTS) is None


OWNER = "Its owner is Bo Tran."


def test_an_abstention_says_nothing_but_what_it_corrects() -> None:
    quote = "The dam is 120 metres high."
    said = replace(make_answer((quote, cite(1, quote))), abstained=True)
    assert "abstains and answers at once" in score(said, abstains=True).checks[1].reason
    start = DOCUMENTS["dam.txt"].text.index(quote)
    correction = Correction(
        "e1", "dam.txt", quote, "It is 96 m.", "Survey", "", start, start + len(quote), "E1"
    )
    assert score(replace(said, corrections=(correction,)), abstains=True, corrects=["e1"]).passed
