"""What a calculation must be to answer: by its units, the question's numbers and its names."""

from collections.abc import Sequence

import pytest

from rag.asked_number import find_asked_number, find_functions, in_currency, needs_work
from rag.calculation import Stated, Worked, work_out
from rag.calculator import calculate
from rag.errors import CalculationError
from rag.mend import MOST_TRIED, mend
from rag.operands import FoundNumber, find_operands
from rag.schema import Evidence, Passage
from rag.units import show_unit
from rag.working import make_readable, show_expression, show_working

PRESS = "Printing 1,000 pages takes 2.5 kWh; a full battery holds 50 kWh."
BATTERY = "A full battery of a Volta holds 50 kWh."
TWO = "Training Alpha-2 emitted 552 tons of CO2e, and training Beta-1 emitted 30 tons."
ENERGY = "Training Alpha-2 took 1,287 MWh."
RATE = "Sorting emits 0.2 to 0.5 g of CO2 per 1,000 queries."


def operands(question: str, *texts: str) -> list[FoundNumber]:
    found: list[Evidence] = []
    for number, text in enumerate(texts, 1):
        passage = Passage(number, f"{number}.md", "The press", None, 0, len(text), text, (), 0.9)
        found.append(Evidence(number, passage, 0, len(text), text))
    return find_operands(question, found, lambda item: "")


def worked(expression: str, question: str, *texts: str) -> str:
    result = work_out(expression, operands(question, *texts), find_asked_number(question))
    assert isinstance(result, Worked)
    return str(result.result)


def shown(options: Sequence[Worked]) -> list[str]:
    return [f"{show_expression(one.expression, one.operands)} = {one.result}" for one in options]


@pytest.mark.parametrize(
    "question",
    [
        "How much energy would 5,000 pages take?",
        "How many times as much did Alpha-2 emit as Beta-1?",
        "What is the energy of training Alpha-2 in joules?",
        "What percentage of sales were costs?",
        "灯塔和码头一共用多少电？",
        "印5000页需要多少千瓦时？",
        "How much do two full charges take?",
        "How much do the cart and the mill use each day?",
    ],
)
def test_questions_that_may_need_work_are_told(question: str) -> None:
    assert needs_work(question)


@pytest.mark.parametrize(
    "question",
    [
        "How much energy did training Alpha-2 take?",
        "Who built it?",
        "灯塔有多高？",
        "Why is GPT-3 big?",
        "What did Alpha-2 and Beta-1 each emit?",
        "What is the name of the suite presented in a recent paper?",
    ],
)
def test_other_questions_need_none(question: str) -> None:
    assert not needs_work(question)


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("How many kg of CO2 did it emit per kWh?", "kg CO2/kWh"),
        ("How many more tons did it emit?", "t"),
        ("What is it in joules?", "J"),
        ("How many times as much is it?", ""),
        ("What share of it is that?", "%"),
        ("How many loaves can be baked?", ""),
        ("用了多少千瓦时？", "kWh"),
        ("它是几倍？", ""),
        ("How much electricity does it take per query?", "kWh/query"),
        ("What was its use of water, in L/kWh?", "L/kWh"),
        ("How many litres did it take in papers?", "L"),
    ],
)
def test_the_unit_asked_for_is_told(question: str, unit: str) -> None:
    asked = find_asked_number(question)
    assert asked.unit is not None
    assert show_unit(asked.unit) == unit


def test_functions_follow_the_words_of_the_question() -> None:
    assert find_functions("What was the percentage change?") == ["growth"]
    assert find_functions("What percentage of it is that?") == ["share"]
    assert find_functions("What is the average of both?") == ["mean"]
    assert find_functions("What was the change in sales?") == ["change"]
    assert find_functions("How much more is it?") == []


@pytest.mark.parametrize(
    ("expression", "question", "text", "result"),
    [
        (
            "2.5 kWh / 1,000 pages * 5,000 pages",
            "How many kWh do 5,000 pages take?",
            PRESS,
            "12.5 kWh",
        ),
        ("1,287 MWh", "How many GWh did it take?", ENERGY, "1.287 GWh"),
        ("552 tons of CO2e - 30 tons", "How many more tons of CO2 is it?", TWO, "522 t CO2e"),
        ("30 tons / 552 tons of CO2e", "How many times as much is it?", TWO, "18.4"),
        (
            "1,287 MWh / 2.5 kWh",
            "How many times is it what 1,000 pages take?",
            f"{ENERGY} {PRESS}",
            "514,800",
        ),
        ("share(552 tons of CO2e, 30 tons)", "What percentage is it?", TWO, "5.435%"),
    ],
)
def test_what_fits_is_worked_out(expression: str, question: str, text: str, result: str) -> None:
    assert worked(expression, question, text) == result


@pytest.mark.parametrize(
    ("expression", "question", "text", "reason"),
    [
        ("2.5 kWh * 5,000 pages", "How many kWh do 5,000 pages take?", PRESS, "different kinds"),
        ("2.5 kWh / 1,000 pages", "How many kWh do 5,000 pages take?", PRESS, "does not use 5,000"),
        ("2.5 kWh + 30 tons", "How many kWh is it?", f"{PRESS} {TWO}", "different kinds"),
        ("1,287 MWh * 2.5 kWh", "What is the total?", f"{ENERGY} {PRESS}", "no unit of an answer"),
        ("1,287 MWh", "What is the cost in dollars?", ENERGY, "different kinds"),
        ("5,000 pages", "How many pages are 5,000 pages?", PRESS, "no number of the text"),
        ("mean(1,287 MWh)", "What is the average in MWh?", ENERGY, "alone has no mean"),
        (
            "(1,287 MWh + 2.5 kWh) / (1,287 MWh + 2.5 kWh)",
            "What is the ratio of them?",
            f"{ENERGY} {PRESS}",
            "divides something by itself",
        ),
        (
            "40% * 40% * 30 tons",
            "How many tons is it?",
            f"40% of it is paper. {TWO}",
            "multiplies a number by itself",
        ),
        (
            "1,287 MWh * 5,000 homes",
            "How many MWh is it for 5,000 homes?",
            ENERGY,
            "is one of 5,000",
        ),
    ],
)
def test_what_cannot_be_the_answer_says_why(
    expression: str, question: str, text: str, reason: str
) -> None:
    with pytest.raises(CalculationError, match=reason):
        work_out(expression, operands(question, text), find_asked_number(question))


@pytest.mark.parametrize("expression", ["X - Y", "1,287 MWh * image", "1,287 MWh / year", ""])
def test_what_is_no_number_of_the_text_is_no_operand(expression: str) -> None:
    question = "How many MWh is it?"
    with pytest.raises(CalculationError):
        work_out(expression, operands(question, ENERGY), find_asked_number(question))


def test_what_is_compared_with_has_a_number_of_its_own() -> None:
    question = "How many times more energy does printing pages take than sorting letters?"
    expression = "50 kWh / 2.5 kWh"
    with pytest.raises(CalculationError, match="of what is compared"):
        work_out(expression, operands(question, PRESS), find_asked_number(question))
    buses = "How many times more energy does a bus take than a car?"
    assert worked("50 kWh / 5 kWh", buses, "A bus takes 50 kWh.", "Cars take 5 kWh.") == "10"
    sorting = "Sorting 1,000 letters takes 0.5 kWh."
    assert worked("2.5 kWh / 0.5 kWh", question, PRESS, sorting) == "5"


def test_a_number_of_the_question_is_not_any_other_of_its_value() -> None:
    question = "How much does a berth for a 10 metre boat cost for 3 nights?"
    texts = ("A berth costs 2.40 euros per metre of length and night.", "The limit is 3 knots.")
    found = operands(question, *texts)
    asked = in_currency(find_asked_number(question), found)
    with pytest.raises(CalculationError, match="it does not use 3"):
        work_out("2.40 euros per metre * 10 metre", found, asked)
    first, *_ = mend("2.40 euros per metre * 10 metre * 3 * 85 euros", found, asked)
    assert isinstance(first, Worked)
    assert str(first.result) == "72 EUR"


def test_a_rare_number_of_the_question_is_the_one_that_a_passage_states() -> None:
    question = "If a page emits 1 g, how much does a book emit by the ratio of 1/2900?"
    found = operands(question, "A page emits 1/2900 of what a book emits.")
    assert work_out("1 g / 1/2900", found, find_asked_number(question))


def test_what_is_spent_of_time_is_no_cost() -> None:
    question = "How much time did they spend on repairs in May and June in total?"
    found = operands(question, "Repairs took 12 h in May and 8 h in June, and cost 90 euros.")
    assert in_currency(find_asked_number(question), found).unit is None
    garden = "两个花园的总面积是多少？"
    assert (
        in_currency(find_asked_number(garden), operands(garden, "花园的门票90欧元。")).unit is None
    )


def test_a_number_of_something_else_is_no_answer() -> None:
    question = "How many times the energy of training Alpha-2 is a full battery?"
    found = operands(question, ENERGY, PRESS)
    with pytest.raises(CalculationError, match="alpha2"):
        work_out("50 kWh / 2.5 kWh", found, find_asked_number(question))


@pytest.mark.parametrize(
    ("expression", "question", "texts", "reason"),
    [
        (
            "552 tons of CO2e / 20 days",
            "How much is Beta-1 over 20 days?",
            (TWO,),
            "beta1",
        ),
        (
            "1,000 pages / 50 kWh",
            "How many pages is it per kWh?",
            (RATE, PRESS[:38], BATTERY),
            "count",
        ),
        (
            "1,287 MWh / 50 kWh",
            "How many charges of a Volta?",
            (ENERGY, BATTERY),
            "alpha2",
        ),
    ],
)
def test_a_number_of_its_neighbour_is_no_answer(
    expression: str, question: str, texts: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(CalculationError, match=reason):
        work_out(expression, operands(question, *texts), find_asked_number(question))


def test_a_number_is_of_what_is_named_behind_it_too() -> None:
    text = "In 2024 the Trust counted 412 adult seals at Kellan Bay, up from 376 in 2023."
    question = "By how many percent did the number of seals at Kellan Bay grow from 2023 to 2024?"
    assert worked("growth(376, 412)", question, text) == "9.574%"
    two = "Alder counted 30 seals in Orsund and 50 seals in Kellan Bay."
    with pytest.raises(CalculationError, match="30 is not of"):
        work_out("growth(30, 50)", operands(question, two), find_asked_number(question))


@pytest.mark.parametrize(
    "expression", ["growth(71,000 euros, 64,500 euros)", "growth(64,500 euros, 71,000 euros)"]
)
def test_a_growth_goes_to_the_year_that_a_sentence_has(expression: str) -> None:
    question = "By how many percent did the budget rise from 2024 to 2025?"
    texts = ("The programme cost 64,500 euros.", "For 2025 a budget of 71,000 euros is planned.")
    assert worked(expression, question, *texts) == "10.08%"


def test_a_count_of_what_is_named_needs_no_amount_of_its_sentence() -> None:
    question = "How many parameters does Alpha-2 have per ton of CO2?"
    texts = ("Alpha-2, with 175 billion parameters, took 1,287 MWh.", TWO)
    expression = "175 billion parameters / 552 tons of CO2e"
    assert worked(expression, question, *texts) == "317,000,000 parameters/t CO2e"


def test_what_passages_say_of_all_is_not_said_of_one() -> None:
    question = "How much energy does Alpha-2 take per page?"
    with pytest.raises(CalculationError, match="alpha2"):
        work_out("2.5 kWh / 1,000 pages", operands(question, PRESS), find_asked_number(question))


def test_what_a_passage_states_is_not_worked_out() -> None:
    question = "How many MWh did training Alpha-2 take?"
    found = operands(question, ENERGY)
    assert isinstance(work_out("1,287 MWh", found, find_asked_number(question)), Stated)


@pytest.mark.parametrize(
    ("expression", "question", "texts", "options"),
    [
        (
            "2.5 kWh * 5,000 pages",
            "How many kWh do 5,000 pages take?",
            (PRESS.split(";")[0] + ".",),
            ["2.5 kWh × 5,000 pages / 1,000 pages = 12.5 kWh"],
        ),
        (
            "1,287 MWh",
            "How many pages could be printed with the energy of Alpha-2?",
            (ENERGY, PRESS.split(";")[0] + "."),
            ["1,287 MWh × 1,000 pages / 2.5 kWh = 514,800,000 pages"],
        ),
        (
            "0.2 to 0.5 g of CO2 per 1,000 queries",
            "How many grams of CO2 do 1 million queries emit?",
            (RATE,),
            ["(0.2 to 0.5 g of CO2 per 1,000 queries) × 1 million queries = 200 to 500 g CO2"],
        ),
        (
            "900 g of CO2 * 3,000 pages",
            "How many g of CO2 do 3,000 pages and 100,000 queries emit?",
            (RATE, "Printing 1,000 pages emits 900 g of CO2."),
            [
                "900 g of CO2 × 3,000 pages / 1,000 pages + 0.2 to 0.5 g of CO2 per 1,000 queries"
                " × 100,000 queries = 2,720 to 2,750 g CO2"
            ],
        ),
        (
            "28",
            "What is the largest batch, in samples?",
            ("On cards of 100 GB and 120 GB the largest batches are 28 and 35.",),
            [],
        ),
        (
            "500 mL",
            "How many 500 mL bottles does a reply of 50 words to 800 words take?",
            ("Training took 5.4 million litres.",),
            [],
        ),
    ],
)
def test_units_mend_what_cannot_be_the_answer(
    expression: str, question: str, texts: tuple[str, ...], options: list[str]
) -> None:
    found = mend(expression, operands(question, *texts), find_asked_number(question))
    assert shown(found) == options


TABLE = "| | 2019 | 2018 |\n| Sales | 512 | 480 |\n| Sales tax | 90 | 60 |\n| Costs | 300 | 320 |"


def cells(question: str) -> list[FoundNumber]:
    passage = Passage(1, "year.md", "The year", None, 0, len(TABLE), TABLE, (), 0.9)
    found: list[Evidence] = []
    for line in TABLE.split("\n"):
        start = TABLE.index(line)
        found.append(Evidence(len(found) + 1, passage, start, start + len(line), line))
    return find_operands(question, found, lambda item: TABLE[: item.start])


@pytest.mark.parametrize(
    ("expression", "question", "result"),
    [
        (
            "growth(512, 480)",
            "What was the percentage change in sales from 2018 to 2019?",
            "6.667%",
        ),
        ("change(512, 480)", "What was the change in sales from 2018 to 2019?", "32"),
        ("480 - 512", "What was the change in sales between 2018 and 2019?", "32"),
        ("mean(300, 320)", "What was the average of costs in 2018 and 2019?", "310"),
    ],
)
def test_cells_go_from_the_earlier_year_to_the_later(
    expression: str, question: str, result: str
) -> None:
    found = work_out(expression, cells(question), find_asked_number(question))
    assert isinstance(found, Worked)
    assert str(found.result) == result


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("change(480, 300)", "different rows"),
        ("change(60, 90)", "fits the question better"),
    ],
)
def test_cells_of_another_row_are_no_answer_and_the_row_is_mended(
    expression: str, reason: str
) -> None:
    question = "What was the change in sales between 2018 and 2019?"
    found, asked = cells(question), find_asked_number(question)
    with pytest.raises(CalculationError, match=reason):
        work_out(expression, found, asked)
    assert shown(mend(expression, found, asked)) == ["512 − 480 = 32"]


@pytest.mark.parametrize(
    ("expression", "question"),
    [
        ("mean(512, 480)", "What is the average legal reserve?"),
        ("90 / 512", "What part of the profit is the tax?"),
    ],
)
def test_a_row_that_the_question_says_nothing_of_is_no_answer(
    expression: str, question: str
) -> None:
    with pytest.raises(CalculationError, match="nothing is asked of Sales"):
        work_out(expression, cells(question), find_asked_number(question))


def test_a_total_of_rows_needs_none_of_their_names() -> None:
    question = "What is the total of everything in 2019?"
    outcome = work_out("512 + 300", cells(question), find_asked_number(question))
    assert shown([outcome]) == ["512 + 300 = 812"]


def test_a_cell_of_a_year_that_was_not_asked_for_is_no_answer() -> None:
    question = "What was the change in sales between 2017 and 2018?"
    with pytest.raises(CalculationError, match="another year"):
        work_out("change(480, 512)", cells(question), find_asked_number(question))


def test_of_many_numbers_only_what_has_the_unit_is_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    units = ["kWh", "tons", "litres", "images", "queries", "hours", "km", "GB"]
    texts = [
        f"Mill {at} had {100 + at} {units[at % 8]} and {at + 7} {units[(at + 3) % 8]}."
        for at in range(30)
    ]
    question = "How many litres would 5,000 images and 12 days take?"
    tried: list[str] = []

    def evaluate(names: str, *_: object) -> Worked:
        tried.append(names)
        raise CalculationError("It is counted only.")

    monkeypatch.setattr("rag.mend.evaluate", evaluate)
    mend("100 kWh", operands(question, *texts), find_asked_number(question))
    assert len(tried) < 5 * MOST_TRIED, "of more than a million"


def test_an_intensity_that_nothing_states_is_not_made_up() -> None:
    question = "How many grams of CO2 does the energy of Alpha-2 emit?"
    assert mend("1,287 MWh", operands(question, ENERGY, PRESS), find_asked_number(question)) == []


def test_a_result_is_shown_in_a_unit_that_reads_well() -> None:
    asked = find_asked_number("How much energy is it?")
    assert str(make_readable(calculate("0.0029 kWh"), asked)) == "2.9 Wh"
    asked = find_asked_number("How many kWh is it?")
    assert str(make_readable(calculate("0.0029 kWh"), asked)) == "0.0029 kWh"


def test_a_result_keeps_what_qualifies_its_operands() -> None:
    question = "How many g of CO2 do 5,000 images emit?"
    found = operands(question, "Making 1,000 images emits up to 900 g of CO2.")
    asked = find_asked_number(question)
    result = work_out("900 g of CO2 / 1,000 images * 5,000 images", found, asked)
    assert isinstance(result, Worked)
    assert show_working(result, asked, "en").endswith("= at most 4,500 g CO2")
    assert show_working(result, asked, "zh").endswith("= 至多4,500 g CO2")
