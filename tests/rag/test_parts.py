"""A question that holds several is asked part by part; one that only looks so is left whole."""

import pytest

from rag.chain import Chain
from rag.parts import needs_before, split_question
from rag.schema import Question


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        (
            "How many can the ferry carry, and who is the harbour master?",
            ("How many can the ferry carry?", "Who is the harbour master?"),
        ),
        ("Who is Ana Ruiz, and did she build Alder?", ("Who is Ana Ruiz?", "Did she build Alder?")),
        ("What is PUE and why does it matter?", ("What is PUE?", "Why does it matter?")),
        ("How old is Alder? Who built it?", ("How old is Alder?", "Who built it?")),
        ("渡轮能载多少人，港务长是谁？", ("渡轮能载多少人？", "港务长是谁？")),
    ],
)
def test_each_question_is_a_part(asked: str, parts: tuple[str, ...]) -> None:
    assert split_question(asked) == parts


@pytest.mark.parametrize(
    "asked",
    [
        "Who built the mill and when?",
        "When and where was it built?",
        "Which is larger, Alder or Birch, and how much larger?",
        "What dog was sacred in China, and could only be owned by members of the palace?",
        "What is the term for the water evaporated, and is defined as 'withdrawal'?",
        "What links what Alder does and what Birch does?",
        "I read that Alder is old. Is that right?",
        "A? What is Alder? What is Birch? What is Cedar?",
        "What was the revenue and what was the profit in 2019?",
        "How many men died, and how many women died in the fire of 1900?",
        "Are there rules on when the pilots board and how they are paid?",
        "Can you tell me when the port opened, and who founded the port?",
        "Is it true that Anna knew what the pump cost and who built it?",
        "Which company that makes ships and whose owner is Greek paid?",
        'Who was it that said, "I came, and what did I see?"?',
        "Can you help me? What is the harbour fee?",
        "OK? What is the harbour fee?",
        "训练用了多少能源，排放了多少二氧化碳？",
        "白湖的面积是多少，深度是多少？",
        "几百年来，港口的主人是谁？",
        "如果船长是谁不清楚，船东是谁？",
        "《什么是爱，什么是恨》的作者是谁？",
        "Compare Alder and Birch.",
    ],
)
def test_one_question_stays_whole(asked: str) -> None:
    assert split_question(asked) == (asked,)


@pytest.mark.parametrize(
    ("part", "before", "needs"),
    [
        ("How much water was used?", "How large is GPT-3?", True),
        ("How many MWh did training take?", "How large is BLOOM?", True),
        ("What was the PUE?", "What was used to train GPT-3?", True),
        ("Did she build Alder?", "Who is Ana Ruiz?", False),
        ("Who is the harbour master?", "How many can the ferry carry?", False),
        ("导演是谁？", "《心居》的主演有谁？", True),
        ("高多少米？", "塔建于哪一年？", True),
        ("港务长是谁？", "渡轮能载多少人？", False),
    ],
)
def test_a_part_without_names_may_mean_what_was_named_before(
    part: str, before: str, *, needs: bool
) -> None:
    assert needs_before(part, [before]) == needs


@pytest.mark.models
def test_each_part_is_answered_and_the_one_without_answer_is_named(chain: Chain) -> None:
    asked = "How much electricity did training GPT-3 take, and who is the harbour master?"
    answer = chain.invoke(Question(asked))
    assert "1,287 MWh" in answer.text
    assert not answer.abstained
    assert answer.unanswered == ("Who is the harbour master?",)
    assert answer.text.endswith("this part: “Who is the harbour master?”")
    assert all(one.citations or one.mark for one in answer.sentences)
