"""A number is said of what the evidence says it of."""

import pytest

from rag.attribution import find_swapped

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
