from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.quantity import find_numbers, has_value

TOLERANCE = Decimal("0.001")


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("requires 1,287 MWh.", "1287", "MWh"),
        ("1.287 GWh", "1287", "MWh"),
        ("1287兆瓦时", "1287", "MWh"),
        ("128.7万千瓦时", "1287", "MWh"),
        ("0.2 to 0.5g of carbon", "0.2", "g"),
        ("between 0.2 and 0.5 grams", "0.2", "g"),
        ("175 billion parameters", "175000000000", "parameters"),
        ("1750亿个参数", "175000000000", None),
        ("１，２８７ ＭＷｈ", "1287", "MWh"),
        ("30吨二氧化碳", "30", "tons"),
        ("30,000 kg", "30", "tons"),
        ("552 tons of carbon dioxide", "552", "tCO2e"),
        ("about 1/2900th", "2900", None),
        ("$2.51 million", "2510000", "USD"),
        ("251万美元", "2510000", "USD"),
        ("百分之55", "55", "percent"),
        ("80-90%", "80", "percent"),
        ("5千克", "5", "kg"),
        ("a 50-kWh battery", "50", "kWh"),
        ("2x10^3 L", "2000", "liters"),
        ("1.287e3 MWh", "1287", "MWh"),
        ("0.18 L/kWh", "0.18", "L/kWh"),
        ("21 nautical miles", "21", "nautical miles"),
    ],
)
def test_a_value_is_found_wherever_it_stands(text: str, number: str, unit: str | None) -> None:
    assert has_value(text, Decimal(number), unit, TOLERANCE)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("1287 kWh", "1287", "MWh"),
        ("0.2 to 0.5g of", "0.35", "g"),
        ("generating 1,000 images requires 2.907 kWh", "1000", "kWh"),
        ("5 kg", "5", "liters"),
        ("11,287 MWh", "1287", "MWh"),
        ("1,287.5 MWh in 0.1287", "1287", "kWh"),
        ("nothing", "1", None),
    ],
)
def test_another_value_or_unit_is_not(text: str, number: str, unit: str | None) -> None:
    assert not has_value(text, Decimal(number), unit, TOLERANCE)


def test_tolerance_is_relative() -> None:
    assert has_value("998 g", Decimal(1000), "g", Decimal("0.002"))
    assert not has_value("997 g", Decimal(1000), "g", Decimal("0.002"))


@given(st.integers(0, 10**12), st.integers(0, 999))
def test_a_number_with_thousands_marks_is_itself(whole: int, fraction: int) -> None:
    assert Decimal(f"{whole}.{fraction:03}").normalize() in find_numbers(
        f"x {whole:,}.{fraction:03} y"
    )


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    find_numbers(text)
