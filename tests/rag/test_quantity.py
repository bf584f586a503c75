"""A number is read with the unit behind it, in English and Chinese."""

from decimal import Decimal

import pytest

from rag.quantity import find_quantities


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("1,287 MWh", "1287", "MWh"),
        ("1,287 megawatt-hours (MWh)", "1287", "MWh"),
        ("1287兆瓦时", "1287", "MWh"),
        ("50千瓦时", "50", "kWh"),
        ("50千克", "50", "kg"),
        ("5千个", "5000", ""),
        ("about 30 metric tons of carbon", "30", "t"),
        ("0.5g", "0.5", "g"),
        ("30-day", "30", "d"),
        ("30 tensors", "30", ""),
        ("2019年", "2019", ""),
        ("175 billion parameters", "175000000000", ""),
        ("1750亿个", "175000000000", ""),
        ("12%", "12", "%"),
        ("5 million litres", "5000000", "l"),
        ("300美元", "300", "$"),
    ],
)
def test_a_number_is_read_with_its_unit(text: str, number: str, unit: str) -> None:
    assert find_quantities(text) == [(Decimal(number).normalize(), unit)]
