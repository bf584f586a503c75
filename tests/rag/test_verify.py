"""A drafted sentence holds only if its numbers and names stand in what it cites."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ingest.embed import Embedder
from rag.evidence import find_sentences
from rag.schema import Passage
from rag.verify import (
    Draft,
    Verifier,
    find_numbers,
    keep_to_subject,
    missing_identifiers,
    parse_line,
)

TEXT = (
    "Training Alpha-2 took 1,287 MWh of energy. The Beta model emitted about 30 tons. "
    "Gamma has 175 billion parameters. Nobody measured the water."
)
PASSAGE = Passage(1, "a.txt", "Models", None, 0, len(TEXT), TEXT, (), 0.9)
EVIDENCE = find_sentences([PASSAGE])
QUESTION = "How much did Beta and Delta take in 2031?"


@pytest.fixture(scope="module")
def verifier(embedder: Embedder) -> Verifier:
    return Verifier(EVIDENCE, embedder, QUESTION)


@pytest.mark.parametrize(
    ("line", "draft"),
    [
        ("[2] It emitted 30 tons.", Draft((2,), "It emitted 30 tons.")),
        ("[1][3] Two.", Draft((1, 3), "Two.")),
        ("[1, 3] Two.", Draft((1, 3), "Two.")),
        ("At the end. [4]", Draft((4,), "At the end.")),
        ("No mark at all.", Draft((), "No mark at all.")),
        ("[1]", None),
        ("", None),
        ("[1] …!", None),
    ],
)
def test_a_line_is_read_with_its_marks(line: str, draft: Draft | None) -> None:
    assert parse_line(line) == draft


def test_sentences_are_numbered_and_quote_exactly() -> None:
    assert [item.number for item in EVIDENCE] == [1, 2, 3, 4]
    assert all(TEXT[item.start : item.end] == item.text for item in EVIDENCE)


def test_a_wrong_sentence_number_is_put_right(verifier: Verifier) -> None:
    verdict = verifier.check(Draft((4,), "Beta emitted about 30 tons."))
    assert verdict.reason is None
    assert [item.number for item in verdict.evidence] == [2]


def test_a_sentence_that_needs_two_is_cited_to_both(verifier: Verifier) -> None:
    draft = Draft((1,), "It took 1,287 MWh and emitted 30 tons.")
    assert [item.number for item in verifier.check(draft).evidence] == [1, 2]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Training took 1,288 MWh.", "1288"),
        ("Gamma has 17.5 billion parameters.", "17500000000"),
        ("The Omega model emitted 30 tons.", "omega"),
        ("Training Alpha-3 took 1,287 MWh.", "alpha3"),
        ("Training Alpha-2 took 1,287 MWh in 2031.", "2031"),
        ("The Delta model emitted 30 tons.", "delta"),
        ("Training Alpha-2 took 1,287 liters of water.", "1287 l"),
        ("Training Alpha-2 took 1,287 GWh.", "1287 GWh"),
        ("Beta took 30 days.", "30 d"),
        ("Beta排放了30公斤。", "30 kg"),
    ],
)
def test_a_number_or_name_that_is_not_there_fails(
    verifier: Verifier, text: str, reason: str
) -> None:
    verdict = verifier.check(Draft((1,), text))
    assert verdict.reason
    assert reason in verdict.reason


def test_a_chinese_sentence_is_checked_against_english_words(verifier: Verifier) -> None:
    good = verifier.check(Draft((), "Gamma有1750亿个参数。"))
    assert good.reason is None
    assert [item.number for item in good.evidence] == [3]
    assert verifier.check(Draft((), "Gamma有175亿个参数。")).reason


def test_a_name_of_the_question_may_stand_for_its_name_in_another_language(
    embedder: Embedder,
) -> None:
    text = "斯凯罗港水深9米。"
    passage = Passage(1, "zh.txt", "港口", None, 0, len(text), text, (), 0.9)
    question = "How deep is the harbour of Skerrow?"
    verifier = Verifier(find_sentences([passage]), embedder, question)
    assert verifier.check(Draft((1,), "The harbour of Skerrow is 9 m deep.")).reason is None
    assert verifier.check(Draft((1,), "The harbour of Selsey is 9 m deep.")).reason


def rows(embedder: Embedder, question: str) -> Verifier:
    """The table of another document beside the text that states more."""
    texts = {"rows.csv": "Light 13: 913 litres. Light 14: 920 litres.", "burk.txt": BURKHOLM}
    return Verifier(
        find_sentences(
            [
                Passage(number, name, name, None, 0, len(text), text, (), 0.9)
                for number, (name, text) in enumerate(texts.items(), 1)
            ]
        ),
        embedder,
        question,
    )


BURKHOLM = "The light of Burkholm burned 6,294 litres in 1875."


def test_a_sentence_about_another_of_the_kind_is_no_evidence(embedder: Embedder) -> None:
    verifier = rows(embedder, "How many litres did Light 13 burn?")
    assert [item.text for item in verifier.evidence] == ["Light 13: 913 litres.", BURKHOLM]
    assert verifier.check(Draft((1,), "Light 13 burned 913 litres.")).reason is None
    assert verifier.check(Draft((1,), "Light 13 burned 920 litres.")).reason


def test_the_number_of_one_thing_is_not_said_of_another(embedder: Embedder) -> None:
    verifier = rows(embedder, "How many litres did Light 13 burn, and when?")
    reason = verifier.check(Draft((1, 3), "Light 13 burned 6,294 litres in 1875.")).reason
    assert reason
    assert "does not name light13" in reason


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("Beta takes 2 times more energy than Alpha.", "says 2 times"),
        ("Beta takes 7 times more energy than Alpha.", None),
        ("Beta takes 7× the energy of Alpha.", None),
        ("Beta required 2 GPUs.", None),
        ("Beta fell by a factor of 3.", None),
        ("Beta fell 3 times.", None),
    ],
)
def test_how_many_times_must_be_said_of_times(
    embedder: Embedder, written: str, reason: str | None
) -> None:
    text = "Beta required either 2 or 4 GPUs. Beta takes 7 times the energy of Alpha."
    text += " Beta fell by a factor of 3."
    evidence = find_sentences([replace(PASSAGE, end=len(text), text=text)])
    verifier = Verifier(evidence, embedder, "What is said of Beta and Alpha?")
    found = verifier.check(Draft((1, 2), written)).reason
    assert reason in found if reason and found else found == reason


def test_a_row_of_a_table_is_no_sentence(embedder: Embedder) -> None:
    row = "Alpha 1.5 – 8 0.033 11.0 0.049 12.65 fell by 45%."
    text = f"{row} In 2019, 2020, 2021, 2022, 2023 and 2024 it fell by 45%, call 01 42 68 53 00."
    evidence = find_sentences([replace(PASSAGE, end=len(text), text=text)])
    verifier = Verifier(evidence, embedder, "By how much did it fall?")
    assert str(verifier.check(Draft((1,), row)).reason).startswith("a row of a table")
    years = text.removeprefix(row).strip()
    assert verifier.check(Draft((2,), years)).reason is None


def test_numbers_are_compared_by_value() -> None:
    assert find_numbers("1,287 and 1287.0 and １２８７") == {Decimal(1287)}
    assert find_numbers("175 billion") == find_numbers("1750亿") == {Decimal("1.75E+11")}
    assert find_numbers("GPT-3, H100 and CO2 at 2.5kWh") == {Decimal("2.5")}
    assert find_numbers("0.2 to 0.5g, 1/2900th") == {
        Decimal("0.2"),
        Decimal("0.5"),
        Decimal(1),
        Decimal("2.9E+3"),
    }


def test_an_identifier_that_no_passage_has_is_missed() -> None:
    assert missing_identifiers("What does Alpha-9 use?", [PASSAGE]) == {"alpha9"}
    assert missing_identifiers("Alpha2有多少参数？", [PASSAGE]) == set()
    assert missing_identifiers("What do 50 kWh do in 2022?", [PASSAGE]) == set()
    text = "We ran Delta 7B and 65B, and Gamma 13B, four times."
    sizes = [replace(PASSAGE, text=text, end=len(text))]
    assert missing_identifiers("Delta-65B or Gamma-13B?", sizes) == set()
    assert missing_identifiers("Delta-33B or Gamma-4?", sizes) == {"delta33b", "gamma4"}


def test_a_sentence_is_cited_to_what_has_its_names(embedder: Embedder) -> None:
    text = "The solar park opened in May. The park is run by Northfield Energy."
    evidence = find_sentences([replace(PASSAGE, text=text, end=len(text))])
    verifier = Verifier(evidence, embedder, "Who runs the solar park?")
    verdict = verifier.check(Draft((1,), "Northfield Energy runs the solar park."))
    assert verdict.reason is None
    assert [item.number for item in verdict.evidence] == [2]
    verdict = verifier.check(Draft((2,), "Who runs the solar park"))
    assert verdict.reason
    assert "no answer" in verdict.reason


def test_what_is_about_others_is_no_evidence() -> None:
    texts = {
        "The Gamma of Orland has 9 lamps.": [],
        "Gamma, unlike Betania, has 9 lamps.": [0],
        "It has 9 lamps.": [0],
        "Betanian lamps came from Orland.": [0],
    }
    for text, kept in texts.items():
        passage = replace(PASSAGE, title="Lamps", text=text, end=len(text))
        evidence = find_sentences([passage])
        found = keep_to_subject("How many lamps has the tower of Betania?", evidence)
        assert [evidence.index(item) for item in found] == kept, text


def test_a_sentence_states_the_kind_of_thing_that_is_asked_for(embedder: Embedder) -> None:
    verifier = Verifier(EVIDENCE, embedder, "How much water did Alpha-2 take?")
    verdict = verifier.check(Draft((1,), "Alpha-2 took 1,287 MWh of water."))
    assert verdict.reason
    assert "a volume was asked for" in verdict.reason
    assert not verdict.evidence, "a quotation would not state it either"


def test_a_formula_is_no_name_that_a_passage_must_have(embedder: Embedder) -> None:
    text = "Beta emitted 30 tons of carbon dioxide."
    evidence = find_sentences([replace(PASSAGE, text=text, end=len(text))])
    assert not missing_identifiers("How many tons of CO₂ did Beta emit?", [evidence[0].passage])
    verifier = Verifier(evidence, embedder, "How many tons of CO2 did Beta emit?")
    assert verifier.check(Draft((1,), "Beta emitted 30 tons of CO2.")).reason is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("电影的导演是张艺谋。", "no passage names 张艺谋"),
        ("电影的导演是林秀兰。", None),
        ("电影的導演是林秀蘭。", None),
        ("电影的导演是周星驰。", "no passage names 周星驰"),
        ("电影的导演是马斯克。", "no passage names 马斯克"),
        ("导演林秀兰用了50千瓦时的电。", None),
        ("能源消耗为50千瓦时。", None),
        ("电影用了50 kWh。", None),
    ],
)
def test_a_chinese_name_that_no_passage_has_fails(
    text: str, reason: str | None, embedder: Embedder
) -> None:
    said = "电影《远航》用了50 kWh的电。导演林秀兰说，她不觉得可惜。"
    sentences = find_sentences([replace(PASSAGE, text=said, title="远航")])
    found = Verifier(sentences, embedder, "谁是电影《远航》的导演？").check(Draft((), text)).reason
    assert found == (reason and f"{reason}: {text}")


def test_a_chinese_sentence_over_english_words_has_its_names_in_other_letters(
    verifier: Verifier,
) -> None:
    assert verifier.check(Draft((), "训练阿尔法用了1,287兆瓦时的能源。")).reason is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The mine at Varna yields copper.", "no passage says copper"),
        ("The mine at Varna yields iron.", None),
        ("The mine at Varna yields ores.", None),
        ("The mine at Varna is an iron and copper mine.", None),
        ("Varna yields it.", None),
        ("Varna yields two things.", None),
        ("Varna yields sites.", None),
    ],
)
def test_what_an_answer_adds_must_stand_in_what_it_cites(
    text: str, reason: str | None, embedder: Embedder
) -> None:
    said = "The mine at Varna was long a site of iron ore. Nobody works there now."
    sentences = find_sentences([replace(PASSAGE, text=said, title="Varna")])
    verifier = Verifier(sentences, embedder, "What does the mine at Varna yield?")
    assert verifier.check(Draft((), text)).reason == (reason and f"{reason}: {text}")
