"""Numbers with their units, found wherever they stand in English or Chinese text.

Independent of the product's own reading of numbers, which it measures.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

_SCALES = {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "十亿": 10**9,
    "百亿": 10**10,
    "千亿": 10**11,
    "万亿": 10**12,
}
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\d.])(?<!\d,)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?"
    r"(?:[ ]?[x×*][ ]?10\^?(?P<power>[-+]?\d+)|e(?P<exponent>[-+]?\d+)(?![a-z]))?"
    rf"(?:(?:st|nd|rd|th)\b)?(?:[ -]?(?P<scale>(?:{_SCALE})(?![a-z])))?(?![克瓦米](?<=千.))",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"(us\$|[$€£¥]|百分之|usd|rmb)\s*[-~≈]?\s*$", re.IGNORECASE)
_UNIT_LENGTH = 40

_UNITS = {
    "kilowatt_hour": "kwh kilowatt-hour kilowatt-hours 千瓦时 千瓦小时 度电 度",
    "megawatt_hour": "mwh megawatt-hour megawatt-hours 兆瓦时 兆瓦小时",
    "gigawatt_hour": "gwh gigawatt-hour gigawatt-hours 吉瓦时",
    "terawatt_hour": "twh terawatt-hour terawatt-hours 太瓦时",
    "watt_hour": "wh watt-hour watt-hours 瓦时",
    "watt": "w watt watts 瓦 瓦特",
    "kilowatt": "kw kilowatt kilowatts 千瓦",
    "megawatt": "mw megawatt megawatts 兆瓦",
    "milligram": "mg milligram milligrams 毫克",
    "gram": "g gram grams gramme grammes gco2e gco2eq gco2 克",
    "kilogram": "kg kilogram kilograms kgco2e kgco2eq kgco2 千克 公斤",
    "tonne": "t ton tons tonne tonnes tco2e tco2eq tco2 metric-ton metric-tons 吨 公吨",
    "pound": "lb lbs pound pounds 磅",
    "liter": "l liter liters litre litres 升 公升",
    "milliliter": "ml milliliter milliliters millilitre millilitres 毫升",
    "percent": "% percent per-cent pct 百分之 个百分点",
    "second": "s sec second seconds 秒",
    "minute": "min minute minutes 分钟",
    "hour": "h hr hrs hour hours 小时",
    "day": "day days 天 日",
    "year": "year years yr yrs 年",
    "meter": "m meter meters metre metres 米",
    "kilometer": "km kilometer kilometers kilometre kilometres 公里 千米",
    "gigabyte": "gb gigabyte gigabytes",
    "dollar": "$ us$ usd dollar dollars 美元",
    "yuan": "¥ rmb yuan 元 人民币",
}
_ALIASES = {alias: name for name, aliases in _UNITS.items() for alias in aliases.split()}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as a text states it, and the text around it that may name its unit."""

    value: Decimal
    before: str
    after: str


def find_quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a text by value, as in 1,287, 1.2e3, 175 billion and 1750亿."""
    plain = unicodedata.normalize("NFKC", text)
    for match in _NUMBER.finditer(plain):
        value = Decimal(match["whole"].replace(",", "") + (match["fraction"] or ""))
        value = value.scaleb(int(match["power"] or match["exponent"] or 0))
        if match["scale"]:
            value *= _SCALES[match["scale"].lower()]
        prefix = _PREFIX.search(plain[: match.start()])
        after = plain[match.end() : match.end() + _UNIT_LENGTH]
        yield Quantity(value, prefix[1].lower() if prefix else "", after.lstrip())


def find_numbers(text: str) -> set[Decimal]:
    """Return the numbers of a text by value."""
    return {quantity.value.normalize() for quantity in find_quantities(text)}


def has_value(text: str, number: Decimal, unit: str | None, tolerance: Decimal) -> bool:
    """Tell whether a text states a number in a unit, or in one that converts into it."""
    found = list(find_quantities(text))
    for place, quantity in enumerate(found):
        factors = [Decimal(1)] if unit is None else _factors(found[place:], unit)
        for factor in factors:
            if abs(quantity.value * factor - number) <= abs(number) * tolerance:
                return True
    return False


def _factors(quantities: list[Quantity], unit: str) -> list[Decimal]:
    """Return what the first number may be multiplied with to be in the unit.

    In a range, such as 0.2 to 0.5 g, the unit stands behind the last number.
    """
    quantity = quantities[0]
    if _begins_with(quantity.after, unit) or quantity.before == unit.lower():
        return [Decimal(1)]
    wanted = _ALIASES.get(_key(unit))
    stated = _ALIASES.get(quantity.before) or _leading_unit(quantity.after)
    if stated is None and len(quantities) > 1 and _RANGE.match(quantity.after):
        return _factors(quantities[1:], unit)
    if wanted is None or stated is None:
        return []
    factor = _conversion(stated, wanted)
    return [] if factor is None else [factor]


_RANGE = re.compile(r"(to|and|or|through|至|到|和|-|–|—|~)\s*(about|约|nearly)?\s*[$¥€£]?\d")


def _key(unit: str) -> str:
    return re.sub(r"[\s_]+", "-", unicodedata.normalize("NFKC", unit).strip().lower())


def _begins_with(after: str, unit: str) -> bool:
    """Tell whether the words behind a number begin with a unit's own words, in any number."""
    words = [re.escape(re.sub(r"(?<=[a-z]{3})s$", "", word)) for word in _key(unit).split("-")]
    pattern = r"[\s-]*".join(word + "s?" if word[-1:].isalpha() else word for word in words)
    return re.match(r"[-\s]*" + pattern + r"(?![a-z])", after.lower()) is not None


def _leading_unit(after: str) -> str | None:
    """Return the unit that the words behind a number begin with, the longest that is known."""
    text = after.lower().lstrip("- ")
    for alias in _longest_first():
        words = alias.replace("-", r"[\s-]*") if alias.isascii() and alias[0].isalpha() else None
        pattern = f"(?:{words})(?![a-z])" if words else re.escape(alias)
        if re.match(pattern, text):
            return _ALIASES[alias]
    return None


def leading_unit(quantity: Quantity) -> str | None:
    """Return the unit behind a number as the text writes it, if it is one that converts."""
    text = quantity.after.lstrip("- ")
    for length in range(len(text), 0, -1):
        if _ALIASES.get(_key(text[:length])) and not re.match(
            "[A-Za-z]", text[length : length + 1]
        ):
            return text[:length].strip()
    return None


@cache
def _longest_first() -> tuple[str, ...]:
    return tuple(sorted(_ALIASES, key=len, reverse=True))


@cache
def _registry() -> Any:
    from pint import UnitRegistry

    registry: Any = UnitRegistry(non_int_type=Decimal)
    registry.define("dollar = [currency_usd]")
    registry.define("yuan = [currency_cny]")
    return registry


@cache
def _conversion(stated: str, wanted: str) -> Decimal | None:
    """Return the factor from one unit to another, or nothing if they measure other things."""
    if stated == wanted:
        return Decimal(1)
    units = _registry()
    if units.get_dimensionality(stated) != units.get_dimensionality(wanted):
        return None
    factor: Decimal = units.Quantity(Decimal(1), stated).to(wanted).magnitude
    return factor
