"""Two opinions of the model, an examiner's and a finder's, decide on what is shown as an answer."""

import pytest

from rag.chat_model import ChatModel
from rag.judge import LEAST_RIGHT, Judge, mean_likelihood
from rag.schema import Evidence, Passage

TEXT = "The press at Alder was built by Ana Ruiz in 1931, and printed forty newspapers."
TEXT_ZH = "灯塔由安娜设计，建于1887年。"


def evidence(text: str) -> list[Evidence]:
    passage = Passage(1, "a.txt", "Printing", None, 0, len(text), text, (), 0.9)
    return [Evidence(1, passage, 0, len(text), text)]


class ScriptedOpinions(ChatModel):
    """Likelihoods instead of a model: this is about how they are joined."""

    is_local = True

    def __init__(self, right: float, found: float) -> None:
        self._right, self._found = right, found
        self.asked: list[str] = []

    def weigh(self, messages: object, words: object) -> list[float]:
        self.asked.append("examiner")
        return [self._right, 1 - self._right]

    def weigh_one(self, messages: object, word: object) -> float:
        self.asked.append("finder")
        return 1 - self._found


def doubt(model: ChatModel, question: str, text: str, of: str | None = None) -> str | None:
    return Judge(model, question, "", []).doubt_answer(text, evidence(of or text))


@pytest.mark.parametrize(
    ("right", "found", "is_shown"),
    [(0.9, 0.9, True), (0.7, 0.3, False), (0.5, 0.9, True), (0.4, 0.5, False), (0.95, 0.2, True)],
)
def test_both_opinions_count_alike(*, right: float, found: float, is_shown: bool) -> None:
    assert (doubt(ScriptedOpinions(right, found), "How?", "So.") is None) == is_shown


def test_what_the_examiner_finds_rather_wrong_is_not_looked_for() -> None:
    model = ScriptedOpinions(LEAST_RIGHT - 0.01, 1.0)
    assert doubt(model, "How?", "So.")
    assert model.asked == ["examiner"]


def test_the_mean_of_two_likelihoods_lies_between_them() -> None:
    assert 0.5 < mean_likelihood(1.0, 0.5) < 1, "one that is certain is no proof"
    assert mean_likelihood(0.5, 0.5) == pytest.approx(0.5)
    assert mean_likelihood(0.2, 0.8) == pytest.approx(0.5)


@pytest.mark.models
@pytest.mark.parametrize(
    ("question", "answer", "text", "is_shown"),
    [
        ("Who built the press at Alder?", "Ana Ruiz built the press at Alder.", TEXT, True),
        ("When was the press at Alder built?", "It was built in 1931.", TEXT, True),
        ("灯塔是谁设计的？", "灯塔由安娜设计。", TEXT_ZH, True),
        ("How heavy is the press at Alder?", "The press at Alder was built in 1931.", TEXT, False),
        ("Who built the mill at Birch?", "Ana Ruiz built the press at Alder.", TEXT, False),
        ("灯塔有多高？", "灯塔建于1887年。", TEXT_ZH, False),
    ],
)
def test_an_answer_is_shown_and_what_does_not_answer_is_not(
    chat_model: ChatModel, *, question: str, answer: str, text: str, is_shown: bool
) -> None:
    assert (doubt(chat_model, question, answer, text) is None) == is_shown
