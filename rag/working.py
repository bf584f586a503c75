"""A calculation as people read it: the operands' own words, and a result that reads well."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.asked_number import AskedNumber
from rag.calculation import Worked
from rag.calculator import Quantity
from rag.operands import FoundNumber
from rag.schema import Language
from rag.units import unit_named

PREFIXED = (
    ("milligram", "gram", "kilogram", "tonne"),
    ("u_Wh", "u_kWh", "u_MWh", "u_GWh", "u_TWh"),
    ("millilitre", "litre"),
)
"""Units of one kind, by the registry's names, from small to large."""
_QUALIFIERS_ZH = {"about": "约", "at least": "至少", "at most": "至多"}


def make_readable(value: Quantity, asked: AskedNumber) -> Quantity:
    """Return a value with the prefix that makes its number easy to read, if no unit was asked."""
    if asked.is_exact:
        return value
    for family in PREFIXED:
        own = next((name for name in family if value.unit._units.get(name) == 1), None)
        if own and value.low > 0:
            sizes = [value.to(value.unit / unit_named(own) * unit_named(name)) for name in family]
            return min(sizes, key=lambda size: (not 1 <= size.low < 10_000, abs(_digits(size) - 2)))
    return value


def show_working(worked: Worked, asked: AskedNumber, language: Language) -> str:
    """Return the working as people write it: 1,287 MWh / 50 kWh = 25,740."""
    result = make_readable(worked.result, asked)
    sign = "=" if result.is_shown_whole() else "≈"
    expression = show_expression(worked.expression, worked.operands)
    return f"{expression} {sign} {show_result(result, language)}"


def show_result(value: Quantity, language: Language) -> str:
    """Return a quantity with its qualifiers in words of a language."""
    if language == "en":
        return str(value)
    bare = str(replace(value, qualifiers=frozenset()))
    qualifiers = "".join(_QUALIFIERS_ZH[one] for one in sorted(value.qualifiers))
    return qualifiers + bare.replace(" to ", "至")


def show_expression(expression: str, operands: Sequence[FoundNumber]) -> str:
    """Return an expression with the operands' own words in place of their names."""
    words = {one.name: " ".join(one.words.split()) for one in operands}
    is_bare = expression in words

    def show(found: re.Match[str]) -> str:
        shown = words.get(found[0], found[0])
        return f"({shown})" if "/" in shown and not is_bare else shown

    shown = re.sub(r"\b[A-Z]{1,2}\b", show, expression)
    return shown.replace(" * ", " × ").replace(" - ", " − ")


def _digits(value: Quantity) -> int:
    return len(str(int(value.low))) if value.low >= 1 else -len(str(int(1 / value.low)))
