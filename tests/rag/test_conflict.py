"""A contradiction is shown where passages speak of the same thing, and nowhere else."""

import pytest

from ingest.embed import Embedder
from rag.conflict import find_rivals, find_twins
from rag.evidence import find_sentences
from rag.schema import Passage


def passage(number: int, text: str, title: str = "The Varna mill") -> Passage:
    return Passage(number, f"{number}.txt", title, None, 0, len(text), text, (), 0.9)


CASES = [
    ("How tall is the mill?", "It is 31 metres tall.", "It is 28 metres tall.", 1),
    ("How tall is the mill?", "It is 31 metres tall.", "It weighs 28 tons.", 0),
    ("How tall is the mill?", "It is 31 metres tall.", "The mill is 31 m tall.", 0),
    ("How many sails has it?", "It has 6 sails.", "It has 4 sails.", 1),
    ("How many sails has it?", "It has 6 sails.", "It has 4 doors.", 0),
    ("When was it built?", "It was built in 1851.", "The mill was built in 1862.", 1),
    ("How much in 1900?", "It ground 40 tons in 1900.", "It ground 52 tons in 1900.", 1),
    ("How much in 1900?", "It ground 40 tons in 1900.", "It ground 52 tons in 1910.", 0),
    ("Who built it?", "It was built by Ada Brandt.", "It was built by Jo Lind.", 1),
    ("Who built it?", "It was built by Ada Brandt.", "Flour was sold by Jo Lind.", 0),
    ("How much?", "In the first quarter 40 t came.", "In the third quarter 52 t came.", 0),
    ("How much?", "In the first quarter 40 t came.", "In the first quarter 52 t came.", 1),
    ("磨坊磨了多少？", "第一季度磨坊磨了40吨面粉。", "上半年磨坊磨了92吨面粉。", 0),
    ("How much in 1900?", "It ground 40 tons in 1900.", "It ground over 30 tons in 1900.", 0),
    ("How much in 1900?", "It ground 40 tons in 1900.", "It ground more than 30 tons in 1900.", 0),
    ("How much in 1900?", "It ground 40 tons in 1900.", "It ground more than 50 tons in 1900.", 1),
    ("How much in 1900?", "It ground nearly 40 tons in 1900.", "It ground 39 tons in 1900.", 0),
    ("磨坊磨了多少？", "1900年磨坊磨了3182吨面粉。", "1900年磨坊面粉首次突破3000吨。", 0),
    ("How much in 1900?", "It ground 40 t in 1900.", "It ground 52 t in 1900, over 30 t rye.", 1),
    ("磨坊磨了多少？", "第一季度磨坊磨了40吨面粉。", "一季度磨坊磨了92吨面粉。", 1),
    ("How heavy?", "Boats of 60 t may enter.", "Boats not exceeding 40 t may enter.", 1),
    ("How tall is the mill?", "It is 31 metres tall.", "A tree of 28 metres stands by.", 0),
    ("白湖有多深？", "白湖面积45平方公里，最深处80米。", "青湖面积12平方公里，最深处30米。", 0),
    ("磨坊有多高？", "磨坊高31米。", "It is 28 metres tall.", 1),
]  # fmt: skip


@pytest.mark.parametrize(("question", "cited", "other", "contradicts"), CASES)
def test_other_values_of_the_same_thing_contradict(
    question: str, cited: str, other: str, contradicts: int, embedder: Embedder
) -> None:
    sentences = find_sentences([passage(1, cited), passage(2, other)])
    found = find_rivals(cited, sentences[:1], sentences, question, embedder)
    assert [item.text for item in found] == ([other] if contradicts else [])


def test_another_thing_of_the_kind_does_not_contradict(embedder: Embedder) -> None:
    texts = ["The Varna mill is 31 metres tall.", "The Dobrich mill is 28 metres tall."]
    sentences = find_sentences(
        [passage(1, texts[0]), passage(2, texts[1], title="The Dobrich mill")]
    )
    question = "How tall is the Varna mill?"
    assert not find_rivals(texts[0], sentences[:1], sentences, question, embedder)


def test_another_thing_of_the_same_document_does_not_contradict(embedder: Embedder) -> None:
    text = "A sail costs 240 euros. A shower costs 150 euros. It costs 260 euros."
    sentences = find_sentences([passage(1, text, title="The costs of a sail")])
    question = "How much does a sail cost?"
    assert not find_rivals(sentences[0].text, sentences[:1], sentences, question, embedder)
    power = find_sentences([passage(1, "The mill takes 5 kWh of power. The mill takes 6 kWh.")])
    asked = "How much power does the mill take?"
    assert find_rivals(power[0].text, power[:1], power, asked, embedder)
    again = "A sail costs 240 euros. Later, a sail costs 260 euros."
    sentences = find_sentences([passage(1, again)])
    assert find_rivals(sentences[0].text, sentences[:1], sentences, question, embedder)


def test_what_the_question_itself_says_is_not_in_dispute(embedder: Embedder) -> None:
    texts = ["The 6 sails are of oak.", "The 4 sails are of pine."]
    sentences = find_sentences([passage(1, texts[0]), passage(2, texts[1])])
    question = "Of what are the 6 sails?"
    assert not find_rivals(texts[0], sentences[:1], sentences, question, embedder)


@pytest.mark.parametrize(
    ("question", "cited", "other", "is_twin"),
    [
        ("Who bought the mill?", "Apple bought the mill.", "Oracle bought the mill.", True),
        ("Who ran it?", "Jo Lind’s rule began in May.", "Ada Brandt’s rule began in May.", True),
        ("When?", "It was built on May 4, 1851.", "It was built on May 14, 1862.", True),
        ("How much?", "It took 1.39 tons of oak.", "It took 10.4 tons of oak.", True),
        ("磨坊有多高？", "磨坊高31米。", "磨坊高28米。", True),
        ("How tall is Varna?", "Varna is 31 metres tall.", "Dobrich is 31 metres tall.", False),
        ("How tall is it?", "Varna is 31 metres tall.", "Dobrich is 28 metres tall.", False),
        ("What was it like?", "It was old and tall.", "It was new and tall.", False),
        ("Who bought it?", "Apple did.", "Oracle did.", False),
        ("How many sails?", "It has 31 doors and 6 sails.", "It has 28 doors and 6 sails.", False),
        ("How many MW?", "It has 31 doors and 6 MW.", "It has 28 doors and 6 MW.", False),
        ("When was it bought?", "Jo bought it in 1851.", "Ada bought it in 1851.", False),
        ("Who bought it?", "Jo bought it in 1851.", "Ada bought it in 1851.", True),
        ("Is it tall?", "Each mill there is tall.", "This mill there is tall.", False),
        ("Who bought it?", "Apple bought the mill.", "Apple bought the mill.", False),
    ],
)
def test_a_sentence_with_one_other_name_or_number_is_a_twin(
    question: str, cited: str, other: str, *, is_twin: bool
) -> None:
    sentences = find_sentences([passage(1, cited), passage(2, other)])
    found = find_twins(question, sentences[:1], sentences)
    assert [item.text for item in found] == ([other] if is_twin else [])


def test_a_twin_of_another_passage_is_of_what_that_is_about() -> None:
    texts = [
        "Varna mill is old. Jo Lind built it.",
        "Dobrich mill is old. Bo Tran built it.",
    ]
    sentences = find_sentences([passage(1, texts[0]), passage(2, texts[1], title="Dobrich")])
    cited = [item for item in sentences if "Jo" in item.text]
    assert not find_twins("Who built the Varna mill?", cited, sentences)
    assert find_twins("Who built the mill?", cited, sentences)
