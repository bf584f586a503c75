"""The kind of thing that is asked for is told where it is plain, and only there."""

import pytest

from rag.kind import find_kind, states_kind

STATED = [
    ("When was the harbour built?", "It was built in 1887.", "The harbour is of granite."),
    ("In what year did it open?", "It opened two years later.", "It opened to the public."),
    ("How many lamps are there?", "There are twelve lamps.", "The lamps are bright."),
    ("How many times more do cars use?", "They use twice as much.", "They use 3 kWh more."),
    ("By what factor do lamps use less?", "They use 1/40th of it.", "They use much less."),
    ("灯的用电是炉子的几分之一？", "是四十分之一。", "灯用电少。"),
    ("灯塔的高度是磨坊的几倍？", "是磨坊的两倍。", "灯塔高42米。"),
    ("How much water did it use?", "It used 700,000 litres.", "It used 1,287 MWh of water."),
    ("How much energy did it take?", "It took 1,287 MWh.", "It emitted 552 tons."),
    ("How much CO2 did Alpha-2 emit?", "It emitted 552 tons.", "Alpha-2 took 50 kWh."),
    ("How long does a tour take?", "It takes an hour.", "The tower has 120 steps."),
    ("How high is the tower?", "It is 42 m high.", "It was built in 9 years."),
    ("What percentage of it is coal?", "Coal is a third of it.", "Coal is burnt."),
    ("What did the oil cost in dollars?", "It cost 90 dollars.", "It was 500 litres."),
    ("How old is the keeper?", "She is 71.", "She keeps the lamps."),
    ("灯塔什么时候建成的？", "灯塔建于1887年。", "灯塔很高。"),
    ("训练用了多少水？", "用了70万升。", "用了1,287 MWh。"),
    ("训练用了多少电？", "用了1,287兆瓦时。", "排放了552吨。"),
    ("生成图像的二氧化碳排放上限是多少？", "最多1,000克。", "是2.907千瓦时。"),
]


@pytest.mark.parametrize(("question", "right", "wrong"), STATED)
def test_a_sentence_states_the_kind_or_does_not(question: str, right: str, wrong: str) -> None:
    kind = find_kind(question)
    assert kind
    assert states_kind(right, kind)
    assert not states_kind(wrong, kind)


@pytest.mark.parametrize(
    "question",
    [
        "Who built the harbour?",
        "Why does it use so much water?",
        "Does it say how much water was used?",
        "When was it built, and who built it?",
        "What happens when the lamp fails?",
        "灯塔是谁建的，什么时候建的？",
        "训练是否用了多少水？",
    ],
)
def test_other_questions_ask_for_no_kind(question: str) -> None:
    assert find_kind(question) is None


def test_a_number_without_a_unit_that_is_known_may_be_of_any() -> None:
    kind = find_kind("How much water did it use?")
    assert kind
    assert states_kind("It used 12 barrels.", kind)
    assert states_kind("It used as much as a village.", kind)
    assert not states_kind("With 175 billion parameters, it took 1,287 MWh.", kind)
