"""Numbers are found with their units, verbatim; years and parts of names are none."""

from dataclasses import replace

import pytest

from rag.operands import FoundNumber, find_numbers_in, find_operands
from rag.schema import Evidence, Passage


def evidence(text: str) -> Evidence:
    passage = Passage(1, "mill.md", "The mill", None, 0, len(text), text, (), 0.9)
    return Evidence(1, passage, 0, len(text), text)


def read(text: str) -> list[tuple[str, str]]:
    return [(one.words, str(one.quantity)) for one in find_numbers_in(text)]


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("It took 1,287 MWh.", "1,287 MWh", "1,287 MWh"),
        ("It costs $5.3 million.", "$5.3 million", "5,300,000 USD"),
        ("It grew by 12.5% a year.", "12.5%", "12.5%"),
        ("It took 21 days.", "21 days", "21 d"),
        ("It emits 0.2 to 0.5g of CO2.", "0.2 to 0.5g of CO2", "0.2 to 0.5 g CO2"),
        ("It emitted 25 tCO2e.", "25 tCO2e", "25 t CO2e"),
        ("It drew 0.34 watt-hours per query.", "0.34 watt-hours per query", "0.34 Wh/query"),
        ("The mill grinds 20 sacks.", "20", "20"),
        ("Orland has 5 new homes.", "5 new homes", "5 homes"),
        ("About 1/2900th of it.", "1/2900th", "about 0.0003448"),
        ("灯塔每年用电100亿千瓦时。", "100亿千瓦时", "10,000,000,000 kWh/years"),
        ("约2.9万吨二氧化碳", "2.9万吨二氧化碳", "about 29,000 t CO2"),
        ("50万次文本分类", "50万次文本分类", "500,000 queries"),
        ("每1,000次查询排放0.5克。", "0.5克", "0.0005 g/query"),
        ("It emits up to 1,000 g of CO2.", "1,000 g of CO2", "at most 1,000 g CO2"),
        ("It lasted over 20 days.", "20 days", "20 d"),
        ("It pays 4.5M a year.", "4.5M", "4,500,000"),
        ("It uses 0.18 liters of water per kWh.", "0.18 liters of water per kWh", "0.18 L/kWh"),
        ("It earned $72B.", "$72B", "72,000,000,000 USD"),
        ("It has 7B parameters.", "7B parameters", "7,000,000,000 parameters"),
    ],
)
def test_a_number_comes_with_its_unit_and_denominator(text: str, words: str, value: str) -> None:
    assert (words, value) in read(text)


def test_words_are_verbatim_at_their_place() -> None:
    text = "Making 1,000 images takes 2.907 kWh, and 50 kWh charge a car."
    for one in find_numbers_in(text):
        assert text[one.start : one.end] == one.words


@pytest.mark.parametrize(
    "text",
    [
        "It opened in 1931.",
        "On 3 May 2021 it rained.",
        "GPT-3 came before GPT-4.",
        "A Tesla Model 3 was seen.",
        "The best small one (Qwen 2.5 7B) is faster.",
        "What does the 72B version cost?",
        "Here is Section 3.1 of it.",
        "See [12].",
        "2023年9月15日",
        "1. Introduction",
        "9" * 6000 + " kWh",
        "1/0 of it",
    ],
)
def test_dates_and_names_have_no_operands(text: str) -> None:
    assert read(text) == []


def test_per_nothing_is_no_rate() -> None:
    assert ("5 kWh", "5 kWh") in read("It takes 5 kWh per 0 queries.")


def test_a_mass_is_of_the_gas_that_its_sentence_speaks_of() -> None:
    text = "Mill A emitted 552 tons of carbon dioxide equivalent, and mill B emitted 30 tons."
    assert read(text)[1] == ("30 tons", "30 t CO2e")


def test_in_a_row_of_accounts_signs_of_money_do_not_tell_cells_apart() -> None:
    assert read("| Net | $5,300 | (567) | 29% |") == [
        ("$5,300", "5,300"),
        ("567", "-567"),
        ("29%", "29%"),
    ]


def operands(question: str, *texts: str) -> dict[str, FoundNumber]:
    found = find_operands(question, [evidence(text) for text in texts], lambda item: "")
    return {one.words: one for one in found}


def test_a_thing_is_counted_only_where_a_passage_counts_it() -> None:
    question = "How much energy do ten charges and 5,000 images take?"
    found = operands(question, "Making 1,000 images takes 2.907 kWh.")
    assert str(found["5,000 images"].quantity) == "5,000 images"
    assert str(found["ten charges"].quantity) == "10"
    assert found["ten charges"].thing is not None


def test_a_question_that_repeats_a_number_leaves_it_to_the_passage() -> None:
    found = operands("How much is it at 12.5%?", "The rate is 12.5%.")
    assert [one.evidence is None for one in found.values()] == [False]


def test_a_multiple_in_words_and_a_repeated_mass_are_understood() -> None:
    found = operands("What are three times 552 t?", "It emitted 552 tons of CO2e.")
    assert [one.words for one in found.values()] == ["552 tons of CO2e", "three"]


def test_names_follow_the_order_of_passages_and_question() -> None:
    found = operands("What do 20 days cost?", "A day costs $5.", "A week costs $30.")
    assert [(one.name, one.words) for one in found.values()] == [
        ("A", "$5"),
        ("B", "$30"),
        ("C", "20 days"),
    ]
    assert replace(found["$5"], name="") == replace(
        find_numbers_in("A day costs $5.")[0], evidence=found["$5"].evidence
    )
