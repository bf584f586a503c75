"""Questions to go on with are about names in the passages, and no others."""

from dataclasses import replace

from rag.schema import Answer, Language, Passage
from tests.evals.scripted import make_answer
from ui.suggestions import suggest

TEXT = (
    "The dam feeds the Aller Works. Its towers were built by Marta Reyes of Nordwasser AB. "
    "Environmental groups came later, and environmental law with them. It has a DX-7 gate that "
    "gives 40 MWh."
)


def make(question: str, text: str, language: Language = "en") -> Answer:
    """Return an answer whose one passage is TEXT."""
    found = Passage(1, "a.txt", "A", None, 0, len(TEXT), TEXT, (), 0.9)
    return replace(make_answer(question=question), text=text, passages=(found,), language=language)


def test_names_that_stand_side_by_side_are_one_and_words_are_none() -> None:
    answer = make("What does the dam feed?", "It feeds a works.")
    offered = suggest(answer, [])
    assert 0 < len(offered) <= 3
    told = " ".join(offered)
    assert "about Marta Reyes?" in told or "about the Aller Works?" in told
    assert "Environmental" not in told
    assert "MWh" not in told, "a unit names nothing"
    assert "Reyes?" not in told.replace("Marta Reyes?", "")


def test_what_was_said_or_asked_is_not_offered_again() -> None:
    answer = make("Who built the dam?", "Marta Reyes built it.")
    offered = suggest(answer, [])
    assert not any("Reyes" in one for one in offered)
    assert offered[0] not in suggest(answer, offered[:1])


def test_it_is_offered_in_the_language_of_the_answer() -> None:
    answer = make("大坝？", "是的。", "zh")
    offered = suggest(answer, [])
    assert offered
    assert all(one.startswith("文档中关于") for one in offered)


def test_names_are_whole_and_nationalities_are_none() -> None:
    text = (
        "It was seen by Ana McRae of Oslo. Lee Varden saw it in Welsh weather. "
        "It stands in the Two Rivers. The DX-7 gate is new."
    )
    answer = make("What is there?", "A gate.")
    found = replace(answer.passages[0], text=text, end=len(text))
    offered = suggest(replace(answer, passages=(found,)), [])
    named = {one.removeprefix("What do the documents say about ").rstrip("?") for one in offered}
    assert {"Ana McRae", "the Two Rivers", "DX-7"} == named
