"""A number of a table is known by its row and its column's year."""

import pytest

from rag.schema import Evidence, Passage
from rag.table import find_cell, find_years, is_strange_label, rate_label

ROW = "| Sales, net | 512 | 480 | 7% |"


def item(text: str) -> Evidence:
    passage = Passage(1, "year.md", "The year", None, 0, len(text), text, (), 0.9)
    return Evidence(1, passage, 0, len(text), text)


@pytest.mark.parametrize(
    ("above", "years"),
    [
        ("| | 2019 | 2018 | Change |\n", [2019, 2018, None]),
        ("| | 31 May 2019 | 31 May 2018 | |\n| | in thousands | | |\n", [2019, 2018, None]),
        ("In 2019 | it rained.\n", [None, None, None]),
        ("", [None, None, None]),
    ],
)
def test_a_cell_has_the_year_that_stands_above_it(above: str, years: list[int | None]) -> None:
    cells = [find_cell(item(ROW), ROW.index(words), above) for words in ("512", "480", "7%")]
    assert [cell.year for cell in cells if cell] == years
    assert {cell.label for cell in cells if cell} == {"Sales, net"}


def test_a_sentence_has_no_cells() -> None:
    assert find_cell(item("Sales were 512."), 11, "") is None


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("What was the change in 2019 from 2018?", [2018, 2019]),
        ("What was the average from 2017 to 2019?", [2017, 2018, 2019]),
        ("What was the change from 2017 to 2019?", [2017, 2019]),
        ("How much is 2,019 kWh?", []),
    ],
)
def test_the_years_of_a_question_are_told(question: str, years: list[int]) -> None:
    assert find_years(question) == years


def test_labels_are_compared_by_their_words() -> None:
    question = "What was the change in deferred revenue?"
    assert rate_label("Deferred revenues", question) > rate_label("Deferred taxes", question) > 0
    assert rate_label("", question) == 0


@pytest.mark.parametrize(
    ("label", "question", "is_strange"),
    [
        ("Cash dividends", "What is the average legal reserve?", True),
        ("Legal reserve", "What is the average legal reserve?", False),
        ("现金", "盈余公积平均是多少？", True),
        ("Legal reserve", "盈余公积平均是多少？", False),
        ("FY 2018", "What were sales in 2018?", False),
        ("2018", "What were sales then?", False),
        ("", "What were sales?", False),
    ],
)
def test_a_label_is_strange_to_a_question_of_its_language(
    label: str, question: str, *, is_strange: bool
) -> None:
    assert is_strange_label(label, question) is is_strange
