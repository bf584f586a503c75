"""A question that holds several is asked part by part; one that only looks so is left whole."""

import pytest

from rag.chain import Chain
from rag.parts import asks_of_each, needs_before, split_question, take_divided
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


@pytest.mark.parametrize(
    ("asked", "each"),
    [
        ("What did Alder and Birch each cost?", True),
        ("What are the height and width of Alder, respectively?", True),
        ("桤木桥和桦木桥的造价分别是多少？", True),
        ("《远航》的主演和导演是谁？", True),
        ("What did Alder and Birch cost together?", False),
        ("How much does each visitor pay?", False),
        ("What is the difference between Alder and Birch, each taken alone?", False),
        ("桤木桥和桦木桥分别有什么不同？", False),
        ("How many ferries run between Alder and Birch each day?", False),
        ("What is the total of what Alder and Birch each cost?", False),
        ("How many boats and cars pass each day?", False),
        ("《战争与和平》的作者是谁？", False),
        ("共和国总统是谁？", False),
        ("参与者是谁？", False),
        ("桤木桥和桦木桥总共花了多少？", False),
        ("谁设计了桤木桥？", False),
    ],
)
def test_a_question_about_each_of_several_is_noticed(asked: str, *, each: bool) -> None:
    assert asks_of_each(asked) == each


@pytest.mark.parametrize(
    ("asked", "reply", "parts"),
    [
        (
            "What did Alder and Birch each cost?",
            "What did Alder cost?\nWhat did Birch cost?\n",
            ("What did Alder cost?", "What did Birch cost?"),
        ),
        (
            "桤木桥2019年和2020年的客流量分别是多少？",
            "桤木桥2019年的客流量是多少？\n桤木桥2020年的客流量是多少？",
            ("桤木桥2019年的客流量是多少？", "桤木桥2020年的客流量是多少？"),
        ),
        ("A长和副A长分别是谁？", "A长是谁？\n副A长是谁？", ("A长是谁？", "副A长是谁？")),
        ("Who are A1 and B2, respectively?", "Who is A1?", None),
        ("Who are A1 and B2, respectively?", "Who is A1?\nWho is C3?", None),
        ("Who are A1 and B2, respectively?", "Who is A1?\nWho are A1 and B2?", None),
        ("桤木桥和桦木桥分别在哪？", "桤木桥在哪？\n桤木桥在哪？", None),
        ("《远与近》和《高》分别是谁写的？", "《远》是谁写的？\n《近》与《高》是谁写的？", None),
        ("桤木桥和桦木桥分别在哪？", "桤木桥在哪？\n桦木桥由谁设计？", None),
    ],
)
def test_what_a_model_made_of_a_question_is_taken_if_it_is_of_its_words(
    asked: str, reply: str, parts: tuple[str, ...] | None
) -> None:
    assert take_divided(reply, asked) == (parts or (asked,))


@pytest.mark.models
def test_each_part_is_answered_and_the_one_without_answer_is_named(chain: Chain) -> None:
    asked = "How much electricity did training GPT-3 take, and who is the harbour master?"
    answer = chain.invoke(Question(asked))
    assert "1,287 MWh" in answer.text
    assert not answer.abstained
    assert answer.unanswered == ("Who is the harbour master?",)
    assert answer.text.endswith("this part: “Who is the harbour master?”")
    assert all(one.citations or one.mark for one in answer.sentences)
