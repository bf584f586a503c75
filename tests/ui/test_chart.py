"""Values of an answer as bars: the same kind together, each beside the words that state it."""

from dataclasses import replace

from rag.schema import Answer, Citation, Sentence
from tests.evals.scripted import make_answer
from ui.chart import LONGEST_BAR, chart_markdown


def make_answer_of(*texts: str) -> Answer:
    """Return an answer of sentences, each of which cites itself."""
    numbered = list(enumerate(texts, 1))
    return replace(
        make_answer(),
        abstained=False,
        sentences=tuple(Sentence(text, (number,), verified=True) for number, text in numbered),
        citations=tuple(
            Citation(number, "a.txt", "A", None, 0, len(text), text) for number, text in numbered
        ),
    )


def chart_of(*sentences: str) -> list[str]:
    return chart_markdown(make_answer_of(*sentences)).splitlines()[2:]


def test_values_are_drawn_by_their_size_in_one_unit() -> None:
    first, second = chart_of("The old dam gives 2 GWh a day.", "The new dam gives 500 MWh a day.")
    assert first.count("█") == LONGEST_BAR
    assert second.count("█") == LONGEST_BAR // 4
    assert "**500 MWh" in second
    assert "The new dam gives" in second
    assert "[\\[2\\]](#open" in second


def test_two_values_of_a_sentence_stand_beside_their_own_words() -> None:
    first, second = chart_of("Alder is 40 m high, and the tower of Birch is 80 m high.")
    assert "Alder is 40 m high" in first
    assert "Birch" not in first.split("[")[0]
    assert "Birch is 80 m high" in second


def test_what_does_not_compare_is_no_chart() -> None:
    assert not chart_of("It is 40 m high.", "It weighs 3 t.")
    assert not chart_of("It is 40 m high.", "It is 40 m high, as they say.")
    assert not chart_of("It has 3 gates.", "It was built in 1931.")


def test_nothing_of_a_document_is_markup() -> None:
    hostile = "<img src=x> | [x](http://x) is 40 m high"
    (first, _) = chart_of(hostile, "That is 20 m high")
    assert "<img" not in first.replace("\\<", "")
    assert first.replace("\\|", "").count("|") == 3


def test_a_correction_keeps_its_mark() -> None:
    answer = make_answer_of("It is 40 m high.")
    marked = Sentence("In truth it is 45 m high.", (), verified=True, mark="E1")
    shown = chart_markdown(replace(answer, sentences=(*answer.sentences, marked)))
    assert "\\[E1\\]" in shown
