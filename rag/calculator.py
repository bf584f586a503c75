"""An expression with units -> its exact value, or a sentence about why it has none. Pure.

    50 kWh / (2.907 kWh / 1000 images)      17,200 images
    0.2 to 0.5 g CO2 / 1000 queries * 1 million queries      200 to 500 g CO2

Numbers are exact fractions and may be ranges; a number carries the units behind it, which bind
tighter than any operator. "About", "up to" and "at least" go along to the result. Nothing of Python
can be reached from an expression, and its length, depth and magnitudes are bounded.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from math import inf

from rag.errors import CalculationError
from rag.quantity import SCALES
from rag.units import Unit, cancel, find_factor, find_unit, plain_unit, show_unit

MOST_CHARACTERS = 500
MOST_DEPTH = 40
MOST_POWER = 64
MOST_BITS = 4096
"""How long an expression, how deep its brackets, how high a power, how large a number may be."""
EXACT_DIGITS = 7
SHOWN_DIGITS = 4
PLAIN_DIGITS = 15
"""A result of up to so many digits is shown whole; of any other, so many significant ones."""
SMALLEST_PLAIN, LARGEST_PLAIN = -6, 15
"""The powers of ten between which a number is written out."""

QUALIFIERS = {
    "about": "about",
    "approximately": "about",
    "roughly": "about",
    "around": "about",
    "约": "about",
    "大约": "about",
    "nearly": "about",
    "almost": "about",
    "将近": "about",
    "接近": "about",
    "up to": "at most",
    "at most": "at most",
    "no more than": "at most",
    "not more than": "at most",
    "not exceeding": "at most",
    "never exceeded": "at most",
    "less than": "at most",
    "fewer than": "at most",
    "最多": "at most",
    "不到": "at most",
    "不足": "at most",
    "不超过": "at most",
    "未超过": "at most",
    "未突破": "at most",
    "at least": "at least",
    "over": "at least",
    "more than": "at least",
    "no less than": "at least",
    "not less than": "at least",
    "no fewer than": "at least",
    "not fewer than": "at least",
    "不少于": "at least",
    "不低于": "at least",
    "至少": "at least",
    "exceeds": "at least",
    "exceeded": "at least",
    "exceeding": "at least",
    "超过": "at least",
    "突破": "at least",
    "逾": "at least",
}
ABOUT = Fraction(1, 10)
"""How far from a number may be what is about so much."""
RESERVED = frozenset(["to", "of"])
"""Words of two letters that an operand cannot be called."""
_TURNED = {"at most": "at least", "at least": "at most"}
FUNCTIONS = ("min", "max", "sum", "mean", "average", "round", "abs", "growth", "ratio", "share")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,4}(?!\w))?|\.\d+)"
    r"|(?P<qualifier>" + "|".join(sorted(QUALIFIERS, key=len, reverse=True)) + r")(?![A-Za-z_])"
    r"|(?P<scale>" + "|".join(sorted(SCALES, key=len, reverse=True)) + r")(?![A-Za-z_克瓦焦卡米])"
    r"|(?P<range>(?:to|–|~|至|到)(?![A-Za-z_]))"
    r"|(?P<operator>\*\*|[-+*/^%(),×÷·]|of(?![A-Za-z_])|per(?![A-Za-z_]))"
    r"|(?P<name>[$€£¥]|[^\W\d]\w*(?:-[^\W\d]\w*)*))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number or range with its unit, and what qualifies it: about, at most, at least."""

    low: Fraction
    high: Fraction
    unit: Unit
    qualifiers: frozenset[str] = frozenset()

    @property
    def bounds(self) -> tuple[Fraction | float, Fraction | float]:
        """The least and the most that it is said to be, in its unit."""
        slack = ABOUT if "about" in self.qualifiers else 0
        least = -inf if "at most" in self.qualifiers else self.low * (1 - slack)
        return least, inf if "at least" in self.qualifiers else self.high * (1 + slack)

    def to(self, unit: Unit) -> "Quantity":
        """Return the same in another unit. Raises CalculationError if it is of another kind."""
        factor = _factor(self.unit, unit)
        return replace(self, low=self.low * factor, high=self.high * factor, unit=unit)

    def is_same(self, other: "Quantity") -> bool:
        """Tell whether another is as much in the same unit, whatever qualifies it."""
        return (self.low, self.high, self.unit) == (other.low, other.high, other.unit)

    def is_shown_whole(self) -> bool:
        """Tell whether its digits are all shown."""
        return all(_is_short(value) for value in (self.low, self.high))

    def __str__(self) -> str:
        number = show_range(self.low, self.high)
        words = [*sorted(self.qualifiers), number, show_unit(self.unit)]
        shown = " ".join(word for word in words if word)
        return shown.replace(" %", "%")


def calculate(
    expression: str, operands: Mapping[str, Quantity] | None = None, unit: str = ""
) -> Quantity:
    """Return the value of an expression, in `unit` if one is given.

    Names in it are operands or units. Raises CalculationError with a sentence for the asker.
    """
    plain = unicodedata.normalize("NFKC", expression).strip()
    if len(plain) > MOST_CHARACTERS:
        raise CalculationError(
            f"The expression has {len(plain):,} characters; {MOST_CHARACTERS} are the most."
        )
    result = _simplify(_Parser(plain, operands or {}).parse())
    if not unit:
        return result
    return result.to(_unit_of(unit))


def read_quantity(number: str, unit: str) -> Quantity:
    """Return a quantity of a number and a unit as text. Raises CalculationError."""
    return calculate(f"{number} {unit}")


def plain_number(value: Fraction) -> str:
    """Return a number for machines: exact if its decimal ends, else to fifteen digits."""
    decimal = _exact_decimal(value)
    if decimal is None:
        decimal = Context(prec=PLAIN_DIGITS).divide(
            Decimal(value.numerator), Decimal(value.denominator)
        )
    return format(decimal.normalize(), "f")


def show_range(low: Fraction, high: Fraction) -> str:
    """Return a number, or a range of them, for people."""
    return show_number(low) if low == high else f"{show_number(low)} to {show_number(high)}"


def show_number(value: Fraction) -> str:
    """Return a number for people: exact if it is short, else to four significant digits."""
    decimal = _exact_decimal(value)
    if decimal is None or not _is_short(value):
        decimal = Context(prec=SHOWN_DIGITS).divide(
            Decimal(value.numerator), Decimal(value.denominator)
        )
    if decimal == 0:
        return "0"
    if SMALLEST_PLAIN <= decimal.adjusted() < LARGEST_PLAIN:
        text = f"{decimal:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{decimal:.{SHOWN_DIGITS - 1}e}"


class _Parser:
    """Reads an expression by precedence: + -, then * /, then signs, then powers."""

    def __init__(self, text: str, operands: Mapping[str, Quantity]) -> None:
        self._operands = operands
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def parse(self) -> Quantity:
        """Return the value of the whole."""
        if not self._tokens:
            raise CalculationError("There is nothing to calculate.")
        value = self._sum()
        if self._at < len(self._tokens):
            raise CalculationError(f"{self._tokens[self._at][1]!r} was not expected there.")
        return value

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "the end")

    def _take(self, *texts: str) -> str:
        kind, text = self._peek()
        if kind == "operator" and text in texts:
            self._at += 1
            return text
        return ""

    def _sum(self) -> Quantity:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise CalculationError(f"Its brackets are nested over {MOST_DEPTH} deep.")
        value = self._product()
        while operator := self._take("+", "-"):
            other = self._product()
            value = _add(value, other) if operator == "+" else _add(value, _negate(other))
        self._depth -= 1
        return value

    def _product(self) -> Quantity:
        value = self._signed()
        while operator := self._take("*", "×", "·", "of", "/", "÷", "per"):
            other = self._signed()
            value = (
                _divide(value, other) if operator in {"/", "÷", "per"} else _multiply(value, other)
            )
        return value

    def _signed(self) -> Quantity:
        signs = 0
        while sign := self._take("+", "-"):
            signs += sign == "-"
        value = self._power()
        return _negate(value) if signs % 2 else value

    def _power(self) -> Quantity:
        value = self._atom()
        if self._take("**", "^"):
            return _raise(value, self._signed())
        return value

    def _atom(self) -> Quantity:
        kind, text = self._peek()
        self._at += 1
        if kind == "qualifier":
            value = self._atom()
            return replace(value, qualifiers=value.qualifiers | {QUALIFIERS[text.lower()]})
        if kind == "number":
            return self._number(text)
        if kind == "name" and text.lower() in FUNCTIONS and self._peek()[1] == "(":
            return self._call(text.lower())
        if kind == "name" and text in self._operands:
            return self._operands[text]
        if kind == "name":
            self._at -= 1
            return self._units(_number(Fraction(1)))
        if kind == "operator" and text == "(":
            value = self._sum()
            if not self._take(")"):
                raise CalculationError("A bracket is not closed.")
            return self._units(value)
        raise CalculationError(f"A number was expected before {text!r}.")

    def _number(self, text: str) -> Quantity:
        """Read a number, or a range, with its scale and its units."""
        low = high = self._scaled(text)
        if self._peek()[0] == "range":
            self._at += 1
            kind, other = self._peek()
            if kind != "number":
                raise CalculationError(f"A number was expected before {other!r}.")
            self._at += 1
            high = self._scaled(other)
            if low > high:
                raise CalculationError(f"The range {text} to {other} runs backwards.")
        value = Quantity(low, high, plain_unit())
        if self._take("%"):
            value = replace(value, unit=find_unit("percent"))
        return self._units(value)

    def _scaled(self, text: str) -> Fraction:
        value = _bounded(Fraction(text.replace(",", "")))
        while self._peek()[0] == "scale":
            value *= SCALES[self._peek()[1].lower()]
            self._at += 1
        return _bounded(value)

    def _units(self, value: Quantity) -> Quantity:
        """Take up the units that stand behind a number: 5 t CO2e is of both."""
        while self._peek()[0] == "name" and self._peek()[1] not in self._operands:
            text = self._peek()[1]
            unit = find_unit(text)
            if unit is None and text.lower() in FUNCTIONS:
                break
            if unit is None:
                raise CalculationError(f"{text!r} is no unit that is known.")
            self._at += 1
            value = replace(value, unit=value.unit * unit)
        return value

    def _call(self, name: str) -> Quantity:
        self._take("(")
        values = [self._sum()]
        while self._take(","):
            values.append(self._sum())
        if not self._take(")"):
            raise CalculationError(f"The bracket behind {name} is not closed.")
        return _apply(name, values)


def _tokens(text: str) -> "list[tuple[str, str]]":
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or not match.lastgroup:
            if not text[at:].strip():
                break
            raise CalculationError(f"{text[at:].strip()[0]!r} has no meaning in an expression.")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _number(value: Fraction) -> Quantity:
    return Quantity(value, value, plain_unit())


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise CalculationError("A number in it is too large.")
    return value


def _factor(unit: Unit, wanted: Unit) -> Fraction:
    """Return by what to multiply to come from a unit to another. Raises CalculationError."""
    factor = find_factor(unit, wanted)
    if factor is None:
        kinds = [show_unit(one) or "a plain number" for one in (unit, wanted)]
        raise CalculationError(f"{kinds[0]} and {kinds[1]} are of different kinds.")
    return factor


def _add(one: Quantity, two: Quantity) -> Quantity:
    other = two.to(one.unit)
    return _joined(one.low + other.low, one.high + other.high, one.unit, one, other)


def _negate(value: Quantity) -> Quantity:
    turned = frozenset(_TURNED.get(word, word) for word in value.qualifiers)
    return Quantity(-value.high, -value.low, value.unit, turned)


def _multiply(one: Quantity, two: Quantity) -> Quantity:
    ends = [a * b for a in (one.low, one.high) for b in (two.low, two.high)]
    return _joined(min(ends), max(ends), one.unit * two.unit, one, two)


def _divide(one: Quantity, two: Quantity) -> Quantity:
    if two.low <= 0 <= two.high:
        raise CalculationError("It divides by zero.")
    turned = frozenset(_TURNED.get(word, word) for word in two.qualifiers)
    inverse = Quantity(1 / two.high, 1 / two.low, plain_unit() / two.unit, turned)
    return _multiply(one, inverse)


def _raise(value: Quantity, power: Quantity) -> Quantity:
    if power.low != power.high or not power.unit.dimensionless or power.low.denominator != 1:
        raise CalculationError("A power has to be a plain whole number.")
    exponent = int(power.low)
    bits = max(abs(value.low), abs(value.high), Fraction(1))
    if abs(exponent) > MOST_POWER or bits.numerator.bit_length() * abs(exponent) > MOST_BITS:
        raise CalculationError("A power in it is too high.")
    result = _number(Fraction(1))
    for _ in range(abs(exponent)):
        result = _multiply(result, value)
    return _divide(_number(Fraction(1)), result) if exponent < 0 else result


def _joined(low: Fraction, high: Fraction, unit: Unit, one: Quantity, two: Quantity) -> Quantity:
    return Quantity(_bounded(low), _bounded(high), unit, one.qualifiers | two.qualifiers)


def _apply(name: str, values: list[Quantity]) -> Quantity:
    """Return what a function gives for its arguments."""
    first, *others = values
    pairs: dict[str, Callable[[Quantity, Quantity], Quantity]] = {
        "growth": lambda one, two: _divide(_add(two, _negate(one)), one),
        "ratio": _divide,
        "share": _divide,
    }
    if name in pairs:
        if len(values) != 2:
            raise CalculationError(f"{name} takes two values, not {len(values)}.")
        value = _simplify(pairs[name](first, others[0]))
        return value if name == "ratio" else value.to(find_unit("percent"))
    if name == "abs" and not others:
        return _negate(first) if first.high < 0 else first
    if name == "round":
        places = others[0].low if others else Fraction(0)
        if len(others) > 1 or places.denominator != 1 or abs(places) > 30:
            raise CalculationError("round takes a value and a whole number of places.")
        low, high = (Fraction(round(end, int(places))) for end in (first.low, first.high))
        return replace(first, low=low, high=high)
    if name not in {"sum", "mean", "average", "min", "max"}:
        raise CalculationError(f"{name} takes one value, not {len(values)}.")
    if not others:  # of a range: its ends, or its middle
        values = [replace(first, high=first.low), replace(first, low=first.high)]
        first, *others = values
    same = [first, *(value.to(first.unit) for value in others)]
    if name in {"min", "max"}:
        choose = min if name == "min" else max
        low, high = choose(one.low for one in same), choose(one.high for one in same)
        return replace(first, low=low, high=high)
    total = first
    for value in others:
        total = _add(total, value)
    return total if name == "sum" else _divide(total, _number(Fraction(len(values))))


def _simplify(value: Quantity) -> Quantity:
    """Cancel units of one kind: MWh per kWh is a plain number; kWh of images per image is kWh."""
    factor, unit = cancel(value.unit)
    low, high = _bounded(value.low * factor), _bounded(value.high * factor)
    return Quantity(low, high, unit, value.qualifiers)


def _unit_of(text: str) -> Unit:
    value = _simplify(_Parser(unicodedata.normalize("NFKC", f"1 {text}"), {}).parse())
    if value.low != 1:
        raise CalculationError(f"{text!r} is no unit.")
    return value.unit


def _is_short(value: Fraction) -> bool:
    decimal = _exact_decimal(value)
    return decimal is not None and len(decimal.as_tuple().digits) <= EXACT_DIGITS


def _exact_decimal(value: Fraction) -> Decimal | None:
    """Return a fraction as the decimal it is, or nothing if it never ends."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1 or value.denominator.bit_length() > 64 or value.numerator.bit_length() > 256:
        return None
    return (Decimal(value.numerator) / Decimal(value.denominator)).normalize()
