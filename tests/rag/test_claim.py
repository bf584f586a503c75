"""A claim is told from other questions, and decided where numbers or a denial show it."""

import pytest

from rag.claim import check_numbers, denies, find_claim, find_premise, states_numbers, tells_of
from rag.question import detect_language

TOOK = "Training the Alpha-2 model took 1,287 MWh."
BOTH = "Training Alpha-2 emitted 552 tons, and training Beta-1 emitted 30 tons."


@pytest.mark.parametrize(
    ("question", "claim", "words"),
    [
        ("True or False: Alder is dear.", "Alder is dear.", ("True", "False")),
        ("Is it true that Alder is dear?", "Alder is dear?", ("True", "False")),
        ("Did Alpha-2 take 50 kWh?", "Did Alpha-2 take 50 kWh?", ("Yes", "No")),
        ("Didn't Alpha-2 take 50 kWh?", "Did Alpha-2 take 50 kWh?", ("Yes", "No")),
        ("Can't a lamp burn oil?", "Can a lamp burn oil?", ("Yes", "No")),
        ("灯塔高42米吗？", "灯塔高42米吗？", ("是", "不是")),
        ("灯塔是不是高42米？", "灯塔是高42米？", ("是", "不是")),
        ("灯塔有没有看守人？", "灯塔有看守人？", ("是", "不是")),
    ],
)
def test_what_yes_or_no_answers_is_a_claim(
    question: str, claim: str, words: tuple[str, str]
) -> None:
    found = find_claim(question, detect_language(question))
    assert found
    assert (found.text, (found.words["yes"], found.words["no"])) == (claim, words)


@pytest.mark.parametrize(
    "question",
    [
        "Is Alder or Birch dearer?",
        "Can you list the models?",
        "Do the documents agree on it?",
        "Does it say how much it took?",
        "How much did it take?",
        "灯塔有多高？",
        "你知道灯塔有多高吗？",
    ],
)
def test_other_questions_are_none(question: str) -> None:
    assert find_claim(question, detect_language(question)) is None


@pytest.mark.parametrize(
    ("claim", "sentence", "borne_out"),
    [
        ("Did training Alpha-2 take more than 2,000 MWh?", TOOK, False),
        ("Did training Alpha-2 take over 1,000 MWh?", TOOK, True),
        ("Training Alpha-2 took less than 2,000 MWh.", TOOK, True),
        ("Training Alpha-2 took 1,300 MWh.", TOOK, False),
        ("Did training Alpha-2 take only 12 kWh?", TOOK, False),
        ("Did training Alpha-2 take more than 1 GWh?", TOOK, True),
        ("Training Alpha-2 took 1,287 MWh.", TOOK, None),
        ("Training Alpha-2 did not take more than 2,000 MWh.", TOOK, None),
        ("Didn't training Alpha-2 take more than 2,000 MWh?", TOOK, None),
        ("Training Alpha-2 took no more than 2,000 MWh.", TOOK, None),
        ("Training Alpha-2 took about 1,300 MWh.", TOOK, None),
        ("Training Alpha-2 took 1,000 MWh.", "Training Alpha-2 took at least 900 MWh.", None),
        ("Training Alpha-2 took 900 MWh.", "Training Alpha-2 never took 800 MWh.", None),
        ("Did training Beta-1 emit 552 tons?", BOTH, False),
        ("Did training Beta-1 emit more than 100 tons?", BOTH, None),
        ("Is the harbour older than 20 years?", "The keeper was 12 years old.", None),
        ("Training Alpha-2 took at least 800 MWh.", "Training Alpha-2 took over 900 MWh.", True),
        ("Training Alpha-2 took over 950 MWh.", "Training Alpha-2 took over 900 MWh.", None),
        ("Training Alpha-2 took more than 900 MWh.", "Training Alpha-2 took 900 MWh.", False),
        ("Training Alpha-2 took less than 900 MWh.", "Training Alpha-2 took 900 MWh.", False),
        ("Training Alpha-2 took at least 900 MWh.", "Training Alpha-2 took 900 MWh.", True),
        ("Training Alpha-2 took at most 900 MWh.", "Training Alpha-2 took 900 MWh.", True),
        ("Training Alpha-2 took at most 900 MWh.", "Training Alpha-2 took over 950 MWh.", False),
        ("Training Alpha-2 took under 2 GWh.", "Training Alpha-2 took 500 to 900 MWh.", True),
        ("Training Alpha-2 took over 2 GWh.", "Training Alpha-2 took 500 to 900 MWh.", False),
        ("Training Alpha-2 took over 700 MWh.", "Training Alpha-2 took 500 to 900 MWh.", None),
        ("Training Alpha-2 took over 880 MWh.", "Training Alpha-2 took about 900 MWh.", None),
        ("Training Alpha-2 took over 500 MWh.", "Training Alpha-2 took about 900 MWh.", True),
        ("Training Alpha-2 took over 500 MWh.", "Training Alpha-2 took up to 900 MWh.", None),
        ("Training Alpha-2 took over 950 MWh.", "Training Alpha-2 took up to 900 MWh.", False),
        ("Alpha-2 took over 500 MWh.", "Alpha-2 took 900 MWh, less than Beta-1.", None),
    ],
)
def test_numbers_decide_a_claim_about_the_same(
    claim: str, sentence: str, *, borne_out: bool | None
) -> None:
    assert check_numbers(claim, sentence) is borne_out


@pytest.mark.parametrize(
    ("question", "premise"),
    [
        ("Why did training Alpha-2 take only 12 kWh?", "Did training Alpha-2 take only 12 kWh?"),
        ("为什么灯塔高50米？", "灯塔高50米？"),
        ("When did it open?", None),
        ("Why not?", None),
    ],
)
def test_a_question_why_takes_something_for_granted(question: str, premise: str | None) -> None:
    found = find_premise(question, detect_language(question))
    assert (found.text if found else None) == premise


@pytest.mark.parametrize(
    ("claim", "sentence", "denied"),
    [
        ("The act mentions the use of energy.", "It passed, but the act mentions no energy.", True),
        ("The act does not mention energy.", "The act mentions energy.", True),
        ("The act mentions energy.", "The act, which is not old, mentions energy.", False),
        ("The act mentions energy.", "The act mentions not only energy, but water.", False),
        ("The act mentions energy.", "Nobody likes rain.", False),
        ("法案提到能源吗？", "法案没有提到能源。", True),
    ],
)
def test_a_denial_is_one_of_the_clause_that_says_the_same(
    claim: str, sentence: str, *, denied: bool
) -> None:
    assert denies(claim, sentence) is denied


def test_a_claim_is_borne_out_only_with_its_numbers() -> None:
    assert states_numbers("Did Alpha-2 take 1,287 MWh?", TOOK)
    assert not states_numbers("Did Alpha-2 take 50 kWh?", TOOK)


def test_what_a_sentence_tells_of_shows_in_its_terms_in_either_language() -> None:
    claim = "Training Alpha-2 is an important step."
    assert tells_of(claim, "In our view the training of Alpha-2 comes first.", "")
    assert not tells_of(claim, "This is consistent with the approach shown in Table 1.", "")
    assert tells_of(
        "训练阿尔法重要吗？", "Training Alpha is important.", "Is training Alpha important?"
    )
    assert tells_of("训练阿尔法重要吗？", "训练阿尔法模型很重要。", "Is training Alpha important?")
    assert tells_of("白湖的水是否适合游泳？", "白湖水质良好，夏天有很多人下水游泳。", "")
    assert tells_of("Is the mill still in use?", "The mill closed in 1950.", "")
    assert not tells_of("Is a load limited to 30 t?", "A load takes a limited 3 kWh.", "")
    assert tells_of("Is a load limited to 30 t?", "A load is limited: 28 t at most.", "")
    assert not tells_of("白湖的水是否适合游泳？", "这种方法与表中的结果一致。", "")
