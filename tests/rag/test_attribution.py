"""A number is said of what the evidence says it of."""

import pytest

from rag.attribution import find_misdated, find_swapped, find_unpaired

EVIDENCE = (
    "GPT-3's training was estimated to produce about 552 tons of CO2e, while BLOOM's training "
    "emitted about 30 tons."
)
PASSIVE = "About 30 tons were emitted by BLOOM and 552 tons by GPT-3 in 2020."


@pytest.mark.parametrize("evidence", [EVIDENCE, PASSIVE])
@pytest.mark.parametrize(
    "text",
    [
        "GPT-3's training produced about 552 tons.",
        "BLOOM emitted 30 tons, and GPT-3 552 tons.",
        "GPT-3的训练排放了552吨，BLOOM的训练排放了30吨。",
        "552 tons were produced by GPT-3.",
        "The training emitted about 30 tons.",
        "Hugging Face says that BLOOM emitted 30 tons.",
    ],
)
def test_a_number_said_of_its_own_holds(text: str, evidence: str) -> None:
    assert find_swapped(text, evidence) == ""


def test_a_number_of_another_kind_in_between_is_no_owner() -> None:
    evidence = "GPT-3, which has 175 billion parameters for ChatGPT, requires 1,287 MWh."
    assert find_swapped("Training GPT-3 took 1,287 MWh.", evidence) == ""


def test_numbers_without_a_unit_have_no_owner() -> None:
    assert find_swapped("Jung was born in 1875.", "Jung (1875), son of Paul Jung (1842)") == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("GPT-3's training produced about 30 tons.", "30"),
        ("BLOOM's training was estimated to produce 552 tons.", "552"),
        ("GPT-3的训练产生了约30吨的碳排放。", "30"),
        ("BLOOM emitted 552 tons, and GPT-3 30 tons.", "552"),
    ],
)
def test_the_number_of_another_is_noticed(text: str, number: str) -> None:
    assert find_swapped(text, EVIDENCE) == number


PAIRS = (
    "It takes 3 kWh to bake 40 pages of clay.",
    "A full charge of the cart is 75 kWh, as much as 1,000 pages take.",
    "The 40 pages weigh 2 kg.",
)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("It takes 75 kWh to bake 40 pages.", "75 kWh"),
        ("烧制40页需要75千瓦时。", "75 kWh"),
        ("It takes 3 kWh to bake 1,000 pages.", "3 kWh"),
        ("It takes 3 kWh to bake 40 pages.", ""),
        ("It takes 3,000 Wh to bake 40 pages.", ""),
        ("The cart takes 75 kWh.", ""),
        ("40 pages take 3 kWh, and a charge 75 kWh.", ""),
        ("It costs 9 dollars to bake 40 pages.", ""),
        ("It takes 75 kWh to bake 7 pages.", ""),
    ],
)
def test_an_amount_of_as_many_is_the_one_that_a_sentence_states(text: str, amount: str) -> None:
    assert find_unpaired(text, PAIRS) == amount


@pytest.mark.parametrize(
    ("text", "evidence", "number"),
    [
        ("In 2021 it grew 50 t.", "In 2022 it grew 50 t.", "50"),
        ("In 2021 it grew 50 t.", "It grew 50 t, 5 t more than in 2021.", "50"),
        ("2021年产量50吨。", "产量50吨，比2021年增加5吨。", "50"),
        ("2022年产量50吨。", "产量50吨，比2021年增加5吨。", ""),
        ("In 2021 it grew 50 t.", "It grew 50 t.", ""),
        ("In 2021 it grew 50 t.", "It grew 50 t in 2021 and 60 t in 2022.", ""),
        ("It grew 50 t.", "In 2022 it grew 50 t.", ""),
        ("In 2021 it grew 50 t.", "In 2021, it opened. It grew 50 t, up from 40 t in 2020.", ""),
        ("In 2021 it grew 50 t.", "It grew 50 t, compared with 40 t in 2020.", ""),
        ("2022年产量50吨。", "产量50吨，与2021年相比增加5吨。", ""),
        ("2022年产量50吨。", "产量由2021年的45吨增至50吨。", ""),
        ("It used 1600 lamps and 50 t.", "It used 50 t in 2021.", ""),
        ("In 2020 it emitted 50 t.", "A 2021 study puts it at 50 t.", ""),
        ("In 2021 it grew 50 t.", "1999 " * 2000, ""),
        ("From 2021 to 2022 it grew 50 t.", "In 2022 it grew 50 t.", ""),
    ],
)
def test_a_number_of_another_year_is_noticed(text: str, evidence: str, number: str) -> None:
    assert find_misdated(text, [evidence]) == number
    assert find_misdated(text, [evidence, "In 2021 it grew 50 t."]) == ""
