"""Numbers are worked out exactly, with their units, and nothing else can be."""

import random
import time
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.calculator import calculate, plain_number, show_number
from rag.errors import CalculationError
from rag.units import names


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1287 MWh / 50 kWh", "25,740"),
        ("1287兆瓦时 / 50千瓦时", "25,740"),
        ("50 kWh / (2.907 kWh / 1000 images)", "17,200 images"),
        ("2.907 kWh / 1,000 images * 5,000 images", "14.535 kWh"),
        ("0.2 to 0.5 g CO2 / 1000 queries * 1 million queries", "200 to 500 g CO2"),
        ("552 t CO2e / 30 t CO2e", "18.4"),
        ("552 t CO2e / 1287 MWh", "0.4289 t CO2e/MWh"),
        ("1287 MWh / (2.907 kWh / 1000 images)", "442,700,000 images"),
        ("20 images / day * 1 year * 2.907 kWh / 1000 images / 50 kWh", "0.424422"),
        ("20% of 50 kWh", "10 kWh"),
        ("5 / 20% / 10%", "250"),
        ("growth(100 USD, 150 USD)", "50%"),
        ("share(1 kg, 4 kg)", "25%"),
        ("mean(1 kg, 3000 g)", "2 kg"),
        ("max(1 kg, 3000 g) - min(1 kg, 3000 g)", "2 kg"),
        ("up to 1,000 g CO2 / 1000 images * 3000 images", "at most 3,000 g CO2"),
        ("50 kWh / up to 2 kWh", "at least 25"),
        ("about 30 tons + 1 t", "about 31 t"),
        ("3万 * 2", "60,000"),
        ("1 short-ton / 1 kg", "907.2"),
        ("-2 ** 2", "-4"),
        ("2 ** -1", "0.5"),
        ("10 - 2 - 3", "5"),
        ("100 / 5 / 2", "10"),
        ("1/3", "0.3333"),
        ("round(2/3, 2)", "0.67"),
    ],
)
def test_what_an_expression_comes_to(expression: str, result: str) -> None:
    assert str(calculate(expression)) == result


@pytest.mark.parametrize(
    ("expression", "unit", "result"),
    [
        ("1287 MWh", "J", "4,633,200,000,000 J"),
        ("1287 MWh", "TWh", "0.001287 TWh"),
        ("552 t CO2e / 1287 MWh", "g CO2e/kWh", "428.9 g CO2e/kWh"),
        ("552 t CO2e / (10 million queries / day * 1 year)", "g CO2e/query", "0.1512 g CO2e/query"),
    ],
)
def test_a_result_comes_in_the_unit_that_was_asked_for(
    expression: str, unit: str, result: str
) -> None:
    assert str(calculate(expression, unit=unit)) == result


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "nothing to calculate"),
        ("1287 MWh + 5 kg", "different kinds"),
        ("552 t CO2e + 3 t", "different kinds"),
        ("1 t CO2 + 1 t CO2e", "different kinds"),
        ("1 USD + 1 EUR", "different kinds"),
        ("2.907 kWh * 5000 images + 1 kWh", "different kinds"),
        ("5 / 0", "divides by zero"),
        ("5 / (1 to 3 - 2)", "divides by zero"),
        ("9**9**9", "too high"),
        ("2 ** 0.5", "whole number"),
        ("2 ** (3 kg)", "whole number"),
        ("1e3000", "too large"),
        ("3 foo", "'foo' is no unit"),
        ("3 to 1 kg", "backwards"),
        ("(1 + 2", "not closed"),
        ("(" * 60 + "1" + ")" * 60, "nested over"),
        ("1 +", "expected before 'the end'"),
        ("1 2", "not expected there"),
        ("__import__('os').getpid()", "no meaning"),
        ("x" * 600, "600 characters"),
        ("ratio(1)", "takes two values"),
        ("min(1 kg, 2 m)", "different kinds"),
        ("5 mW", "'mW' is no unit"),
    ],
)
def test_what_cannot_be_worked_out_is_a_sentence(expression: str, reason: str) -> None:
    with pytest.raises(CalculationError, match=reason):
        calculate(expression)


def test_operands_go_by_their_names() -> None:
    operands = {"energy": calculate("1287 MWh"), "battery": calculate("50 kWh")}
    assert str(calculate("energy / battery", operands)) == "25,740"


@given(st.text(max_size=80) | st.text("0123456789.,+-*/%^() kWhgtoimagesCO2e万亿", max_size=80))
@settings(max_examples=500, deadline=None)
def test_no_text_does_anything_but_give_a_value_or_a_reason(text: str) -> None:
    started = time.monotonic()
    with suppress(CalculationError):
        assert str(calculate(text))
    assert time.monotonic() - started < 1


def test_no_magnitude_or_unit_does_either() -> None:
    chance = random.Random(3)
    units = ["", "kWh", "t CO2e", "images", "%", "USD", "short-ton"]
    values = 0
    for _ in range(500):
        expression = str(chance.randint(1, 9))
        for _ in range(chance.randint(1, 4)):
            number = f"{chance.randint(0, 10**20)}e{chance.randint(-1300, 1300)}"
            operator = chance.choice(["+", "-", "*", "/", "to", "of", "**"])
            expression += f" {operator} {number} {chance.choice(units)}"
        with suppress(CalculationError):
            values += bool(str(calculate(expression)))
    assert values > 10


def random_expression(chance: random.Random, depth: int) -> tuple[str, Fraction]:
    """Return an expression of energies over energies and plain numbers, and its value apart."""
    if depth == 0 or chance.random() < 0.2:
        number = Fraction(chance.randint(1, 99_999), 10 ** chance.randint(0, 3))
        text = f"{float(number):,.3f}"
        unit, factor = chance.choice([("Wh", 1), ("kWh", 1000), ("MWh", 10**6), ("GWh", 10**9)])
        other = chance.randint(1, 500)
        return f"({text} {unit} / {other} kWh)", number * factor / (other * 1000)
    (left, one), (right, two) = (random_expression(chance, depth - 1) for _ in "lr")
    operator = chance.choice("+-*/")
    if operator == "/" and two == 0:
        operator = "+"
    value = {"+": one + two, "-": one - two, "*": one * two}.get(operator)
    return f"({left} {operator} {right})", one / two if value is None else value


def test_random_expressions_come_to_what_they_do_elsewhere() -> None:
    chance = random.Random(1)
    for _ in range(300):
        text, value = random_expression(chance, 2)
        assert calculate(text).low == value, text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(1, 3), "0.3333"),
        (Fraction(25740), "25,740"),
        (Fraction(1234567), "1,234,567"),
        (Fraction(12345678), "12,350,000"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-2, 3), "-0.6667"),
        (Fraction(0), "0"),
        (Fraction(10**20), "1.000e+20"),
        (Fraction(1, 10**400), "1.000e-400"),
        (Fraction(10**1000, 3), "3.333e+999"),
        (Fraction(99999999), "100,000,000"),
    ],
)
def test_numbers_are_shown_short(value: Fraction, shown: str) -> None:
    assert show_number(value) == shown


def test_no_name_is_of_two_units() -> None:
    assert names()["t"] == "tonne"
    assert names()["千克"] == names()["kg"] == "kilogram"
    assert names()["mwh"] == names()["MWh"]


@pytest.mark.parametrize(
    ("expression", "number"),
    [("1,287 MWh / 50 kWh", "25740"), ("0.5 g / 4", "0.125"), ("1 / 3", "0.333333333333333")],
)
def test_a_number_for_machines_is_plain_and_exact(expression: str, number: str) -> None:
    assert plain_number(calculate(expression).low) == number


def test_of_one_range_functions_take_its_ends_and_middle() -> None:
    found = [str(calculate(f"{name}(0.2 to 0.5 g)")) for name in ("min", "mean", "max")]
    assert found == ["0.2 g", "0.35 g", "0.5 g"]
